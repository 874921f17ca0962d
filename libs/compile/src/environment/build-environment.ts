import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256 } from '@vllm-cpu/system/digest';
import { withLock } from '@vllm-cpu/system/file-lock';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';
import { lockDigest, lockedOn, unmetBy } from '@vllm-cpu/python/lock-file';
import type { LockedPackage } from '@vllm-cpu/python/lock-file';
import { installerOn, installLocked } from '@vllm-cpu/python/locked-install';
import type { ApartInstall } from '@vllm-cpu/python/locked-install';
import { requirementsOn } from '@vllm-cpu/python/requirements-file';
import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import { buildLockFile, lockMissing, relockCommand } from '@vllm-cpu/sources/build-lock';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { probeInterpreter } from '@vllm-cpu/python/interpreter';
import type { Interpreter } from '@vllm-cpu/python/interpreter';

export interface EnvironmentRequest {
  /** VLLM_CPU_PYTHON: used as it is, nothing is installed. */
  given: Interpreter | undefined;
  /** The interpreter that a fresh environment is made from. */
  base: Interpreter;
  /** The pin's file name: its lock's too. */
  releaseName: string;
  /** The pin's lock; undefined where it has none. */
  lock: readonly LockedPackage[] | undefined;
  /** Text of upstream's CPU build requirements. */
  requirementsText: string;
  /** The pin's torch for this platform, installed where the requirements name torch at all. */
  torch: PinnedTorch | null;
  platform: Platform;
  /** Folder of all environments. */
  environments: string;
  locks: string;
  /** Environment variables of pip and uv: index, certificates, proxies. */
  env: Readonly<Record<string, string>>;
  report: (line: string) => void;
}

export interface PinnedTorch {
  /** Without +cpu. */
  version: string;
  /** SHA-256 of its files for this platform; null: not verified. */
  hashes: readonly string[] | null;
}

/** Programs that a requirement may be met by instead of a Python package. */
const AS_PROGRAM = new Set(['cmake', 'ninja']);

/**
 * The interpreter to build with: a given one that has everything that upstream's build requirements
 * name, or that of an environment which is made from the pin's lock.
 * @throws VllmCpuError BUILD_TOOLS_MISSING (a given interpreter), LOCK_MISSING, LOCK_INCOMPLETE, or
 *   those of installLocked
 */
export async function ensureBuildEnvironment(
  runner: Runner,
  request: EnvironmentRequest,
): Promise<Interpreter> {
  const needed = packageNames(request);
  if (request.given) {
    const locked = (request.lock ?? []).map(({ name }) => name);
    const names = [...new Set([...needed, ...locked, 'torch'])];
    const complete = await probeInterpreter(runner, request.env, request.given.path, names);
    refuseMissing(complete, needed, request.env['PATH']);
    return complete;
  }
  const packages = packagesOf(request);
  const apart = torchOf(request);
  const { path, version } = request.base;
  const recipe = sha256(`${path} ${version}\n${lockDigest(packages)}\n${JSON.stringify(apart)}`);
  const folder = join(request.environments, recipe.slice(0, 16));
  if (!existsSync(marker(folder))) {
    await withLock(
      join(request.locks, `environment-${recipe.slice(0, 16)}`),
      async () => {
        if (existsSync(marker(folder))) return;
        await makeEnvironment(runner, request, { folder, packages, apart });
      },
      request.report,
    );
  }
  const names = [...new Set([...packages.map(({ name }) => name), ...needed, 'torch'])];
  return probeInterpreter(runner, request.env, pythonIn(folder), names);
}

function packageNames(request: EnvironmentRequest): string[] {
  const asked = requirementsOn(request.requirementsText, request.platform);
  return [...new Set(asked.map((requirement) => requirement.name))];
}

/** What the lock gives to this platform and Python: all that upstream asks for, or an error. */
function packagesOf(request: EnvironmentRequest): LockedPackage[] {
  const { releaseName, lock, platform, base } = request;
  if (!lock) throw lockMissing(releaseName);
  const packages = lockedOn(lock, platform, base.version);
  const asked = requirementsOn(request.requirementsText, platform, base.version);
  const unmet = unmetBy(
    packages,
    asked.filter(({ name }) => name !== 'torch'),
  );
  if (unmet.length === 0) return packages;
  throw new VllmCpuError({
    code: 'LOCK_INCOMPLETE',
    what: `${buildLockFile(releaseName)} has no ${unmet.join(', ')} for ${platform} and Python ${base.version}`,
    why: "Upstream's CPU build requirements need them: the lock was resolved for other platforms, Pythons or requirements.",
    next: `Regenerate it: ${relockCommand(releaseName)}`,
  });
}

/**
 * The CPU build of the pin's torch, where upstream asks for torch. Releases up to 0.9.1 have no CPU list
 * and ask for torch's default build, which is CUDA's.
 */
export function torchOf({
  requirementsText,
  torch,
  platform,
}: Pick<EnvironmentRequest, 'requirementsText' | 'torch' | 'platform'>): ApartInstall | undefined {
  const asked = requirementsOn(requirementsText, platform).some(({ name }) => name === 'torch');
  if (!asked || !torch) return undefined;
  // Only x86-64 builds carry the +cpu label on that index.
  const local = machineOf(platform) === 'x86_64' ? '+cpu' : '';
  const { version, hashes } = torch;
  return { name: 'torch', version: `${version}${local}`, index: TORCH_CPU_INDEX, hashes };
}

/** Written last: an environment without it was left half made by a killed run. */
function marker(folder: string): string {
  return join(folder, 'complete');
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python');
}

async function makeEnvironment(
  runner: Runner,
  request: EnvironmentRequest,
  made: { folder: string; packages: readonly LockedPackage[]; apart: ApartInstall | undefined },
): Promise<void> {
  const { folder, packages, apart } = made;
  await rm(folder, { recursive: true, force: true });
  await mkdir(request.environments, { recursive: true });
  const installer = installerOn(request.env['PATH']);
  request.report(`making a build environment with ${installer.name}`);
  await installLocked(runner, installer, {
    ...{ base: request.base.path, folder, python: pythonIn(folder), packages, apart },
    ...{ lockName: buildLockFile(request.releaseName), env: request.env },
    relock: relockCommand(request.releaseName),
  });
  await writeFile(marker(folder), `${lockDigest(packages)}\n`);
}

/** Everything that a given interpreter lacks, in one message. */
function missingFrom(
  interpreter: Interpreter,
  names: readonly string[],
  path: string | undefined,
): string[] {
  return names.filter(
    (name) => !(name in interpreter.packages) && !(AS_PROGRAM.has(name) && findProgram(name, path)),
  );
}

function refuseMissing(
  interpreter: Interpreter,
  names: readonly string[],
  path: string | undefined,
): void {
  const missing = missingFrom(interpreter, names, path);
  if (missing.length === 0) return;
  throw new VllmCpuError({
    code: 'BUILD_TOOLS_MISSING',
    what: `${interpreter.path} lacks ${missing.join(', ')}`,
    why: "Upstream's CPU build requirements need them, and nothing is installed into the interpreter of VLLM_CPU_PYTHON.",
    next: `${interpreter.path} -m pip install ${missing.join(' ')}`,
  });
}
