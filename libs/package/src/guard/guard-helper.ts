import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runner } from '@vllm-cpu/system/run';
import { CPU_FEATURES_SOURCE } from '../stage-files.ts';

/** Its place in the wheel; found by name by _cpu_guard.py. */
export const GUARD_HELPER = 'vllm/libvllm_cpu_features.so';

const SOURCE = 'cpu_features.c';
const OUTPUT = 'libvllm_cpu_features.so';

/**
 * For the oldest x86-64 and without libc, whatever the compiler's own defaults are; names are
 * relative and nothing random is linked in, so one compiler gives one sequence of bytes.
 */
function guardHelperArgv(compiler: string): [string, ...string[]] {
  const code = ['-std=c99', '-O1', '-g0', '-march=x86-64', '-mtune=generic', '-ffreestanding'];
  const plain = ['-fno-stack-protector', '-fno-asynchronous-unwind-tables', '-fcf-protection=none'];
  const shared = ['-fPIC', '-shared', '-nostdlib', `-Wl,-soname,${OUTPUT}`, '-Wl,-z,defs'];
  const linked = ['-Wl,--build-id=none', '-Wl,-z,noexecstack', '-Wl,-z,relro,-z,now'];
  return [compiler, ...code, ...plain, ...shared, ...linked, '-o', OUTPUT, SOURCE];
}

/** Compiles the helper in `folder` and answers its path. */
export async function buildGuardHelper(
  runner: Runner,
  compiler: string,
  folder: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  await copyFile(CPU_FEATURES_SOURCE, join(folder, SOURCE));
  await runner.run({ argv: guardHelperArgv(compiler), cwd: folder, env });
  return join(folder, OUTPUT);
}
