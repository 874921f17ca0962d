import { dirname } from 'node:path';
import { describe, expect, it as always } from '@jest/globals';
import { NOTHING_ALLOWED } from './gates/allow.ts';
import { createRunner } from '@vllm-cpu/system/run';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { makeWheel } from '@vllm-cpu/testing/wheel-fixture';
import { twineFindings } from './twine.ts';
import { readWheelFacts } from './facts/wheel-facts.ts';

const tools = pythonTools();
const it = requires(tools.reason, tools.available);
const folder = temporaryFolders();

/** METADATA with a description that the index would show. */
const described = (type: string, text: string) =>
  [
    'Metadata-Version: 2.1',
    'Name: vllm',
    'Version: 1.0',
    `Description-Content-Type: ${type}`,
    '',
    text,
  ].join('\n');

async function findings(metadata: string, path: string) {
  const wheel = await makeWheel({ folder: folder(), version: '1.0', metadata, modules: [] });
  const facts = await readWheelFacts(wheel);
  const env = { PATH: path };
  return twineFindings({
    facts,
    env,
    runner: createRunner(),
    variants: [],
    allow: NOTHING_ALLOWED,
    workDir: folder(),
  });
}

describe('what twine says of a wheel', () => {
  const withTwine = `${dirname(tools.program('twine'))}:/usr/bin:/bin`;

  it('is asked where twine is on PATH, and noted', async () => {
    expect(await findings(described('text/markdown', '# vLLM'), withTwine)).toEqual([
      { level: 'note', place: 'twine', message: 'check --strict passed' },
    ]);
  }, 60_000);

  it('is an error where the index could not render the description', async () => {
    const [finding] = await findings(described('text/x-rst', 'a title\n=\n\n`open'), withTwine);
    expect(finding).toMatchObject({ level: 'error', place: 'twine check --strict' });
    expect(finding?.message).toContain('long_description');
  }, 60_000);

  always('is a note that it was not run, where it is not installed', async () => {
    expect(await findings(described('text/markdown', '# vLLM'), '/nowhere')).toEqual([
      { level: 'note', place: 'twine', message: 'is not installed: its check was not run' },
    ]);
  });
});
