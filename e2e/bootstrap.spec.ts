import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { EVERYTHING, machine, removeMachines } from './support/hosts/bare-machine.ts';

afterEach(removeMachines);

const without = (...names: string[]) => EVERYTHING.filter((name) => !names.includes(name));

describe('bootstrap', () => {
  it('installs nothing and reaches no network when nothing is missing', () => {
    const { status, output, calls } = machine({ has: EVERYTHING }).run('--tests');
    expect(output).toMatch(/^\[bootstrap\] ready/);
    expect({ status, calls }).toEqual({ status: 0, calls: '' });
  });

  it('installs with apt-get, as root, just what is missing, and does nothing the second time', () => {
    const missing = ['patchelf', 'numa', 'objdump', 'strip'];
    const bare = machine({ has: without(...missing), brings: missing });
    const first = bare.run();
    expect(first.status).toBe(0);
    expect(first.output).toContain('missing: objdump, strip, patchelf, libnuma headers (numa.h)');
    expect(first.calls.split('\n').slice(0, 2)).toEqual([
      expect.stringMatching(/^apt-get .*update \[noninteractive\]$/),
      expect.stringMatching(
        /install -y --no-install-recommends binutils patchelf libnuma-dev \[noninteractive\]$/,
      ),
    ]);
    expect(bare.run().calls).toBe('');
  });

  it('refuses a folder with a line break in its path, in which npm and Nx fail', () => {
    const bootstrap = join(import.meta.dirname, '../scripts/bootstrap.mjs');
    const code = `(await import(${JSON.stringify(bootstrap)})).checkPath('/a\\nb')`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code]);
    expect(stderr.toString()).toContain('the path of this folder has a line break: "/a\\nb"');
  });

  it('installs with dnf where that is the package manager', () => {
    const missing = ['numa', 'g++', 'python3'];
    const { status, calls } = machine({
      has: without(...missing),
      brings: missing,
      manager: 'dnf',
    }).run();
    expect(status).toBe(0);
    expect(calls).toContain('python3.13 python3.13-devel gcc-c++ numactl-devel');
  });

  it('becomes root through sudo when that asks for no password', () => {
    const bare = machine({ has: without('file'), brings: ['file'], user: 'sudoer' });
    const { status, output } = bare.run();
    expect(status).toBe(0);
    expect(output).toContain('$ sudo -n apt-get');
  });

  it('prints the exact command and installs nothing when it may not become root', () => {
    const { status, output, calls } = machine({
      has: without('file', 'g++'),
      user: 'nobody',
    }).run();
    expect({ status, calls }).toEqual({ status: 1, calls: '' });
    expect(output).toContain(
      'sudo apt-get update && sudo apt-get install -y --no-install-recommends g++ libnuma-dev file\n',
    );
  });

  it('says what is missing with --check and installs nothing', () => {
    const bare = machine({ has: without('ccache'), lockAhead: undefined });
    const { status, output, calls } = bare.run('--check');
    expect({ status, calls }).toEqual({ status: 1, calls: '' });
    expect(output).toMatch(
      /missing: ccache.*\nmissing: the npm packages.*\ninstall: apt-get update && apt-get install -y/,
    );
    expect(machine({ has: EVERYTHING }).run('--check').status).toBe(0);
  });

  it('asks for qemu only when the tests are to run', () => {
    const { output, status } = machine({ has: without('qemu-x86_64') }).run('--check');
    expect({ output, status }).toEqual({ output: 'nothing is missing\n', status: 0 });
  });

  it('goes on without what only some tests need, and says that they are skipped', () => {
    const bare = machine({ has: without('buildah', 'skopeo'), failing: ['install'] });
    const { status, output, calls } = bare.run('--tests');
    expect(status).toBe(0);
    expect(calls).toContain('install -y --no-install-recommends buildah skopeo');
    expect(output).toContain('apt-get could not install buildah, skopeo');
    expect(output).toContain('tests that need these are skipped: buildah (builds images in tests)');
    expect(machine({ has: without('buildah') }).run().calls).toBe('');
  });

  it('names a g++ that is too old and stays too old', () => {
    const { status, output } = machine({ has: EVERYTHING, gxx: '10.2.1' }).run();
    expect(status).toBe(1);
    expect(output).toMatch(/still missing after g\+\+ was installed: g\+\+ 11 or later\n.*PATH/);
  });

  it('goes on after a failed update, because one broken source need not matter', () => {
    const bare = machine({ has: without('file'), brings: ['file'], failing: ['update'] });
    expect(bare.run().status).toBe(0);
  });

  it('stops with the command to run when the installation fails', () => {
    const { status, output } = machine({ has: without('file'), failing: ['install'] }).run();
    expect(status).toBe(1);
    expect(output).toContain('apt-get could not install file (exit status 100)');
    expect(output).toMatch(/apt-get install -y --no-install-recommends file\n/);
  });

  it('lists the packages where there is neither apt-get nor dnf', () => {
    const bare = machine({ has: without('file'), manager: 'none' });
    const { status, output } = bare.run();
    expect(status).toBe(1);
    expect(output).toContain('Neither apt-get nor dnf is here');
  });

  it('runs npm ci when node_modules is missing or older than the lock file, and only then', () => {
    expect(machine({ has: EVERYTHING, lockAhead: undefined }).run().calls).toMatch(/npm .*\bci\b/);
    expect(machine({ has: EVERYTHING, lockAhead: 60 }).run().calls).toMatch(/npm .*\bci\b/);
    expect(machine({ has: EVERYTHING, lockAhead: -60 }).run().calls).toBe('');
  });

  it('fails with the reason when npm ci fails', () => {
    const bare = machine({ has: EVERYTHING, lockAhead: undefined, npmFails: true });
    const { status, output } = bare.run();
    expect(status).toBe(1);
    expect(output).toContain('npm ci failed (exit status 1)');
  });

  it('refuses an unknown option and prints its usage', () => {
    const { status, output } = machine({ has: EVERYTHING }).run('--chekc');
    expect(status).toBe(1);
    expect(output).toMatch(/Unknown option '--chekc'[^]*Usage:/);
  });
});

