import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';

/**
 * A build host that has what upstream's build takes along unasked: programs in `folder` that come
 * first on the returned PATH. `ldconfig` knows a libtcmalloc_minimal as well, and `cargo` builds a program.
 */
export async function temptations(folder: string): Promise<{ path: string }> {
  const programs = join(folder, 'bin');
  const library = join(folder, 'libtcmalloc_minimal.so.4');
  await mkdir(programs, { recursive: true });
  const path = process.env['PATH'] ?? '';
  await writeFile(join(folder, 'empty.c'), 'int tcmalloc_of_the_host;\n');
  await createRunner().run({
    argv: ['gcc', '-shared', '-o', library, join(folder, 'empty.c')],
    env: { PATH: path },
  });
  const known = `libtcmalloc_minimal.so.4 (libc6,x86-64) => ${library}`;
  await program(join(programs, 'ldconfig'), `/sbin/ldconfig "$@"; echo '\t${known}'`);
  await copyFile(library, join(folder, 'vllm-rs'));
  // As setuptools-rust asks: which package it is, and what was built.
  const metadata = JSON.stringify({
    packages: [{ id: 'vllm-rs', name: 'vllm-rs', targets: [{ name: 'vllm-rs', kind: ['bin'] }] }],
    resolve: { root: 'vllm-rs' },
  });
  const artifact = JSON.stringify({
    ...{ reason: 'compiler-artifact', package_id: 'vllm-rs' },
    target: { name: 'vllm-rs', kind: ['bin'], crate_types: ['bin'] },
    filenames: [join(folder, 'vllm-rs')],
    executable: join(folder, 'vllm-rs'),
  });
  const answers = `case "$1" in metadata) echo '${metadata}' ;; *) echo '${artifact}' ;; esac`;
  await program(join(programs, 'cargo'), answers);
  const rustc = "echo 'rustc 1.90.0 (of the test)'; echo 'host: x86_64-unknown-linux-gnu'";
  await program(join(programs, 'rustc'), rustc);
  return { path: `${programs}:${path}` };
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}
