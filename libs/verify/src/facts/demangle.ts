import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';

/**
 * Readable names for mangled ones, by c++filt. Where c++filt is not installed names stay mangled.
 */
export async function demangle(
  names: readonly string[],
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const mangled = [...new Set(names)].filter((name) => /^_(Z|R)/.test(name));
  if (mangled.length === 0) return new Map();
  try {
    const input = `${mangled.join('\n')}\n`;
    const { stdout } = await runner.run({ argv: ['c++filt'], env, input, timeout: 60_000 });
    const readable = stdout.split('\n');
    return new Map(mangled.map((name, index) => [name, readable[index] || name]));
  } catch (error) {
    if (error instanceof VllmCpuError && error.code === 'PROGRAM_NOT_STARTED') return new Map();
    throw error;
  }
}
