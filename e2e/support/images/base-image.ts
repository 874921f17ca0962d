import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';
import { sha256 } from '@vllm-cpu/system/digest';
import { SHARED_WORKSPACE } from '../clone.ts';

const PYTHON = ['ca-certificates', 'python3', 'python3-pip', 'python3-venv'];
/** What the image's first stage looks for; apt knows the new names of old libraries, debootstrap does not. */
const LIBRARIES = ['libgomp1', 'libnuma1', 'libtcmalloc-minimal4'];
/** What nobody reads in a test. */
const LEFT_OUT = ['doc', 'info', 'locale', 'man'].map((name) => `./usr/share/${name}/*`);

const env = { PATH: process.env['PATH'] ?? '', HOME: '/root', LC_ALL: 'C' };
const runner = createRunner();

/**
 * The root file system of a small Debian with Python as a tar, made with debootstrap from where this machine
 * has its own packages from. It is kept in the shared workspace: only the first run takes its two minutes.
 */
export async function baseRootfs(): Promise<string> {
  const suite = await codename();
  const recipe = sha256(
    [suite, process.arch, ...PYTHON, ...LIBRARIES, ...LEFT_OUT].join(' '),
  ).slice(0, 12);
  const tar = join(SHARED_WORKSPACE, 'images', `${suite}-${recipe}.tar`);
  if (existsSync(tar)) return tar;
  const folder = `${tar}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  try {
    const include = `--include=${PYTHON.join()}`;
    await run(['debootstrap', '--variant=minbase', include, suite, folder, await mirror(suite)]);
    const install = ['apt-get', '-q', 'install', '-y', '--no-install-recommends', ...LIBRARIES];
    await run(['chroot', folder, ...install]);
    const left = [...LEFT_OUT, './var/cache/apt/*', './var/lib/apt/lists/*', './var/log/*'];
    const words = left.map((pattern) => `--exclude=${pattern}`);
    await run(['tar', '-C', folder, ...words, '-cf', `${folder}.tar`, '.']);
    renameSync(`${folder}.tar`, tar);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tar;
}

/** Imports the root file system as an image of the engine whose storage `storageConf` describes. */
export async function importBase(tar: string, name: string, storageConf: string): Promise<void> {
  const dockerfile = join(dirname(storageConf), 'Dockerfile.base');
  writeFileSync(dockerfile, `FROM scratch\nADD ${tar.split('/').at(-1)} /\n`);
  const words = ['--quiet', '--isolation=chroot', '--tag', name, '--file', dockerfile];
  await runner.run({
    argv: ['buildah', 'build', ...words, dirname(tar)],
    env: { ...env, CONTAINERS_STORAGE_CONF: storageConf },
  });
}

async function codename(): Promise<string> {
  const asked = await run(['sh', '-c', '. /etc/os-release && echo "$VERSION_CODENAME"']);
  return asked.trim();
}

async function mirror(suite: string): Promise<string> {
  const words = ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'];
  const sites = await run(['apt-get', ...words, `Codename: ${suite}`]);
  return sites.split('\n')[0] ?? '';
}

async function run(argv: [string, ...string[]]): Promise<string> {
  return (await runner.run({ argv, env })).stdout;
}
