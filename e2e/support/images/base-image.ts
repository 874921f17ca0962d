import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';
import { sha256 } from '@vllm-cpu/system/digest';
import { SHARED_WORKSPACE } from '../clone.ts';

/** Debian's packages with what an image is built with, and what its first stage looks for. */
const PACKAGES = [
  ...['base-files', 'base-passwd', 'bash', 'coreutils', 'dash', 'findutils', 'grep', 'libc-bin'],
  ...['passwd', 'sed', 'ca-certificates', 'python3', 'python3-pip'],
  ...['libgomp1', 'libnuma1', 'libtcmalloc-minimal4'],
];
/** Dependencies of those that no test runs: an image is copied many times. */
const NOT_UNPACKED = /^(debconf|dpkg|openssl|python3-(setuptools|pkg-resources|wheel|lib2to3))_/;
const NOT_COPIED = [
  ...['doc', 'info', 'locale', 'man'].map((name) => `./usr/share/${name}/*`),
  './usr/lib/*/gconv/*',
];
/** Links of a merged /usr, which no package has. */
const MERGED = ['bin', 'sbin', 'lib', 'lib64'];
/** What the packages' own scripts would do that is needed, and Python's modules compiled by using them. */
const SET_UP = `
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
cat usr/share/ca-certificates/mozilla/*.crt >etc/ssl/certs/ca-certificates.crt
chroot . ldconfig
chroot . python3 -m venv --without-pip /tmp/venv
chroot . python3 -m pip --python /tmp/venv/bin/python list
rm -r tmp/venv
`;

const env = { PATH: process.env['PATH'] ?? '', HOME: '/root', LC_ALL: 'C' };
const runner = createRunner();

/**
 * The root file system of a small Debian with Python as a tar, of packages of this machine's own version and from
 * where it has them. They are unpacked and not installed, which takes seconds; the tar is kept in the shared workspace.
 */
export async function baseRootfs(): Promise<string> {
  const suite = await codename();
  const recipe = [process.arch, ...PACKAGES, NOT_UNPACKED, ...NOT_COPIED, SET_UP].join(' ');
  const tar = join(
    SHARED_WORKSPACE,
    'images',
    `${suite}-${sha256(`${suite} ${recipe}`).slice(0, 12)}.tar`,
  );
  if (existsSync(tar)) return tar;
  const folder = `${tar}.${process.pid}`;
  const root = join(folder, 'root');
  try {
    for (const name of MERGED) {
      mkdirSync(join(root, 'usr', name), { recursive: true });
      symlinkSync(`usr/${name}`, join(root, name));
    }
    for (const file of await download(join(folder, 'apt'))) await unpack(file, root);
    await run(['sh', '-ec', SET_UP], root);
    await run(['tar', '-C', root, '-cf', `${folder}.tar`, '.']);
    renameSync(`${folder}.tar`, tar);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return tar;
}

/** The packages and all that they depend on, whatever this machine has of them; the paths of the files. */
async function download(folder: string): Promise<string[]> {
  for (const name of ['lists', 'archives']) {
    mkdirSync(join(folder, name, 'partial'), { recursive: true });
  }
  const nothing = join(folder, 'nothing-is-installed');
  writeFileSync(nothing, '');
  const options = [
    ...['-q', '-o', `Dir::State::status=${nothing}`],
    ...['-o', `Dir::State::lists=${join(folder, 'lists')}`, '-o', `Dir::Cache=${folder}`],
    ...['-o', 'APT::Sandbox::User=root', '-o', 'Acquire::Languages=none'],
  ];
  await run(['apt-get', ...options, 'update']);
  const words = ['install', '--yes', '--download-only', '--no-install-recommends', ...PACKAGES];
  await run(['apt-get', ...options, ...words]);
  const archives = join(folder, 'archives');
  return readdirSync(archives)
    .filter((name) => name.endsWith('.deb') && !NOT_UNPACKED.test(name))
    .map((name) => join(archives, name));
}

async function unpack(file: string, root: string): Promise<void> {
  const left = NOT_COPIED.map((pattern) => `--exclude='${pattern}'`).join(' ');
  const script = `dpkg-deb --fsys-tarfile "$1" | tar -x --keep-directory-symlink ${left}`;
  await run(['sh', '-ec', script, 'sh', file], root);
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

async function run(argv: [string, ...string[]], cwd?: string): Promise<string> {
  return (await runner.run({ argv, env, ...(cwd ? { cwd } : {}) })).stdout;
}
