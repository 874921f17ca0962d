import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatLock, parseLock } from '@vllm-cpu/python/lock-file';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { pythonsIn } from '@vllm-cpu/python/python-versions';
import type { Requirement } from '@vllm-cpu/python/requirements-file';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { machineOf, PLATFORMS } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';

export interface LockQuestion {
  /** Names the release in errors. */
  title: string;
  requiresPython: string;
  /** What upstream asks for; torch among it is replaced by `torch`. */
  asked: readonly Requirement[];
  /** torch per platform without a label; null where upstream has none. */
  torch: Readonly<Record<Platform, string | null>>;
  /** Requirements that hold in addition for what is asked for: `cmake>=3.28`. */
  floors: readonly string[];
  /** ISO 8601: files that were uploaded later do not exist; undefined: all do. */
  excludeNewer: string | undefined;
}

export interface Resolver {
  runner: Runner;
  /** uv, absolute. */
  uv: string;
  /** Index, certificates, proxies of uv. */
  env: Readonly<Record<string, string>>;
  /** Folder for temporary files. */
  scratch: string;
}

/** Oldest manylinux of the files that uv looks for; the build host is at least that new. */
const UV_PLATFORMS: Readonly<Record<Platform, string>> = {
  'linux-x86_64': 'x86_64-manylinux_2_28',
  'linux-aarch64': 'aarch64-manylinux_2_28',
};

/** What the public index's torch needs for GPUs; the CPU builds have the same dependencies without. */
const FOR_GPUS = /^(nvidia|cuda)(-|$)|^(pytorch-)?triton$/;

const PROJECT = 'build-environment';

/**
 * Resolves the build environment of a release for both platforms and each Python of the release, with
 * the digests of all files. torch itself is left out: it comes from its own index.
 * @throws VllmCpuError LOCK_UNRESOLVED, LOCK_UNUSABLE (no file for a platform and Python)
 */
export async function resolveLock(
  resolver: Resolver,
  question: LockQuestion,
): Promise<LockedPackage[]> {
  return withTemporaryFolder(join(resolver.scratch, 'lock-'), async (folder) => {
    await writeFile(join(folder, 'pyproject.toml'), projectFile(question));
    const { runner, uv, env } = resolver;
    const compiled = await runner.try({
      argv: [
        ...([uv, 'pip', 'compile', 'pyproject.toml', '--universal', '--generate-hashes'] as const),
        ...[
          '--no-python-downloads',
          '--no-header',
          '--no-emit-index-url',
          '--annotation-style',
          'line',
        ],
        ...['--python-version', pythonsIn(question.requiresPython)[0] ?? ''],
        ...(question.excludeNewer ? ['--exclude-newer', question.excludeNewer] : []),
      ],
      cwd: folder,
      env,
    });
    if (compiled.exitCode !== 0) throw unresolved(question, compiled.stderr);
    const packages = withoutGpus(compiled.stdout, question.title);
    await proveInstallable(resolver, question, packages, folder);
    return packages;
  });
}

/** uv takes the environments of a universal resolution from a project alone. */
function projectFile({ requiresPython, asked, torch, floors }: LockQuestion): string {
  const others = asked.filter(({ name }) => name !== 'torch');
  const torches = others.length === asked.length ? [] : torchLines(torch);
  const lines = others.map(
    ({ name, specifier, marker }) => `${name}${specifier}${marker ? ` ; ${marker.trim()}` : ''}`,
  );
  const environments = PLATFORMS.map(environmentOf);
  return [
    '[project]',
    `name = "${PROJECT}"`,
    'version = "0"',
    `requires-python = ${JSON.stringify(requiresPython)}`,
    `dependencies = ${JSON.stringify([...lines, ...torches])}`,
    '[tool.uv]',
    `environments = ${JSON.stringify(environments)}`,
    `constraint-dependencies = ${JSON.stringify(floors)}`,
    '',
  ].join('\n');
}

