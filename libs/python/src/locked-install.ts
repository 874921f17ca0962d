import { rm, writeFile } from 'node:fs/promises';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Finished, Runner } from '@vllm-cpu/system/run';
import { formatLock } from './lock-file.ts';
import type { LockedPackage } from './lock-file.ts';

type Argv = [string, ...string[]];

/** What makes an environment and installs into it: uv where it is on PATH, else venv and pip. */
export interface Installer {
  /** For progress lines. */
  name: string;
  /** Makes a virtual environment of `base` in `folder`. */
  environment(base: string, folder: string): Argv;
  /** Installs what the requirements file at `list` says into the environment of `python`. */
  install(python: string, list: string, words?: readonly string[]): Argv;
}

/**
 * Only files whose digests are in the list, and no source archives, whose code would run. uv stops at
 * the first index that has a name; the best of all is safe, because a digest decides.
 */
export const CHECKED = ['--require-hashes', '--only-binary', ':all:'] as const;

export const PIP: Installer = {
  name: 'venv and pip',
  environment: (base, folder) => [base, '-m', 'venv', folder],
  install: (python, list, words = CHECKED) => [
    ...([python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'] as const),
    ...words,
    ...['-r', list],
  ],
};

/**
 * The pip of `base` itself, 22.3 or later, installs into environments that need none of their own: to put pip into
 * one takes as long as what is then installed. https://pip.pypa.io/en/stable/user_guide/#managing-a-different-python-interpreter
 */
export function pipOf(base: string): Installer {
  return {
    name: 'venv and pip',
    environment: (_, folder) => [base, '-m', 'venv', '--without-pip', folder],
    install: (python, list, words = CHECKED) => [
      ...([base, '-m', 'pip', '--python', python, 'install', '--quiet'] as const),
      ...['--disable-pip-version-check', ...words, '-r', list],
    ],
  };
}

function uvInstaller(uv: string): Installer {
  return {
    name: 'uv',
    environment: (base, folder) => [uv, 'venv', '--python', base, folder],
    install: (python, list, words = CHECKED) => [
      ...([uv, 'pip', 'install', '--python', python] as const),
      ...['--index-strategy', 'unsafe-best-match'],
      ...words,
      ...['-r', list],
    ],
  };
}

export function installerOn(path: string | undefined): Installer {
  const uv = findProgram('uv', path);
  return uv ? uvInstaller(uv) : PIP;
}

export interface LockedEnvironment {
  /** Interpreter that the environment is made from. */
  base: string;
  /** Folder of the environment: replaced, and gone where anything fails. */
  folder: string;
  /** Its interpreter. */
  python: string;
  /** What is installed. */
  packages: readonly LockedPackage[];
  /** A distribution of another index, without its dependencies, which are among `packages`. */
  apart?: ApartInstall | undefined;
  /** Names the lock in errors. */
  lockName: string;
  /** What renews the lock. */
  relock: string;
  /** Environment variables of pip and uv: index, certificates, proxies. */
  env: Readonly<Record<string, string>>;
}

/** A distribution that the configured index does not have. */
export interface ApartInstall {
  name: string;
  version: string;
  index: string;
  /** SHA-256 of its files; null: not verified, the version alone decides. */
  hashes: readonly string[] | null;
}

/**
 * Makes an environment that has what a lock says and nothing else.
 * @throws VllmCpuError LOCK_HASH_MISMATCH, LOCKED_VERSION_GONE, LOCK_INCOMPLETE or
 *   BUILD_ENVIRONMENT_FAILED; nothing is left of the environment then
 */
export async function installLocked(
  runner: Runner,
  installer: Installer,
  wanted: LockedEnvironment,
): Promise<void> {
  const lists = [`${wanted.folder}.requirements.txt`, `${wanted.folder}.apart.txt`] as const;
  const steps: Argv[] = [
    installer.environment(wanted.base, wanted.folder),
    installer.install(wanted.python, lists[0]),
  ];
  try {
    await writeFile(lists[0], formatLock(unmarked(wanted.packages)));
    if (wanted.apart) {
      await writeFile(lists[1], apartList(wanted.apart));
      steps.push(installer.install(wanted.python, lists[1], apartWords(wanted.apart)));
    }
    for (const argv of steps) {
      const done = await runner.try({ argv, env: wanted.env });
      if (done.exitCode !== 0) throw installFailed(argv, done, wanted);
    }
  } catch (error) {
    await rm(wanted.folder, { recursive: true, force: true });
    throw error;
  } finally {
    await Promise.all(lists.map((list) => rm(list, { force: true })));
  }
}

/** The packages are those of one platform and Python: nothing is left to decide. */
function unmarked(packages: readonly LockedPackage[]): LockedPackage[] {
  return packages.map((each) => ({ ...each, marker: '' }));
}

function apartList({ name, version, index, hashes }: ApartInstall): string {
  const words = (hashes ?? []).map((hash) => ` --hash=sha256:${hash}`).join('');
  return `--extra-index-url ${index}\n${name}==${version}${words}\n`;
}

function apartWords({ hashes }: ApartInstall): string[] {
  const alone = ['--no-deps', '--only-binary', ':all:'];
  return hashes ? ['--require-hashes', ...alone] : alone;
}

/** What pip and uv print, by what it means. */
const MEANINGS = [
  {
    code: 'LOCK_HASH_MISMATCH',
    said: /DO NOT MATCH THE HASHES|[Hh]ash mismatch/,
    what: 'a downloaded file does not match its hash in the lock',
    next: 'Do not install it. Compare the file with the one on the official index: a mirror or proxy may have changed it. If the new file is correct: ',
  },
  {
    code: 'LOCK_INCOMPLETE',
    said: /--require-hashes`? mode|no trusted hash was provided/,
    what: 'the lock does not contain a distribution that another locked distribution depends on',
    next: 'Regenerate the lock: ',
  },
  {
    code: 'LOCKED_VERSION_GONE',
    said: /No matching distribution|Could not find a version|no version of|No solution found|no wheels? with/i,
    what: 'the index has no file for a locked version on this platform and Python',
    next: 'Check that the configured index or mirror is complete and up to date. If the version was removed from the official index: ',
  },
] as const;

function installFailed(
  argv: Argv,
  { stdout, stderr }: Finished,
  { lockName, relock }: LockedEnvironment,
): VllmCpuError {
  const output = `${stdout}\n${stderr}`.trim();
  const why = output.split('\n').slice(-12).join('\n');
  const meaning = MEANINGS.find(({ said }) => said.test(output));
  if (meaning) {
    const { code, what, next } = meaning;
    return new VllmCpuError({ code, what: `${lockName}: ${what}`, why, next: `${next}${relock}` });
  }
  return new VllmCpuError({
    code: 'BUILD_ENVIRONMENT_FAILED',
    what: `failed to create the build environment: ${argv.join(' ')} failed`,
    why,
    next: "Check that Python has venv (Debian: apt-get install python3-venv) and that pip's index is reachable, or set VLLM_CPU_PYTHON to an interpreter that has torch and the build tools.",
  });
}
