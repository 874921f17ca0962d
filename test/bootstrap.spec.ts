import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';

/** Everything that the bootstrap looks for; `numa` is a header, not a program. */
const EVERYTHING = 'git python3 g++ numa objdump strip patchelf ccache file qemu-x86_64'.split(' ');
const SCRIPTS = join(import.meta.dirname, '..', 'scripts');

interface Machine {
  /** Of EVERYTHING, what is there at the start. */
  has: string[];
  manager?: 'apt-get' | 'dnf';
  /** What the package manager makes appear when it is asked to install. */
  brings?: string[];
  user?: 'root' | 'sudoer' | 'nobody';
  gxx?: string;
  /** Package manager subcommands that fail. */
  failing?: string[];
  npmFails?: boolean;
  /** Seconds by which package-lock.json is newer than node_modules; undefined: not installed. */
  lockAhead?: number | undefined;
}

const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A checkout and a PATH that has nothing but what the machine is said to have. */
function machine({
  has,
  manager = 'apt-get',
  brings = [],
  user = 'root',
  gxx = '12.2.0',
  failing = [],
  npmFails = false,
  ...rest
}: Machine) {
  const root = mkdtempSync(join(tmpdir(), 'bootstrap-'));
  made.push(root);
  const bin = join(root, 'bin');
  mkdirSync(bin);
  cpSync(SCRIPTS, join(root, 'scripts'), { recursive: true });
  writeFileSync(join(root, 'package-lock.json'), '{}');
  const lockAhead = 'lockAhead' in rest ? rest.lockAhead : -60;
  if (lockAhead !== undefined) {
    mkdirSync(join(root, 'node_modules'));
    writeFileSync(join(root, 'node_modules', '.package-lock.json'), '{}');
    utimesSync(join(root, 'package-lock.json'), 2_000_000 + lockAhead, 2_000_000 + lockAhead);
    utimesSync(join(root, 'node_modules', '.package-lock.json'), 2_000_000, 2_000_000);
  }

  const log = join(root, 'log');
  const program = (name: string, lines: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const tools = join(root, 'tools');
  mkdirSync(tools);
  for (const name of EVERYTHING) {
    const lines =
      name === 'g++'
        ? `case "$*" in *numa.h*) test -e ${bin}/numa;; *) echo ${gxx};; esac`
        : 'exit 0';
    writeFileSync(join(tools, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  }
  for (const name of has) cpSync(join(tools, name), join(bin, name));
  for (const name of ['env', 'true']) symlinkSync(join('/usr/bin', name), join(bin, name));
  program('id', `echo ${user === 'root' ? 0 : 1000}`);
  program('sudo', user === 'sudoer' ? 'test "$1" = -n && shift && exec "$@"' : 'exit 1');
  program(
    manager,
    [
      '[ "$1" = --version ] && exit 0',
      `echo "${manager} $* [$DEBIAN_FRONTEND]" >> ${log}`,
      ...failing.map((step) => `case " $* " in *" ${step} "*) exit 100;; esac`),
      `case "$*" in *install*) for name in ${brings.join(' ')}; do /bin/cp ${tools}/$name ${bin}/; done;; esac`,
      'exit 0',
    ].join('\n'),
  );
  program('npm', `echo "npm $*" >> ${log}; exit ${npmFails ? 1 : 0}`);

  return {
    run: (...args: string[]) => {
      rmSync(log, { force: true });
      const result = spawnSync(process.execPath, [join(root, 'scripts/bootstrap.mjs'), ...args], {
        env: { PATH: bin },
        encoding: 'utf8',
        timeout: 20_000,
      });
      return {
        status: result.status,
        output: result.stdout + result.stderr,
        calls: existsSync(log) ? readFileSync(log, 'utf8') : '',
      };
    },
  };
}

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
    const bare = machine({ has: without('file'), manager: 'dnf', failing: ['--version'] });
    writeFileSync(join(made[0] ?? '', 'bin', 'dnf'), '#!/bin/sh\nexit 1\n');
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