function environmentOf(platform: Platform): string {
  return `sys_platform == 'linux' and platform_machine == '${machineOf(platform)}'`;
}

function torchLines(torch: LockQuestion['torch']): string[] {
  return PLATFORMS.filter((platform) => torch[platform] !== null).map(
    (platform) => `torch==${torch[platform]} ; platform_machine == '${machineOf(platform)}'`,
  );
}

/** Drops torch and what only it, or only what was dropped for it, asks for on behalf of GPUs. */
function withoutGpus(text: string, title: string): LockedPackage[] {
  const packages = parseLock(text, `uv's answer for ${title}`);
  const askedBy = requesters(text);
  const dropped = new Set(
    packages.map(({ name }) => name).filter((name) => name === 'torch' || FOR_GPUS.test(name)),
  );
  const isWanted = (name: string): boolean =>
    !dropped.has(name) &&
    (askedBy.get(name) ?? []).some((by) => by === PROJECT || by === 'torch' || !dropped.has(by));
  for (let before = -1; before !== dropped.size;) {
    before = dropped.size;
    for (const { name } of packages) if (!isWanted(name)) dropped.add(name);
  }
  return packages.filter(({ name }) => !dropped.has(name));
}

/** Who asks for each package: the names that uv puts after "via". */
function requesters(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let current = '';
  for (const line of text.split('\n')) {
    const name = /^([a-z0-9][a-z0-9-]*)==/.exec(line)?.[1];
    if (name) current = name;
    const via = /#\s*via (.*)$/.exec(line)?.[1];
    if (!via) continue;
    const names = via.split(',').map((each) => each.trim().replace(/ \(.*$/, ''));
    found.set(current, [...(found.get(current) ?? []), ...names]);
  }
  return found;
}

/** Asks uv for each platform and Python whether all of the lock can be installed, without installing. */
async function proveInstallable(
  { runner, uv, env }: Resolver,
  { title, requiresPython }: LockQuestion,
  packages: readonly LockedPackage[],
  folder: string,
): Promise<void> {
  const list = join(folder, 'lock.txt');
  await writeFile(list, formatLock(packages));
  const pythons = pythonsIn(requiresPython);
  // Each waits for the index most of the time.
  const tries = PLATFORMS.flatMap((platform) =>
    pythons.map(async (python) => {
      const tried = await runner.try({
        argv: [
          ...([uv, 'pip', 'install', '--dry-run', '--quiet', '--require-hashes'] as const),
          ...['--no-python-downloads', '--only-binary', ':all:'],
          ...['--target', join(folder, `target-${platform}-${python}`)],
          ...['--python-version', python, '--python-platform', UV_PLATFORMS[platform]],
          ...['-r', list],
        ],
        cwd: folder,
        env,
      });
      return tried.exitCode === 0 ? [] : [unusable(title, platform, python, tried.stderr)];
    }),
  );
  const [failure] = (await Promise.all(tries)).flat();
  if (failure) throw failure;
}

function unresolved(question: LockQuestion, output: string): VllmCpuError {
  return new VllmCpuError({
    code: 'LOCK_UNRESOLVED',
    what: `cannot resolve the build environment of ${question.title} as of ${question.excludeNewer ?? 'now'}`,
    why: output.trim().split('\n').slice(-12).join('\n'),
    next: 'Check that uv can reach its index. If an old version is not available, change environment.floors in the pin, or resolve as of a later day: npx nx run upstream:relock --exclude-newer=<date>.',
  });
}

function unusable(title: string, platform: Platform, python: string, why: string): VllmCpuError {
  return new VllmCpuError({
    code: 'LOCK_UNUSABLE',
    what: `the build environment of ${title} cannot be installed on ${platform} with Python ${python}`,
    why: why.trim().split('\n').slice(-12).join('\n'),
    next: 'Require a newer version in environment.floors of the pin, or resolve as of a later day: npx nx run upstream:relock --exclude-newer=<date>.',
  });
}
