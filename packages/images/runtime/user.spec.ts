import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { CAN_ISOLATE, layImage, runImage } from './test/laid-image.ts';
import type { LaidImage } from './test/laid-image.ts';

const folder = temporaryFolders();
// Other users cannot run an interpreter that is installed in root's home.
const PYTHON = '/usr/bin/python3';
const hasPython =
  spawnSync(PYTHON, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))']).status === 0;
const asRoot = requires(`root and ${PYTHON} 3.9`, hasPython && process.getuid?.() === 0);
const inNamespace = requires(`root and ${PYTHON} 3.9`, hasPython && CAN_ISOLATE);

const SHOW = `import getpass, json, os
print(json.dumps({"ids": [os.getuid(), os.getgid(), os.getgroups()], "home": os.environ["HOME"],
  "user": getpass.getuser(), "mayBecomeRoot": os.getresuid().count(0) > 0,
  "writes": os.access(os.environ["HOME"], os.W_OK)}))
`;

function shown(image: LaidImage, env: Record<string, string>, ids = {}) {
  const ended = runImage(image, [PYTHON, '-c', SHOW], env, ids);
  if (ended.status !== 0) throw new Error(ended.stderr);
  return { ...(JSON.parse(ended.stdout) as Record<string, unknown>), log: ended.stderr };
}

/** An image whose model cache has a file of root's and a link out of it. */
function withModels(): { image: LaidImage; models: string; outside: string } {
  const image = layImage(folder(), 'teller', PYTHON);
  const models = join(image.root, 'models');
  const outside = join(image.root, 'outside');
  mkdirSync(join(models, 'hub'), { recursive: true });
  writeFileSync(join(models, 'hub/weights'), '');
  writeFileSync(outside, '');
  symlinkSync(outside, join(models, 'hub/link'));
  const TMPDIR = join(image.root, 'tmp');
  mkdirSync(TMPDIR);
  chmodSync(TMPDIR, 0o1777);
  Object.assign(image.env, { TMPDIR });
  return { image, models, outside };
}

