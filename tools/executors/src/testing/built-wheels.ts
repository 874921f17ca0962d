import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildManifest } from '../sources/build-manifest.ts';
import type { CompileManifest } from '../sources/compile-manifest.ts';
import { sha256 } from '../system/digest.ts';
import type { Report } from '../verify/report.ts';

/** A result of build and verify in dist/, made without either. */
export interface BuiltFixture {
  root: string;
  variant: string;
  release: string;
  /** What stands in for the wheel. */
  content: string;
  /** False: verified and refused; undefined: never verified. */
  ok?: boolean | undefined;
}

/** Writes the wheel, its manifest and its report; answers the wheel's path. */
export function putBuiltWheel({ root, variant, release, content, ok }: BuiltFixture): string {
  const folder = join(root, 'dist', `variant-${variant}`, release);
  const file = `vllm_cpu_${variant}-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'build'), { recursive: true });
  writeFileSync(join(folder, 'build', file), content);
  const manifest = buildManifest(variant, release, file, content);
  writeFileSync(join(folder, 'build', 'manifest.json'), JSON.stringify(manifest));
  if (ok !== undefined) {
    mkdirSync(join(folder, 'verify'), { recursive: true });
    const report = verifyReport(manifest, ok);
    writeFileSync(join(folder, 'verify', 'report.json'), JSON.stringify(report));
  }
  return join(folder, 'build', file);
}

function buildManifest(
  variant: string,
  release: string,
  file: string,
  content: string,
): BuildManifest {
  const wheel = { file, sha256: sha256(content), size: content.length };
  return {
    schemaVersion: 1,
    key: 'ab'.repeat(32),
    variant,
    distribution: `vllm-cpu-${variant}`,
    release,
    version: '0.12.0',
    equivalentTo: null,
    wheel: { ...wheel, tag: 'cp38-abi3-manylinux_2_28_x86_64' },
    vendored: [],
    compile: aCompileManifest({ variant, release, wheel }),
  };
}

/** What a compile of 0.12.0 leaves beside its wheel. */
export function aCompileManifest(change: Partial<CompileManifest> = {}): CompileManifest {
  const variant = change.variant ?? 'avx512';
  return {
    schemaVersion: 1,
    key: 'cd'.repeat(32),
    inputs: {},
    project: `variant-${variant}`,
    variant,
    distribution: `vllm-cpu-${variant}`,
    release: '0.12.0',
    version: '0.12.0',
    platform: 'linux-x86_64',
    commit: 'ef'.repeat(20),
    oneDnn: null,
    builtAgainst: {
      ...{ python: '3.11.7', torch: null, pinnedTorch: null },
      ...{ torchMatchesPin: true, packages: {}, unlike: [] },
    },
    tools: {},
    host: { cpu: 'a CPU', cpus: 2, system: 'linux' },
    flags: [],
    edits: [],
    jobs: 1,
    seconds: {},
    compileCache: { program: null, hits: 0, misses: 0 },
    wheel: { file: 'vllm.whl', sha256: 'ab'.repeat(32), size: 1 },
    log: 'compile.log',
    ...change,
  };
}

function verifyReport({ variant, version, wheel }: BuildManifest, ok: boolean): Report {
  const finding = { level: 'error', place: 'vllm/_C.abi3.so', message: 'zmm0 in silu' } as const;
  return {
    schemaVersion: 1,
    file: wheel.file,
    sha256: wheel.sha256,
    size: wheel.size,
    variant,
    release: version,
    platform: 'linux-x86_64',
    strict: false,
    ok,
    level: variant,
    glibc: '2.28',
    equivalentTo: null,
    checks: [
      { name: 'archive', status: 'passed', figure: '1 file', findings: [] },
      {
        name: 'instruction-sets',
        status: ok ? 'passed' : 'failed',
        figure: '1 module',
        findings: ok ? [] : [finding],
      },
    ],
    modules: [],
  };
}
