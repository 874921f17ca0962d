#!/usr/bin/env node
// What this machine has for specs to work with, as one line: an input of the `test` targets. A program that
// appears, or another version of one, runs them again.
import { realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PROGRAMS = [
  ...[
    'g++',
    'gcc',
    'ld',
    'as',
    'strip',
    'patchelf',
    'cmake',
    'ninja',
    'ccache',
    'git',
    'python3',
    'twine',
  ],
  ...[
    'qemu-x86_64',
    'qemu-aarch64',
    'aarch64-linux-gnu-g++',
    'buildah',
    'skopeo',
    'docker',
    'podman',
    'uv',
    'redis-server',
    'sccache',
  ],
];

/** Path, size and time: enough to tell one build of a program from another. */
function found(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const file = join(folder, name);
    const status = statSync(file, { throwIfNoEntry: false });
    if (status?.isFile()) return `${name}:${realpathSync(file)}:${status.size}:${status.mtimeMs}`;
  }
  return `${name}:none`;
}

console.log(
  [`node:${process.version}`, `user:${process.getuid?.()}`, ...PROGRAMS.map(found)].join(' '),
);
