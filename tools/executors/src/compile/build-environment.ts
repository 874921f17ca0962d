import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '../system/errors.ts';
import { sha256 } from '../system/digest.ts';
import { withLock } from '../system/file-lock.ts';
import { findProgram } from '../system/programs.ts';
import type { Runner } from '../system/run.ts';
import { probeInterpreter } from './interpreter.ts';
import type { Interpreter } from './interpreter.ts';
import { TORCH_CPU_INDEX } from '../requirements/torch-cpu-index.ts';
import { requirementsOn } from '../requirements/requirements-file.ts';
import type { Platform } from '../variant/features.ts';
import { machineOf } from '../variant/features.ts';

export interface EnvironmentRequest {
  /** VLLM_CPU_PYTHON: used as it is, nothing is installed. */
  given: Interpreter | undefined;
  /** The interpreter that a fresh environment is made from. */
  base: Interpreter;
  /** Text of upstream's CPU build requirements. */
  requirementsText: string;
  /** The pin's torch for this platform, installed where the requirements name torch at all. */
  torch: string | null;
  platform: Platform;
  /** Folder of all environments. */
  environments: string;
  locks: string;
  /** Environment variables of pip and uv: index, certificates, proxies. */
  env: Readonly<Record<string, string>>;
  report: (line: string) => void;
}

/** Programs that a requirement may be met by instead of a Python package. */
const AS_PROGRAM = new Set(['cmake', 'ninja']);

/**
 * The interpreter to build with, having everything that upstream's build requirements name.
 * @throws VllmCpuError BUILD_TOOLS_MISSING (a given interpreter) or BUILD_ENVIRONMENT_FAILED
 */
export async function ensureBuildEnvironment(
  runner: Runner,
  request: EnvironmentRequest,
): Promise<Interpreter> {
  const needed = packageNames(request);
  const names = [...new Set([...needed, 'torch'])];
  if (request.given) {
    const complete = await probeInterpreter(runner, request.env, request.given.path, names);
    refuseMissing(complete, needed, request.env['PATH']);
    return complete;
  }
  const recipe = sha256(
    `${request.base.path} ${request.base.version}\n${request.requirementsText}`,
  );
  const folder = join(request.environments, recipe.slice(0, 16));
  const python = join(folder, 'bin', 'python');
  if (!existsSync(marker(folder))) {
    await withLock(
      join(request.locks, `environment-${recipe.slice(0, 16)}`),
      async () => {
        if (!existsSync(marker(folder))) await makeEnvironment(runner, request, folder);
      },
      request.report,
    );
  }
  return probeInterpreter(runner, request.env, python, names);
}

function packageNames(request: EnvironmentRequest): string[] {
  const asked = requirementsOn(request.requirementsText, request.platform);
  return [...new Set(asked.map((requirement) => requirement.name))];
}

/**
 * What is installed: upstream's requirements, but the CPU build of the pin's torch. Releases up to 0.9.1
 * have no CPU list and ask for torch's default build, which is CUDA's.
 */
export function installedRequirements(
  request: Pick<EnvironmentRequest, 'requirementsText' | 'torch' | 'platform'>,
): string {
  const asked = requirementsOn(request.requirementsText, request.platform);
  const others = asked.filter(({ name }) => name !== 'torch');
  const lines = others.map(({ name, specifier }) => `${name}${specifier}`);
  if (others.length === asked.length || !request.torch) return `${lines.join('\n')}\n`;
  // Only x86-64 builds carry the +cpu label on that index.
  const local = machineOf(request.platform) === 'x86_64' ? '+cpu' : '';
  return `${[`--extra-index-url ${TORCH_CPU_INDEX}`, ...lines, `torch==${request.torch}${local}`].join('\n')}\n`;
}

/** Written last: an environment without it was left half made by a killed run. */
function marker(folder: string): string {
  return join(folder, 'complete');
}

async function makeEnvironment(
  runner: Runner,
  request: EnvironmentRequest,
  folder: string,
): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(request.environments, { recursive: true });
  const uv = findProgram('uv', request.env['PATH']);
  const python = join(folder, 'bin', 'python');
  const list = `${folder}.requirements.txt`;
  await writeFile(list, installedRequirements(request));
  const { env } = request;
  const steps: [string, ...string[]][] = uv
    ? [
        [uv, 'venv', '--python', request.base.path, folder],
        [
          uv,
          'pip',
          'install',
          '--python',
          python,
          '--index-strategy',
          'unsafe-best-match',
          '-r',
          list,
        ],
      ]
    : [
        [request.base.path, '-m', 'venv', folder],
        [python, '-m', 'pip', 'install', '--quiet', '-r', list],
      ];
  request.report(`making a build environment with ${uv ? 'uv' : 'venv and pip'}`);
  for (const argv of steps) {
    const done = await runner.try({ argv, env });
    if (done.exitCode !== 0) {
      await rm(folder, { recursive: true, force: true });
      throw environmentFailed(argv, `${done.stdout}\n${done.stderr}`);
    }
  }
  await writeFile(marker(folder), installedRequirements(request));
}

function environmentFailed(argv: readonly string[], output: string): VllmCpuError {
  return new VllmCpuError({
    code: 'BUILD_ENVIRONMENT_FAILED',
    what: `could not make the build environment: ${argv.join(' ')} failed`,
    why: output.trim().split('\n').slice(-12).join('\n'),
    next: "Check that Python has venv (Debian: apt-get install python3-venv) and that pip's index is reached; or set VLLM_CPU_PYTHON to an interpreter that has torch and the build tools.",
  });
}

/** Everything that a given interpreter lacks, in one message. */
export function missingFrom(
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
    why: "Upstream's CPU build requirements name them, and with VLLM_CPU_PYTHON nothing is installed for you.",
    next: `${interpreter.path} -m pip install ${missing.join(' ')}`,
  });
}
