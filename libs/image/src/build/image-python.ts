import { satisfies } from '@renovatebot/pep440';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';

/** Minor versions of Python 3 that official slim images exist of, newest first. */
const MINORS = [15, 14, 13, 12, 11, 10, 9];

/**
 * The Python of an image, `3.13`: the newest that the wheel's Requires-Python admits. Upstream raises that
 * limit when all of its dependencies, torch first, have wheels for the next one. A wheel that is not abi3
 * one has the Python that it was compiled for.
 * @throws VllmCpuError REQUIRES_PYTHON_UNKNOWN, IMAGE_PYTHON_NOT_FOR_WHEEL
 */
export function imagePython(
  wheel: { fileName: string; requiresPython: string | undefined },
  wanted: string | undefined,
): string {
  const { tag } = parseWheelFileName(wheel.fileName);
  const compiledFor = tag.abi === 'abi3' ? undefined : /^cp3(\d+)$/.exec(tag.python)?.[1];
  const range = wheel.requiresPython ?? '>=3.9';
  const admitted = MINORS.filter(
    (minor) =>
      satisfies(`3.${minor}.99`, range) &&
      (compiledFor === undefined || `${minor}` === compiledFor),
  ).map((minor) => `3.${minor}`);
  const [newest] = admitted;
  if (newest === undefined) {
    throw new VllmCpuError({
      code: 'REQUIRES_PYTHON_UNKNOWN',
      what: `no known image with Python ${range}, which ${wheel.fileName} requires`,
      next: 'Choose an image with such a Python with --base-image, and give its version with --python.',
    });
  }
  if (wanted === undefined || admitted.includes(wanted)) return wanted ?? newest;
  throw new VllmCpuError({
    code: 'IMAGE_PYTHON_NOT_FOR_WHEEL',
    what: `${wheel.fileName} does not run on Python ${wanted}`,
    why: `It requires Python ${range}${compiledFor ? `, and is compiled for 3.${compiledFor}` : ''}.`,
    next: `Use --python=${newest}, or omit the option.`,
  });
}

/** The official image of a Python on Debian, with what it needs to run and no more. */
export function defaultBaseImage(python: string): string {
  return `docker.io/library/python:${python}-slim`;
}
