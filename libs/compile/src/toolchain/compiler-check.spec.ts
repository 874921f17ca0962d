import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { AARCH64_BASELINE, knownFeatures } from '@vllm-cpu/variant/features';
import { checkCompiler } from './compiler-check.ts';

const env = { PATH: '/usr/bin:/bin' };
const gated = ['avx512_bf16', 'avx512_vnni', 'amx_tile', 'amx_bf16'];
const platform = 'linux-x86_64' as const;
const bf16 = { platform, proves: ['avx512f', 'avx512_bf16'], gxxMinimum: '12.3', gated };

/** A g++ that reports `version`; it compiles the probe unless `complaint` is given. */
function gxx(version: string, complaint?: string) {
  return fakeRunner(({ argv }) => {
    if (argv[1] === '-dumpfullversion') return { stdout: `${version}\n` };
    return complaint ? { exitCode: 1, stderr: complaint } : {};
  });
}

describe('the compiler check', () => {
  it.each(['12.2.0', '11.4.0', '9'])(
    'refuses g++ %s where cmake would drop BF16',
    async (version) => {
      await expect(checkCompiler(gxx(version), env, bf16)).rejects.toMatchObject({
        code: 'COMPILER_TOO_OLD',
        what: `g++ ${version} is older than 12.3`,
        why: expect.stringContaining('avx512_bf16'),
      });
    },
  );

  it.each(['12.3.0', '12.10.0', '13.2.0', '14'])('accepts g++ %s', async (version) => {
    expect(await checkCompiler(gxx(version), env, bf16)).toBe(version);
  });

  it('accepts an old g++ for a variant of which cmake drops nothing', async () => {
    const avx512 = { ...bf16, proves: ['avx512f'] };
    expect(await checkCompiler(gxx('12.2.0'), env, avx512)).toBe('12.2.0');
  });

  it('lets the compiler and the assembler emit every promised feature', async () => {
    const runner = gxx('13.2.0');
    await checkCompiler(runner, env, bf16);
    const probe = runner.commands[1];
    expect(probe?.argv).toEqual(
      expect.arrayContaining(['g++', '-mavx512f', '-mavx512bf16', '-o', '/dev/null']),
    );
    expect(probe?.input).toContain('vdpbf16ps');
  });

  it('says what the assembler refused', async () => {
    const runner = gxx('13.2.0', "Error: no such instruction: `vdpbf16ps'\n");
    await expect(checkCompiler(runner, env, bf16)).rejects.toMatchObject({
      code: 'COMPILER_CANNOT_EMIT',
      why: expect.stringContaining('no such instruction'),
    });
  });

  it.each([
    ['every feature that a variant may name', 'linux-x86_64', []],
    ["every such feature beyond the compiler's own baseline", 'linux-aarch64', AARCH64_BASELINE],
  ] as const)('tries one instruction of %s on %s', async (_, platform, untried) => {
    const runner = gxx('14.2.0');
    const proves = knownFeatures(platform);
    await checkCompiler(runner, env, { ...bf16, platform, proves });
    const tried = runner.commands[1]?.input?.match(/asm\(/g) ?? [];
    expect(tried).toHaveLength(proves.length - untried.length);
  });

  it('has probes that the real compiler of this machine accepts, for every level', async () => {
    // g++ has -mamx-fp16 from 13 on.
    const proves = knownFeatures('linux-x86_64').filter((feature) => feature !== 'amx_fp16');
    const wanted = { platform, proves, gxxMinimum: '11', gated };
    expect(await checkCompiler(createRunner(), env, wanted)).toMatch(/^\d+\.\d+/);
  });
});
