import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import type { Runner } from '@vllm-cpu/system/run';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { instructionProbe } from '@vllm-cpu/variant/compiler-flags';
import type { Platform } from '@vllm-cpu/variant/features';

/** Features that upstream's cmake drops with a warning when g++ is too old. */
const GATED = ['avx512_bf16', 'avx512_vnni', 'amx_tile', 'amx_bf16'];

/** What a compile asks of g++. */
export interface CompilerDemand {
  platform: Platform;
  proves: readonly string[];
  gxxMinimum: string | null;
  gated: readonly string[];
}

export function compilerDemand({ level, release, platform }: CompileSubject): CompilerDemand {
  return { platform, proves: level.proves, gxxMinimum: release.source.gxxMinimum, gated: GATED };
}

/**
 * Proves, before minutes are spent, that the compiler and the assembler can emit every promised
 * feature, and that the compiler is not one for which upstream's cmake drops instruction sets with no
 * more than a warning.
 * @throws VllmCpuError COMPILER_TOO_OLD or COMPILER_CANNOT_EMIT
 */
export async function checkCompiler(
  runner: Runner,
  env: Readonly<Record<string, string>>,
  wanted: CompilerDemand,
): Promise<string> {
  const printed = await runner.run({
    argv: ['g++', '-dumpfullversion', '-dumpversion'],
    env: { ...env, LC_ALL: 'C' },
  });
  const version = printed.stdout.trim().split('\n')[0] ?? '';
  const dropped = wanted.proves.filter((feature) => wanted.gated.includes(feature));
  if (wanted.gxxMinimum && dropped.length > 0 && !isAtLeast(version, wanted.gxxMinimum)) {
    throw tooOld(version, wanted.gxxMinimum, dropped);
  }
  const { flags, instructions } = instructionProbe(wanted.platform, wanted.proves);
  if (instructions.length === 0) return version;
  const tried = await runner.try({
    argv: ['g++', ...flags, '-x', 'c++', '-c', '-o', '/dev/null', '-'],
    env: { ...env, LC_ALL: 'C' },
    input: `void probe() {\n${instructions.map((each) => `  asm("${each}");`).join('\n')}\n}\n`,
  });
  if (tried.exitCode !== 0) throw cannotEmit(version, wanted.proves, tried.stderr);
  return version;
}

function tooOld(version: string, minimum: string, dropped: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'COMPILER_TOO_OLD',
    what: `g++ ${version} is older than ${minimum}`,
    why: `Below ${minimum} upstream's cmake drops ${dropped.join(', ')} with only a warning, and the wheel would not match its name.`,
    next: `Put g++ ${minimum} or later first on PATH. Debian 13, Ubuntu 24.04 and gcc-toolset 14 provide it.`,
  });
}

function cannotEmit(version: string, proves: readonly string[], stderr: string): VllmCpuError {
  return new VllmCpuError({
    code: 'COMPILER_CANNOT_EMIT',
    what: `g++ ${version} and its assembler cannot emit all of ${proves.join(', ')}`,
    why: stderr.trim().split('\n').slice(0, 5).join('\n'),
    next: 'Install a newer g++ (11 or later) and binutils (2.36 or later).',
  });
}
