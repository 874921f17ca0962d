import { mkdir, readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { levelFolder } from '@vllm-cpu/variant/sums';
import type { CompiledLevel } from './plan.ts';
import { unpackWheel, type UnpackedFile, type UnpackedWheel } from './unpacked-wheel.ts';

/** Upstream's modules with kernels; one of them is compiled for each level. */
const KERNELS = /^vllm\/_C(?:_AVX\w+)?\.[^/]*so$/;

/** A wheel as unpacked, and the level that it was compiled for. */
interface LevelWheel {
  level: string;
  wheel: UnpackedWheel;
}

/**
 * Makes the unpacked wheel of the lowest level one that has the kernel modules of all: each in a folder
 * of its own, because two levels may call theirs alike. Whatever else is in the wheels must be the same.
 * @throws VllmCpuError LEVELS_DIFFER, LEVEL_WITHOUT_KERNELS, COMPILED_WHEEL_UNKNOWN
 */
export async function addLevels(
  lowest: LevelWheel,
  higher: readonly CompiledLevel[],
  folder: string,
): Promise<void> {
  const { wheel } = lowest;
  const all = [lowest];
  for (const { level, compiledWheel } of higher) {
    const unpacked = await unpackWheel(compiledWheel, join(folder, `level-${level}`));
    await refuseOtherFiles(lowest, { level, wheel: unpacked });
    all.push({ level, wheel: unpacked });
  }
  const moved: UnpackedFile[] = [];
  for (const each of all) moved.push(await moveKernels(each, wheel.root));
  wheel.files = [...wheel.files.filter(({ name }) => !KERNELS.test(name)), ...moved];
}

/** Puts the kernel module of one level into its folder below `root`. */
async function moveKernels({ level, wheel }: LevelWheel, root: string): Promise<UnpackedFile> {
  const [module, ...others] = wheel.files.filter(({ name }) => KERNELS.test(name));
  if (!module || others.length > 0) throw withoutKernels(level, wheel);
  const name = `${levelFolder(level)}/${basename(module.name)}`;
  await mkdir(dirname(join(root, name)), { recursive: true });
  await rename(join(wheel.root, module.name), join(root, name));
  return { ...module, name };
}

/** What the levels share is in the wheel once, so it must not depend on the level. */
async function refuseOtherFiles(lowest: LevelWheel, other: LevelWheel): Promise<void> {
  const shared = ({ wheel }: LevelWheel): string[] =>
    wheel.files.map(({ name }) => name).filter((name) => !KERNELS.test(name));
  const [ours, theirs] = [shared(lowest), shared(other)];
  const differing = [
    ...ours.filter((name) => !theirs.includes(name)),
    ...theirs.filter((name) => !ours.includes(name)),
  ];
  for (const name of ours.filter((each) => theirs.includes(each))) {
    const bytes = await readFile(join(lowest.wheel.root, name));
    if (!bytes.equals(await readFile(join(other.wheel.root, name)))) differing.push(name);
  }
  if (differing.length > 0) throw levelsDiffer(lowest.level, other.level, differing);
}

function levelsDiffer(lowest: string, level: string, files: readonly string[]): VllmCpuError {
  const [first, ...more] = files;
  return new VllmCpuError({
    code: 'LEVELS_DIFFER',
    what: `the compiles of ${lowest} and ${level} differ in ${first}${more.length > 0 ? ` and ${more.length} files more` : ''}`,
    why: 'One wheel has the modules of all levels and everything else once, so that must be the same in each.',
    next: 'Compile both again from one source, with the same tools.',
  });
}

function withoutKernels(level: string, wheel: UnpackedWheel): VllmCpuError {
  const found = wheel.files.map(({ name }) => name).filter((name) => KERNELS.test(name));
  return new VllmCpuError({
    code: 'LEVEL_WITHOUT_KERNELS',
    what: `the compile of ${level} has ${found.length === 0 ? 'no module vllm/_C' : found.join(' and ')}`,
    why: 'Each level has exactly one module with kernels.',
    next: `Compile it again: npx nx run variant-${level}:compile-<release>`,
  });
}
