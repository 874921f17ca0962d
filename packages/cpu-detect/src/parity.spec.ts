import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requires } from '../../../tools/executors/src/testing/requires.ts';
import { writeMachine, writeTree } from '../test/machine.ts';
import { interpreters, runInPython } from '../test/python.ts';
import { writeSites } from '../test/sites.ts';
import { detectOptions, readVectors } from '../test/vectors.ts';
import { run } from './cli.ts';
import type { Case } from '../test/python.ts';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cpu-detect-parity-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));

const vectors = readVectors();
const FORMATS = ['text', 'env', 'docker', 'compose', 'systemd', 'json'];

function vectorCases(): Case[] {
  const serve = FORMATS.map((format) => ['--serve', 'org/Some-8B', `--format=${format}`]);
  const commands = [[], ['--uv', '--release=0.12.0'], ['--json'], ['--quiet'], ['--explain']];
  return vectors.flatMap((vector) =>
    [...commands, ...serve].map((argv) => ({ argv, detected: detectOptions(vector) })),
  );
}

function machineCases(): Case[] {
  const server = vectors.find(({ file }) => file === 'intel-sapphire-rapids.json');
  const arm = vectors.find(({ file }) => file === 'aws-graviton3.json');
  if (!server || !arm) throw new Error('the server vectors are gone');
  const shapes = [1, 2, 3, 4, 6, 8].flatMap((nodes) =>
    ([1, 2] as const).map((smt) => ({ nodes, coresPerNode: 6, smt, gibPerNode: 64 })),
  );
  return [server, arm].flatMap((vector) =>
    shapes.flatMap((shape) => {
      const name = `${vector.file}-${shape.nodes}-${shape.smt}`;
      const root = writeMachine(path.join(scratch, name), vector, shape);
      const options = [[], ['--weights=80'], ['--bind=auto'], ['--bind=nobind']];
      options.push(['--bind=nobind', '--release=0.9.2'], ['--bind=auto', '--release=0.9.0']);
      const serve = options.flatMap((extra) => [
        ['--root', root, '--serve', "it's $HOME%", '--json', ...extra],
        ['--root', root, '--serve', ...extra],
      ]);
      const formats = FORMATS.map((f) => ['--root', root, '--serve', 'a b"$x%', '--format', f]);
      return [['--root', root], ...serve, ...formats].map((argv) => ({ argv }));
    }),
  );
}

function badInputs(): Case[] {
  const files = writeTree(path.join(scratch, 'bad'), {
    '/empty': '',
    '/blank': ' \n\t\n',
    '/binary': '\0\x01ELF\0',
    '/text': 'Lorem ipsum: dolor sit amet\n',
    '/odd':
      'processor\t: 0\nvendor_id\t: \u00a0G\u00e9nuine\u0085\nflags\t: lm \u00a0avx 99999\u001cx\n',
    '/numbers': 'processor: 99999999999999999999\ncpu family: 99999999999999999999\nflags: lm\n',
    '/no-colon': 'flags lm\nprocessor 0\n',
    '/huge': 'x'.repeat(16 * 1024 * 1024 + 1),
    '/root/proc/nothing': '',
  });
  const named = ['empty', 'blank', 'binary', 'text', 'odd', 'numbers', 'no-colon', 'huge', 'gone'];
  const cases = named.map((name) => ['--cpuinfo', path.join(files, name)]);
  return [...cases, ['--cpuinfo', files], ['--root', path.join(files, 'root')]].map((argv) => ({
    argv,
  }));
}

function commandLines(): Case[] {
  const lines = [
    ['--help'],
    ['--version'],
    ['--nonsense'],
    ['stray'],
    ['--json=1'],
    ['--quiet=1'],
    ['--release'],
    ['--release='],
    ['--release=1.0; rm -rf'],
    ['--release=0.12.0+cpu'],
    ['--quiet', '--explain'],
    ['--quiet', '--json'],
    ['--format=env'],
    ['--serve', '--format=ini'],
    ['--serve', '--format=env', '--json'],
    ['--serve', '--weights=-1'],
    ['--serve', '--weights=1.5'],
    ['--serve', '--bind=tight'],
    ['--weights=4'],
    ['--python=python3'],
    ['--check', '--python', path.join(scratch, 'no-python')],
    ['--cpuinfo=a', '--root=b'],
  ];
  return lines.map((argv) => ({ argv }));
}

function terminalCases(): Case[] {
  const [vector] = vectors;
  if (!vector) return [];
  const detected = detectOptions(vector);
  return [[], ['--explain'], ['--serve']].map((argv) => ({ argv, detected, terminal: true }));
}

function checkCases(): Case[] {
  const sites = Object.values(writeSites(path.join(scratch, 'sites')));
  const names = [
    'amd-zen4-genoa.json',
    'intel-haswell.json',
    'aws-graviton3.json',
    'ibm-power9.json',
  ];
  return vectors
    .filter(({ file }) => names.includes(file))
    .flatMap((vector) =>
      sites.flatMap((site) =>
        [[], ['--json']].map((extra) => ({
          argv: ['--check', '--site-packages', site, ...extra],
          detected: detectOptions(vector),
        })),
      ),
    );
}

const cases = [
  ...vectorCases(),
  ...machineCases(),
  ...badInputs(),
  ...commandLines(),
  ...terminalCases(),
  ...checkCases(),
];
const fromTypeScript = cases.map(({ argv, detected, terminal = false }) =>
  run(argv, { terminal, ...(detected ? { detected } : {}) }),
);

function compare(python: string): void {
  const fromPython = runInPython(python, cases);
  const different = cases.flatMap((given, index) => {
    const [ours, theirs] = [fromTypeScript[index], fromPython[index]];
    const same = JSON.stringify(ours) === JSON.stringify(theirs);
    return same ? [] : [{ argv: given.argv, typescript: ours, python: theirs }];
  });
  expect(different.slice(0, 3)).toEqual([]);
  expect(fromPython).toHaveLength(cases.length);
}

describe('both implementations print the same bytes and end with the same code', () => {
  it('covers more than a thousand command lines', () => {
    expect(cases.length).toBeGreaterThan(1000);
  });

  it('with the python3 on PATH', () => compare('python3'), 60_000);

  for (const { version, python } of interpreters()) {
    requires(`an interpreter of Python ${version}`, python !== null)(
      `with Python ${version}`,
      () => compare(python ?? ''),
      60_000,
    );
  }
});
