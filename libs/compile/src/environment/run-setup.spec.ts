import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Command, Finished } from '@vllm-cpu/system/run';
import { aPlan } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import type { CompilePlan } from '../plan.ts';
import type { ModuleFlags } from '../toolchain/source-flags.ts';
import { runSetup } from './run-setup.ts';

const FLAGS = '-mavx512f;-mavx512vl;-mavx512bw;-mavx512dq';
const REPORTED = `-- CPU extension compile flags: -mf16c;-fopenmp;${FLAGS}`;

describe('the run of upstream’s setup.py', () => {
  const folder = temporaryFolders();
  let plan: CompilePlan;
  let reported: string[];
  let expected: ModuleFlags | undefined;
  beforeEach(() => {
    plan = aPlan(folder());
    reported = [];
    expected = undefined;
    mkdirSync(join(plan.task, 'wheel'), { recursive: true });
  });

  /** A setup.py that prints `lines`, leaves `wheels` and ends like `finished`. */
  function setup(lines: string[], wheels: string[] = [], finished: Partial<Finished> = {}) {
    const runner = fakeRunner((command) => {
      for (const line of lines) command.onLine?.(line);
      for (const name of wheels) writeFileSync(join(plan.task, 'wheel', name), '');
      return { stdout: `${lines.join('\n')}\n`, ...finished };
    });
    const run = () =>
      runSetup(plan, '/environment/bin/python', expected, {}, runner, (line) =>
        reported.push(line),
      );
    return { run, command: (): Command | undefined => runner.commands[0] };
  }

  it('gives the one wheel and the flags that cmake reported', async () => {
    const { run, command } = setup([REPORTED, '[1/1] Linking'], ['vllm-0.12.0+cpu-a.whl']);
    expect(await run()).toEqual({
      wheel: join(plan.task, 'wheel/vllm-0.12.0+cpu-a.whl'),
      flags: ['-mf16c', '-fopenmp', ...FLAGS.split(';')],
    });
    expect(command()).toMatchObject({ cwd: plan.tree, logFile: plan.log });
    expect(reported).toEqual(['compile vllm-cpu-avx512 0.12.0: 1/1 (100 %), done']);
  });

  it('is stopped as soon as cmake reports a feature of the host', async () => {
    const { run, command } = setup([`${REPORTED};-mavx512bf16`, '[1/900] CXX'], [], {
      exitCode: 1,
    });
    await expect(run()).rejects.toMatchObject({
      code: 'FLAGS_DIFFER',
      what: expect.stringContaining('avx512_bf16 is compiled in but not required'),
    });
    expect(command()?.signal?.aborted).toBe(true);
  });

  it('that fails shows the lines that tell why, and names log and folder', async () => {
    const noise = Array.from({ length: 50 }, (_, index) => `[${index}/60] Building`);
    const lines = [REPORTED, 'a.cpp:1:2: error: no matching function', ...noise];
    await expect(setup(lines, [], { exitCode: 1 }).run()).rejects.toMatchObject({
      code: 'COMPILE_FAILED',
      why: 'a.cpp:1:2: error: no matching function',
      next: expect.stringContaining(plan.log),
    });
  });

  it('that fails silently shows how its output ended', async () => {
    const { run } = setup([REPORTED, 'Killed'], [], { exitCode: 137 });
    await expect(run()).rejects.toMatchObject({
      code: 'COMPILE_FAILED',
      why: expect.stringMatching(/Killed$/),
    });
  });

  it('that runs out of disk says so, and where', async () => {
    const stderr = 'a.s: fatal error: writing to a.o: No space left on device\n';
    await expect(setup([REPORTED], [], { exitCode: 1, stderr }).run()).rejects.toMatchObject({
      code: 'DISK_FULL',
      next: expect.stringContaining(plan.settings.workspace),
    });
  });

  it('without a word about flags is refused: nothing says what was compiled in', async () => {
    await expect(setup(['-- Done'], ['a.whl']).run()).rejects.toMatchObject({
      code: 'FLAGS_NOT_REPORTED',
    });
  });

  it.each([
    ['no wheel', [], 'NO_WHEEL'],
    ['two wheels', ['a.whl', 'b.whl'], 'SEVERAL_WHEELS'],
  ])('that ends well with %s is refused', async (_, wheels, code) => {
    await expect(setup([REPORTED], wheels).run()).rejects.toMatchObject({ code });
  });
});