describe('PUID and PGID', () => {
  asRoot('name whom the container becomes, for good, with a home that it can write', () => {
    const { image } = withModels();
    expect(shown(image, { PUID: '4321', PGID: '8765' })).toMatchObject({
      ...{ ids: [4321, 8765, []], writes: true, mayBecomeRoot: false, user: 'vllm' },
      home: join(image.root, 'tmp/vllm-home-4321'),
    });
  });

  asRoot('get what they cannot write in the model cache, and nothing that a link points to', () => {
    const { image, models, outside } = withModels();
    chmodSync(models, 0o1777);
    expect(shown(image, { PUID: '4321', PGID: '8765' }).log).toContain(
      `2 files and folders in ${models} now belong to 4321:8765`,
    );
    const owner = (file: string) => [lstatSync(file).uid, lstatSync(file).gid];
    expect(['hub', 'hub/weights'].map((name) => owner(join(models, name)))).toEqual([
      [4321, 8765],
      [4321, 8765],
    ]);
    expect([models, outside].map(owner)).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  asRoot('leave alone what their group can write', () => {
    const { image, models } = withModels();
    for (const name of ['', 'hub', 'hub/weights']) {
      chownSync(join(models, name), 0, 8765);
      chmodSync(join(models, name), 0o775);
    }
    expect(shown(image, { PUID: '4321', PGID: '8765' }).log).not.toContain('now belong');
    expect(statSync(join(models, 'hub')).uid).toBe(0);
  });

  asRoot('read a key first that is for root alone, and make one that is for them alone', () => {
    const { image } = withModels();
    const file = join(image.root, 'secret');
    writeFileSync(file, 'sk-x', { mode: 0o600 });
    const read = runImage(image, ['org/m'], { PUID: '4321', VLLM_API_KEY_FILE: file });
    expect(JSON.parse(read.stdout)).toMatchObject({ env: { VLLM_API_KEY: 'sk-x' } });
    const made = join(image.root, 'models', 'key');
    const env = { PUID: '4321', VLLM_API_KEY_FILE: made, VLLM_CPU_GENERATE_API_KEY: '1' };
    expect(runImage(image, ['org/m'], env).status).toBe(0);
    expect([statSync(made).uid, statSync(made).mode & 0o777]).toEqual([4321, 0o600]);
  });

  inNamespace('need no variable for a secret where engines put it', () => {
    const { image } = withModels();
    const secret = 'mount -t tmpfs tmpfs /run && mkdir /run/secrets && umask 077 && ';
    const run = `printf sk-y >/run/secrets/vllm_api_key && exec ${image.entrypoint} org/m`;
    const env = { ...image.env, PUID: '4321' };
    const options = { env, encoding: 'utf8' } as const;
    const { stdout } = spawnSync('unshare', ['--mount', 'sh', '-c', secret + run], options);
    expect(JSON.parse(stdout)).toMatchObject({ env: { VLLM_API_KEY: 'sk-y' } });
  });

  asRoot('keep groups that the container was given, but none of root', () => {
    const { image } = withModels();
    const groups = ['--groups', '0,4444', image.entrypoint, 'id', '-G'];
    const env = { ...image.env, PUID: '4321', PGID: '8765' };
    const { stdout } = spawnSync('setpriv', groups, { env, encoding: 'utf8' });
    expect(stdout.trim().split(' ').sort()).toEqual(['4444', '8765']);
  });

  it('that are no numbers are refused with 64', () => {
    const image = layImage(folder(), 'teller');
    for (const [name, value] of Object.entries({ PUID: 'me', PGID: '-1' })) {
      const { status, stderr } = runImage(image, ['org/m'], { [name]: value });
      expect({ status, named: stderr.includes(`${name} is '${value}'`) }).toEqual({
        status: 64,
        named: true,
      });
    }
    expect(runImage(image, ['org/m'], { PUID: '4294967295' }).status).toBe(64);
  });

  asRoot('say where they do not count, and what they need', () => {
    const { image } = withModels();
    const other = shown(image, { PUID: '4321' }, { uid: 1234, gid: 1234 });
    expect(other).toMatchObject({ ids: [1234, 1234, []] });
    expect(other.log).toMatch(/PUID and PGID count only .* this one runs as 1234:1234/);
    expect(shown(image, {}).log).toContain('vLLM runs as root');
    const bounded = ['--bounding-set=-setuid,-setgid,-chown', image.entrypoint, 'true'];
    const env = { ...image.env, PUID: '4321' };
    const ended = spawnSync('setpriv', bounded, { env, encoding: 'utf8' });
    expect({ status: ended.status, named: ended.stderr.includes('CANNOT_BECOME') }).toEqual({
      status: 77,
      named: true,
    });
  });
});

describe('an arbitrary user', () => {
  asRoot('without a name and a home runs, and hears of a cache that it cannot write', () => {
    const { image, models } = withModels();
    const anybody = { uid: 987654, gid: 0 };
    const found = shown(image, { HOME: '/' }, anybody);
    expect(found).toMatchObject({ ids: [987654, 0, []], writes: true, user: 'vllm' });
    const { stderr } = runImage(image, ['org/m'], { HOME: '/' }, anybody);
    expect(stderr).toContain(`${models} cannot be written by uid 987654`);
  });

  inNamespace('runs where only one folder for temporary files can be written', () => {
    const { image } = withModels();
    const readOnly = [
      'mount --bind / /mnt && mount -o remount,bind,ro /mnt',
      'mount -t tmpfs tmpfs /mnt/var/tmp && mount -t proc proc /mnt/proc',
      `exec chroot --userspec=987654:0 /mnt ${image.entrypoint} ${PYTHON} -c '${SHOW}'`,
    ].join(' && ');
    const wrapped = ['--mount', '--pid', '--fork', 'sh', '-c', readOnly];
    const options = { env: image.env, encoding: 'utf8' } as const;
    const { status, stdout, stderr } = spawnSync('unshare', wrapped, options);
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ writes: true, user: 'vllm', home: '/var/tmp/vllm-home-987654' },
    });
  });

  inNamespace('hears that compiled kernels cannot be loaded from a noexec folder', () => {
    const { image } = withModels();
    const noexec = `mount -t tmpfs -o noexec tmpfs /var/tmp && exec ${image.entrypoint} org/m`;
    const env = { ...image.env, TMPDIR: '/var/tmp' };
    const wrapped = ['--mount', 'sh', '-c', noexec];
    const { stderr } = spawnSync('unshare', wrapped, { env, encoding: 'utf8' });
    expect(stderr).toContain('/var/tmp is mounted noexec');
    expect(runImage(image, ['org/m']).stderr).not.toContain('noexec');
  });

  inNamespace('hears what is missing where none can be written', () => {
    const { image } = withModels();
    const nothing = [
      'mount --bind / /mnt && mount -o remount,bind,ro /mnt && mount -t proc proc /mnt/proc',
      `exec chroot --userspec=987654:0 /mnt ${image.entrypoint} true`,
    ].join(' && ');
    const wrapped = ['--mount', '--pid', '--fork', 'sh', '-c', nothing];
    const { status, stderr } = spawnSync('unshare', wrapped, { env: image.env, encoding: 'utf8' });
    expect({ status, stderr }).toMatchObject({ status: 73 });
    expect(stderr).toContain('add --tmpfs /tmp');
  });
});
