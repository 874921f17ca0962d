import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { artifactStore } from './support/workflows/artifacts.ts';
import { releaseMachine, unexpectedFailures } from './support/workflows/release-machine.ts';
import type { ReleaseMachine } from './support/workflows/release-machine.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const tools = pythonTools();
const itWithTools = requires(tools.reason || 'twine', tools.available);

describe('a tag of the detector', () => {
  let machine: ReleaseMachine;
  beforeAll(async () => {
    machine = await releaseMachine();
  }, TIMEOUT);
  afterAll(() => machine.remove(), TIMEOUT);

  const pushed = async (tag: string) =>
    machine.run(
      'detector.yml',
      {},
      {
        scratch: await machine.folders.folder(`run-${tag}`),
        artifacts: artifactStore(await machine.folders.folder(`artifacts-${tag}`)),
      },
      { event_name: 'push', ref_type: 'tag', ref_name: tag, ref: `refs/tags/${tag}` },
    );

  itWithTools(
    'publishes the version that it names, and none that the commit is not',
    async () => {
      const file = join(machine.clone.root, 'packages/cpu-detect/package.json');
      const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
      const wrong = await pushed('cpu-detect-0.0.0');
      expect(wrong.results).toEqual({ build: 'failure', publish: 'skipped' });
      expect(wrong.steps.at(-1)?.output).toContain('does not match version');
      const right = await pushed(`cpu-detect-${version}`);
      expect(unexpectedFailures(right)).toBe('');
      expect([...machine.index.stored.files.keys()]).toEqual([
        `vllm_cpu_detect-${version}-py3-none-any.whl`,
      ]);
      expect(machine.index.publisher.exchanges).toBe(1);
    },
    TIMEOUT,
  );
});
