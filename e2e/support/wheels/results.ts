import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256File } from '@vllm-cpu/system/digest';
import { compileManifestSchema } from '@vllm-cpu/sources/compile-manifest';
import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';
import { createRunner } from '@vllm-cpu/system/run';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';

/** The levels. */
export const VARIANTS = ['noavx512', 'avx512', 'avx512vnni', 'avx512bf16', 'amxbf16'] as const;
export type VariantName = (typeof VARIANTS)[number];

/** The wheels of a release: one of each level, and the one of all of them, which has no compile. */
export const WHEELS = [...VARIANTS, 'universal'] as const;
export type WheelName = (typeof WHEELS)[number];

/** The one wheel that a stage left for an embedded upstream, absolute. */
export function wheelOf(
  root: string,
  variant: WheelName,
  stage: 'compile' | 'build',
  release = 'sample',
): string {
  const folder = join(root, `dist/variant-${variant}`, release, stage);
  const wheels = readdirSync(folder).filter((name) => name.endsWith('.whl'));
  if (wheels.length !== 1) throw new Error(`${folder} has ${wheels.length} wheels`);
  return join(folder, wheels[0] ?? '');
}

/** SHA-256 of the wheels of `variants`, by variant. */
export async function digestsOf(
  root: string,
  stage: 'compile' | 'build',
  variants: readonly WheelName[] = stage === 'compile' ? VARIANTS : WHEELS,
  release = 'sample',
): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const variant of variants)
    digests[variant] = await sha256File(wheelOf(root, variant, stage, release));
  return digests;
}

/** What the compile says of itself. */
export function manifestOf(
  root: string,
  variant: VariantName,
  release = 'sample',
): CompileManifest {
  const file = join(root, `dist/variant-${variant}/${release}/compile/manifest.json`);
  return compileManifestSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** The paths of the files in a wheel. */
export function membersOf(wheel: string): Promise<string[]> {
  return withArchive(wheel, (archive) => Promise.resolve(archive.entries.map(({ name }) => name)));
}

/** The bytes of one file of a wheel. */
export function memberOf(wheel: string, name: string): Promise<Uint8Array> {
  return withArchive(wheel, (archive) => archive.read(archive.get(name)));
}

/** Gives a wheel other bytes with the same content: its members are stored, not deflated. */
export async function rewriteWheel(wheel: string): Promise<void> {
  const code = [
    'import sys, zipfile',
    'path = sys.argv[1]',
    'with zipfile.ZipFile(path) as old: files = [(i, old.read(i)) for i in old.infolist()]',
    'with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as new:',
    '    for info, data in files:',
    '        info.compress_type = zipfile.ZIP_STORED',
    '        new.writestr(info, data)',
  ].join('\n');
  await createRunner().run({
    argv: ['python3', '-c', code, wheel],
    env: { PATH: process.env['PATH'] ?? '' },
  });
}
