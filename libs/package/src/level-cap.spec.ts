import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findCpuQuestions } from '@vllm-cpu/sources/cpu-questions';
import { fixturePlan, fixtureRelease, packageFixture } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { makeWheel } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import { capped, LEVEL_MODULE } from './level-cap.ts';
import { CPU_LEVEL_MODULE } from './stage-files.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const PLATFORM_MODULE = `# SPDX-License-Identifier: Apache-2.0
"""The platform."""
from __future__ import annotations

import torch


def isa():
    if not torch.cpu._is_amx_tile_supported() or torch._C._cpu._is_avx512_bf16_supported():
        return torch.cpu.get_capabilities().get("bf16")
    return torch.ops._C.cpu_has_amx_fp8()
`;

function cap(text: string): string {
  return capped(text, findCpuQuestions(text, 'vllm/cpu.py'), 'vllm/cpu.py');
}

describe('a capped Python file', () => {
  it('asks the level before the CPU, whatever stands around the question', () => {
    expect(cap(PLATFORM_MODULE)).toBe(`# SPDX-License-Identifier: Apache-2.0
"""The platform."""
from __future__ import annotations

from vllm import _vllm_cpu_level

import torch


def isa():
    if not (_vllm_cpu_level.AMX_TILE and torch.cpu._is_amx_tile_supported()) or (_vllm_cpu_level.AVX512_BF16 and torch._C._cpu._is_avx512_bf16_supported()):
        return _vllm_cpu_level.capped(torch.cpu.get_capabilities()).get("bf16")
    return (_vllm_cpu_level.AMX_FP8 and torch.ops._C.cpu_has_amx_fp8())
`);
  });
});

it('the module that answers asks nothing itself, so that no count is off by it', () => {
  const text = readFileSync(CPU_LEVEL_MODULE, 'utf8');
  expect(findCpuQuestions(text, LEVEL_MODULE)).toEqual([]);
});

describe('packaging a release whose Python asks the CPU', () => {
  const onX86 = requires('x86-64', hostPlatform() === 'linux-x86_64');
  let folder: string;
  let compiledWheel: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cap-'));
    if (hostPlatform() !== 'linux-x86_64') return;
    const files = { 'vllm/platforms/cpu.py': PLATFORM_MODULE, 'vllm/data.txt': PLATFORM_MODULE };
    compiledWheel = await makeWheel({ folder, files });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  function packaged(cpuQuestions: number | undefined) {
    const base = fixtureRelease();
    const release = { ...base, source: { ...base.source, cpuQuestions } };
    return packageFixture(fixturePlan(compiledWheel, folder, { release }));
  }

  onX86('caps them all and brings the module that answers', async () => {
    const { path } = await packaged(4);
    await withArchive(path, async (archive) => {
      const text = await archive.readText('vllm/platforms/cpu.py');
      expect(text).toBe(cap(PLATFORM_MODULE));
      expect(await archive.readText('vllm/data.txt')).toBe(PLATFORM_MODULE);
      expect(archive.find('vllm/_vllm_cpu_level.py')).toBeDefined();
    });
  });

  onX86('stops where the pin states another number, and names the files', async () => {
    await expect(packaged(5)).rejects.toMatchObject({
      code: 'CPU_QUESTIONS_DIFFER',
      what: expect.stringMatching(/found 4 CPU queries .* pin of 0\.12\.0 records 5$/),
      why: expect.stringContaining('vllm/platforms/cpu.py 4'),
    });
  });

  onX86('leaves a release alone whose pin has no such number', async () => {
    const { path } = await packaged(undefined);
    await withArchive(path, async (archive) => {
      expect(await archive.readText('vllm/platforms/cpu.py')).toBe(PLATFORM_MODULE);
      expect(archive.find('vllm/_vllm_cpu_level.py')).toBeUndefined();
    });
  });
});
