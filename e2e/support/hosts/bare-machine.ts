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

/** Everything that the bootstrap looks for; `numa` is a header, not a program. */
export const EVERYTHING =
  'git python3 g++ numa objdump strip patchelf ccache file curl qemu-x86_64 buildah netavark skopeo docker-registry shellcheck redis-server chromium-headless-shell aarch64-linux-gnu-g++'.split(
    ' ',
  );
const SCRIPTS = join(import.meta.dirname, '../../../scripts');

export interface Machine {
  /** Of EVERYTHING, what is there at the start. */
  has: string[];
  manager?: 'apt-get' | 'dnf' | 'none';
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

/** Removes every machine that was made. */
export function removeMachines(): void {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
}

/** A checkout and a PATH that has nothing but what the machine is said to have. */
export function machine({
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

  const start = (script: string, args: string[]) => {
    rmSync(log, { force: true });
    const result = spawnSync(process.execPath, [join(root, 'scripts', script), ...args], {
      env: { PATH: bin },
      encoding: 'utf8',
      timeout: 20_000,
    });
    return {
      status: result.status,
      output: result.stdout + result.stderr,
      calls: existsSync(log) ? readFileSync(log, 'utf8') : '',
    };
  };
  return {
    run: (...args: string[]) => start('bootstrap.mjs', args),
    /** `npm test` with a jest that writes `results` and ends with `status`. */
    test: (results: object | undefined, status: number, ...args: string[]) => {
      const bin = join(root, 'node_modules', 'jest', 'bin');
      mkdirSync(bin, { recursive: true });
      const write = `process.argv.find((word) => word.startsWith('--outputFile=')).slice(13)`;
      writeFileSync(
        join(bin, 'jest.js'),
        `console.log('jest', ...process.argv.slice(2));
        ${results ? `require('node:fs').writeFileSync(${write}, '${JSON.stringify(results)}');` : ''}
        process.exit(${status});`,
      );
      return start('test.mjs', args);
    },
    /** `npm test` with an Nx that leaves the counts of these projects and ends with `status`. */
    testAll: (
      counts: Readonly<Record<string, object>>,
      status: number,
      ...args: readonly string[]
    ) => {
      const bin = join(root, 'node_modules', 'nx', 'dist', 'bin');
      mkdirSync(bin, { recursive: true });
      writeFileSync(
        join(bin, 'nx.js'),
        `const { mkdirSync, writeFileSync } = require('node:fs');
        console.log('nx', ...process.argv.slice(2));
        mkdirSync('dist/test-results', { recursive: true });
        for (const [name, each] of Object.entries(${JSON.stringify(counts)}))
          writeFileSync('dist/test-results/' + name + '.json', JSON.stringify(each));
        process.exit(${status});`,
      );
      return start('test.mjs', [...args]);
    },
  };
}
