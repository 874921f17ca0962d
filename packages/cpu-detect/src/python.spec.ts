import { delimiter, dirname } from 'node:path';
import { describe, expect } from '@jest/globals';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';
import { createRunner } from '@vllm-cpu/system/run';
import { installerEnv, lockedEnvironment } from '../scripts/locked-environment.ts';
import { interpreters, PROJECT } from '../test/python.ts';

const runner = createRunner();
const tools = pythonTools();
// uv makes six environments in the time that pip needs for one; without it pip does.
const bin = tools.available ? [dirname(tools.program('uv'))] : [];
const env = installerEnv(process.env);
env['PATH'] = [env['PATH'], ...bin].join(delimiter);

/** What pytest says with an interpreter; '' where every test passed. */
async function complaints(interpreter: string, words: readonly string[]): Promise<string> {
  const python = await lockedEnvironment('test', interpreter, runner, env);
  const argv: [string, ...string[]] = [python, '-B', '-m', 'pytest', ...words];
  const { exitCode, stdout, stderr } = await runner.try({ argv, cwd: PROJECT, env });
  return exitCode === 0 ? '' : `${stdout}${stderr}`;
}

// Lint and types of the sources are targets of their own: python-lint and python-typecheck.
describe("the Python package's own tests pass", () => {
  const all = interpreters();
  const newest = all.findLast(({ python }) => python !== null)?.version;
  for (const { version, python } of all) {
    // Which examples hypothesis finds does not depend on the interpreter: one Python sees them all.
    const words = version === newest ? [] : ['--hypothesis-profile=few'];
    requires(`an interpreter of Python ${version}`, python !== null)(
      `with Python ${version}`,
      async () => expect(await complaints(python ?? '', words)).toBe(''),
      300_000,
    );
  }
});