describe('npm test', () => {
  const leftOut = { status: 'pending', fullName: 'left out by -t' };
  const results = {
    numPassedTests: 5,
    numFailedTests: 1,
    numRuntimeErrorTestSuites: 0,
    testResults: [{ assertionResults: [leftOut, leftOut, leftOut] }],
  };
  const lacking = 'the wheel installs [skipped: needs Python 3.9]';

  it('hands its arguments to jest, and ends with the counts alone on the last line and its status', () => {
    const words = ['packages/x', '-t', 'a b'];
    const { output, status } = machine({ has: EVERYTHING }).test(results, 1, ...words);
    expect(status).toBe(1);
    expect(output.trimEnd().split('\n').at(-1)).toBe('5 passed, 1 failed, 3 skipped');
    expect(output).toMatch(/^jest packages\/x -t a b --json --outputFile=/m);
  });

  it('names each test that the machine could not run, with the reason', () => {
    const assertionResults = [{ status: 'pending', fullName: lacking }, leftOut];
    const given = { ...results, testResults: [{ assertionResults }] };
    const { output } = machine({ has: EVERYTHING }).test(given, 0, 'packages/x');
    expect(output).toContain(`\nSkipped:\n  ${lacking}\n\n5 passed`);
  });

  it('counts a file that could not be run as a failure, whatever the status', () => {
    const broken = { ...results, numFailedTests: 0, numRuntimeErrorTestSuites: 1 };
    const { output, status } = machine({ has: EVERYTHING }).test(broken, 0, 'packages/x');
    expect({ status, last: output.trimEnd().split('\n').at(-1) }).toEqual({
      status: 1,
      last: '5 passed, 1 failed, 3 skipped',
    });
  });

  it('claims no counts when jest left none', () => {
    const { output, status } = machine({ has: EVERYTHING }).test(undefined, 7, 'packages/x');
    expect(status).toBe(7);
    expect(output).not.toContain('passed');
  });

  it('without arguments runs every project through Nx, and adds up their counts', () => {
    const counts = {
      wheel: { passed: 3, failed: 0, skipped: [] },
      e2e: { passed: 2, failed: 0, skipped: [lacking] },
    };
    const { output, status } = machine({ has: EVERYTHING }).testAll(counts, 0);
    expect(status).toBe(0);
    expect(output).toContain('nx run-many -t test');
    expect(output).toContain(`\nSkipped:\n  ${lacking}\n\n5 passed, 0 failed, 1 skipped`);
  });

  it('with --gate lints and checks types as well, in a run of Nx beside it', () => {
    const counts = { wheel: { passed: 3, failed: 0, skipped: [] } };
    const { output } = machine({ has: EVERYTHING }).testAll(counts, 0, '--gate');
    expect(output).toContain('nx run-many -t test ');
    expect(output).toContain(
      'nx run-many -t lint typecheck python-lint python-typecheck spelling ',
    );
    expect(output.trimEnd().split('\n').at(-1)).toBe('3 passed, 0 failed, 0 skipped');
  });

  it('fails where Nx failed, although no counted test did', () => {
    const counts = { wheel: { passed: 3, failed: 0, skipped: [] } };
    const { output, status } = machine({ has: EVERYTHING }).testAll(counts, 1);
    expect(status).toBe(1);
    expect(output.trimEnd().split('\n').at(-1)).toBe('3 passed, 1 failed, 0 skipped');
  });
});
