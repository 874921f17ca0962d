import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { IndexReader } from '@vllm-cpu/index/index-reader';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 20_000;

/** Whether the index lists this file with these bytes. */
export async function isListed(index: IndexReader, wheel: PublishableWheel): Promise<boolean> {
  const page = await index.project(wheel.project);
  const file = page.files.find((candidate) => candidate.fileName === wheel.fileName);
  if (!file) return false;
  const found = await index.sha256Of(file);
  if (found === wheel.sha256) return true;
  throw new VllmCpuError({
    code: 'READ_BACK_OTHER_BYTES',
    what: `${index.location} lists ${wheel.fileName} with different content`,
    why: `SHA-256 on the index: ${found}; of the verified wheel: ${wheel.sha256}.`,
    next: 'Someone else published this file name, or the index modifies files. Do not install it; retag the wheels with the next free suffix.',
  });
}

/**
 * Waits until the index lists every wheel with the right digest; indexes need a moment.
 * @throws VllmCpuError READ_BACK_TIMEOUT, READ_BACK_OTHER_BYTES, READ_BACK_INTERRUPTED
 */
export async function readBack(
  index: IndexReader,
  wheels: readonly PublishableWheel[],
  {
    readBackWait,
    retries,
    print,
    signal,
  }: Pick<PublishTools, 'readBackWait' | 'retries' | 'print' | 'signal'>,
): Promise<void> {
  const end = performance.now() + readBackWait;
  let missing = [...wheels];
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const listed = await Promise.all(missing.map((wheel) => isListed(index, wheel)));
    missing = missing.filter((_wheel, position) => !listed[position]);
    if (missing.length === 0) return;
    const left = end - performance.now();
    if (left <= 0) throw tooLate(index, missing, readBackWait);
    print(`waiting until ${index.location} lists ${missing.length} of ${wheels.length}`);
    await retries.pause(Math.min(pause, left), signal).catch((cause: unknown) => {
      throw interrupted(index, missing, cause);
    });
  }
}

const NEXT =
  'Run the same command again in a few minutes: what is there is skipped, what is missing is sent.';

function interrupted(
  index: IndexReader,
  missing: readonly PublishableWheel[],
  cause: unknown,
): VllmCpuError {
  return new VllmCpuError({
    code: 'READ_BACK_INTERRUPTED',
    what: `interrupted before ${index.location} listed ${namesOf(missing)}`,
    why: 'The upload was accepted, but the index does not list the file yet.',
    next: NEXT,
    cause,
  });
}

function namesOf(wheels: readonly PublishableWheel[]): string {
  return wheels.map((wheel) => wheel.fileName).join(', ');
}

function tooLate(
  index: IndexReader,
  missing: readonly PublishableWheel[],
  wait: number,
): VllmCpuError {
  return new VllmCpuError({
    code: 'READ_BACK_TIMEOUT',
    what: `${index.location} does not list ${namesOf(missing)}`,
    why: `The upload was accepted, but the file is not listed after ${Math.round(wait / 1_000)} s.`,
    next: NEXT,
  });
}
