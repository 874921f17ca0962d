import { dirname, join } from 'node:path';
import { sha256, sha256Tree, stableJson } from '@vllm-cpu/system/digest';
import { findProgram } from '@vllm-cpu/system/programs';
import type { Runner } from '@vllm-cpu/system/run';
import type { Settings } from '@vllm-cpu/system/settings';
import { sourceClosure } from '@vllm-cpu/system/source-closure';
import { lockDigest } from '@vllm-cpu/python/lock-file';
import { isSourceDirectory } from '@vllm-cpu/sources/onednn';
import type { OneDnnBuild } from '@vllm-cpu/sources/onednn-build';
import type { Platform } from '@vllm-cpu/variant/features';
import { compileEnvironment } from '../hermetic-environment.ts';
import { lockedTools } from './onednn-tools.ts';
import { probeToolchain, toolInputs } from '../toolchain/toolchain.ts';
import type { Tool } from '../toolchain/toolchain.ts';

export interface OneDnnKey {
  /** SHA-256 of `inputs`: the cache key. */
  value: string;
  inputs: Readonly<Record<string, unknown>>;
  tools: readonly Tool[];
}

/**
 * The key of a oneDNN build and all that it digests. Fetches nothing. Left out on purpose: where the
 * sources come from (their commit is pinned and checked), the release and the variant that link it, and
 * how many jobs run.
 */
export async function oneDnnKey(
  build: OneDnnBuild,
  platform: Platform,
  settings: Settings,
  runner: Runner,
): Promise<OneDnnKey> {
  const env = compileEnvironment(settings);
  const tools = await probeToolchain(runner, env);
  const inputs = {
    stage: 'onednn',
    build,
    platform,
    content: await givenContent(settings),
    tools: toolInputs(tools),
    cmake: settings.python
      ? await givenCmake(settings.python, runner, env)
      : lockDigest((await lockedTools(settings.root)) ?? []),
    program: oneDnnProgram(),
  };
  return Object.freeze({ value: sha256(stableJson(inputs)), inputs, tools });
}

let program: string | undefined;

/** The task's own source. Its entry is build-onednn.ts, which imports this file. */
function oneDnnProgram(): string {
  program ??= sourceClosure([join(import.meta.dirname, 'build-onednn.ts')]);
  return program;
}

/** Of a directory that was handed in nobody knows the commit: its content counts. */
async function givenContent({ oneDnn }: Settings): Promise<string | null> {
  return oneDnn && (await isSourceDirectory(oneDnn)) ? sha256Tree(oneDnn) : null;
}

/** With VLLM_CPU_PYTHON cmake is the one beside the interpreter, or else whichever is on PATH, as in the build. */
async function givenCmake(
  python: string,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<string | null> {
  const path = findProgram('cmake', `${dirname(python)}:${env['PATH'] ?? ''}`);
  if (!path) return null;
  const printed = await runner.run({ argv: [path, '--version'], env });
  return printed.stdout.split('\n')[0]?.trim() ?? '';
}
