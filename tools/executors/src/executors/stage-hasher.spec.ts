import type { HasherContext, Task } from '@nx/devkit';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { stageHasher } from './stage-hasher.ts';
import { oneDnnOptions } from './onednn/options.ts';
import { stageOptions } from './stage-options.ts';
import { taskHash } from '@vllm-cpu/commands/task-hash';

const schema = stageOptions('for a test', {
  subject: { variant: z.string() },
  inKey: { strict: z.boolean().default(false) },
  outOfKey: { maxJobs: z.int().min(1).optional() },
});

function context(project: string, options: object): HasherContext {
  const data = { root: '', targets: { build: { options } } };
  const nodes = { [project]: { name: project, type: 'lib', data } };
  return { projectGraph: { nodes, dependencies: {} } } as unknown as HasherContext;
}

function task(project: string, overrides: object = {}): Task {
  return {
    id: `${project}:build`,
    target: { project, target: 'build' },
    overrides: { ...overrides, __overrides_unparsed__: [] },
    outputs: [],
    parallelism: true,
  } as unknown as Task;
}

describe('the hash of a cached task', () => {
  const hasher = stageHasher(schema, async (options) => JSON.stringify(options));
  const hash = async (given: object, overrides: object = {}) =>
    (await hasher(task('variant-x', overrides), context('variant-x', given))).value;

  it('sees what the task is about, and what the user overrides', async () => {
    expect(await hash({ variant: 'x' }, { variant: 'y' })).toBe(await hash({ variant: 'y' }));
    expect(await hash({ variant: 'x' })).not.toBe(await hash({ variant: 'y' }));
  });

  it('changes with an option that is declared to be in the key, and not with another', async () => {
    const plain = await hash({ variant: 'x' });
    expect(await hash({ variant: 'x' }, { maxJobs: 1 })).toBe(plain);
    // As Nx hands over what was written --max-jobs.
    expect(await hash({ variant: 'x' }, { 'max-jobs': 1 })).toBe(plain);
    expect(await hash({ variant: 'x' }, { strict: false })).toBe(plain);
    expect(await hash({ variant: 'x' }, { strict: true })).not.toBe(plain);
  });

  it('does not see what Nx forwards to another target, whose options this one ignores', async () => {
    const ignoring = stageHasher(oneDnnOptions, async ({ build }) => build);
    const hash = async (overrides: object) =>
      (await ignoring(task('upstream', overrides), context('upstream', { build: 'v3.13-cxx20' })))
        .value;
    const forwarded = { python: 'python3.12', index: 'file:/wheels', strict: true, 'max-jobs': 1 };
    expect(await hash(forwarded)).toBe(await hash({}));
    expect(await hash({ 'max-job': 1 })).not.toBe(await hash({}));
  });

  it('is the stage’s key alone where no option is in it, which plan relies on', async () => {
    const none = stageOptions('for a test', {
      subject: { variant: z.string() },
      inKey: {},
      outOfKey: { maxJobs: z.int().optional() },
    });
    const hasher = stageHasher(none, async () => 'key');
    const given = [task('variant-x', { maxJobs: 1 }), context('variant-x', { variant: 'x' })];
    const { value } = await hasher(...(given as Parameters<typeof hasher>));
    expect(value).toBe(taskHash('variant-x', 'key'));
  });

  it('differs between projects that have one key', () => {
    expect(taskHash('variant-a', 'key')).not.toBe(taskHash('variant-b', 'key'));
  });

  it('never hits for options that cannot be right, so that the executor explains', async () => {
    const [one, two] = [
      await hash({ variant: 'x' }, { maxJob: 2 }),
      await hash({ variant: 'x' }, { maxJob: 2 }),
    ];
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(two).not.toBe(one);
  });

  it('never hits where the key cannot be had, as with a missing tool', async () => {
    const failing = stageHasher(schema, () =>
      Promise.reject(new VllmCpuError({ code: 'TOOLS_MISSING', what: 'no g++', next: 'install' })),
    );
    const given = [task('variant-x'), context('variant-x', { variant: 'x' })] as const;
    expect((await failing(...given)).value).not.toBe((await failing(...given)).value);
  });

  it('never hits where the outputs cannot be put, which Nx would call a success', async () => {
    const given = task('variant-x');
    const inTheWay = { ...given, outputs: ['package.json/below'] };
    const hash = async (of: Task) =>
      (await hasher(of, context('variant-x', { variant: 'x' }))).value;
    expect(await hash(inTheWay)).not.toBe(await hash(inTheWay));
    const huge = stageHasher(schema, async () => 'key', 2 ** 60);
    const full = { ...given, outputs: ['dist/x'] };
    const arguments_ = [full, context('variant-x', { variant: 'x' })] as const;
    expect((await huge(...arguments_)).value).not.toBe((await huge(...arguments_)).value);
    expect(await hash(full)).toBe(await hash(full));
  });

  it('is no hash at all when this program is defective', async () => {
    const defective = stageHasher(schema, () => Promise.reject(new TypeError('a defect')));
    await expect(
      defective(task('variant-x'), context('variant-x', { variant: 'x' })),
    ).rejects.toThrow('a defect');
  });
});
