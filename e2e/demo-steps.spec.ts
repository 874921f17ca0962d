import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const SCRIPTS = join(import.meta.dirname, '../scripts');

/** A step of the demo that prints two lines, of which the second is always shown. */
function ran(options: { verbose: boolean; status: number }) {
  const program = `console.log('detail'); console.error('verdict'); process.exitCode = ${options.status}`;
  const code = `
    const { steps } = await import(${JSON.stringify(join(SCRIPTS, 'steps.mjs'))});
    const { reportErrors } = await import(${JSON.stringify(join(SCRIPTS, 'bootstrap-error.mjs'))});
    const step = steps({ name: 'demo', verbose: ${options.verbose}, env: {} });
    const argv = [process.execPath, '-e', ${JSON.stringify(program)}];
    await reportErrors(() => step('1/4 build', argv, (line) => (line === 'verdict' ? line : undefined)));`;
  const argv = ['--input-type=module', '-e', code];
  return spawnSync(process.execPath, argv, { encoding: 'utf8' });
}

describe('a step of the demo', () => {
  it('is a line, and what is worth a line', () => {
    const { status, stdout } = ran({ verbose: false, status: 0 });
    expect([status, stdout]).toEqual([0, '[demo] 1/4 build\n         verdict\n']);
  });

  it('prints everything with --verbose', () => {
    expect(ran({ verbose: true, status: 0 }).stdout).toContain('         detail\n');
  });

  it('that fails prints everything, names itself, and says how to go on', () => {
    const { status, stdout, stderr } = ran({ verbose: false, status: 3 });
    expect(status).toBe(1);
    expect(stdout).toContain('\ndetail\n');
    expect(stderr).toContain('1/4 build: failed (exit status 3)');
    expect(stderr).toContain('run npm run demo again');
  });
});
