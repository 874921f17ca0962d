import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileKey } from '@vllm-cpu/compile/compile-key';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { compileEnvironment } from '@vllm-cpu/compile/environment';
import { equivalentTo } from '@vllm-cpu/sources/catalogue';
import { sha256, sha256Unchanged, stableJson } from '@vllm-cpu/system/digest';
import { compiledSubjects } from '../compiled-subject.ts';
import { stageProgram, toolDigests } from '../key-parts.ts';
import type { Repository } from '../repository.ts';
import { variantTable } from '../variant-table.ts';

/** Programs that leave their mark in the wheel. */
const TOOLS = ['cc', 'strip', 'patchelf'];

/** Where a library that is vendored may come from; its bytes end up in the wheel. */
const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/lib64',
  '/usr/lib',
];

/**
 * The key of a build and all that it digests: the compiles that it is made from, what the variant and its
 * README say, the table of all variants (the guard's advice), tools, and this stage's source.
 */
export async function buildKey(
  subject: CompileSubject,
  repository: Repository,
): Promise<{ value: string; inputs: Readonly<Record<string, unknown>> }> {
  const compiles: string[] = [];
  for (const compiled of compiledSubjects(subject, repository)) {
    compiles.push((await compileKey(compiled, repository.settings, repository.runner)).value);
  }
  const { variant, release, platform } = subject;
  const inputs = {
    stage: 'build',
    compiles,
    variant,
    variants: variantTable(repository.variants),
    readme: sha256(readmeOf(repository.root, variant.name)),
    equivalentTo: equivalentTo(release, variant.name, platform) ?? null,
    equivalences: release.equivalences.filter((entry) => entry.platform === platform),
    version: release.version,
    suffix: repository.settings.suffix ?? null,
    tools: toolDigests(TOOLS, compileEnvironment(repository.settings)['PATH']),
    libnuma: libnumaDigest(repository),
    // It imports the packaging stage.
    program: stageProgram(join(import.meta.dirname, 'build.ts')),
  };
  return { value: sha256(stableJson(inputs)), inputs };
}

/** The variant's page on the package index. */
export function readmeOf(root: string, variant: string): string {
  return readFileSync(join(root, 'packages', `variant-${variant}`, 'README.md'), 'utf8');
}

function libnumaDigest(repository: Repository): string | null {
  for (const folder of [...repository.settings.libraryPath, ...LIBRARY_FOLDERS]) {
    const file = join(folder, 'libnuma.so.1');
    if (existsSync(file)) return sha256Unchanged(file);
  }
  return null;
}
