import { DetectError, parseError } from './errors.ts';
import { findPython, noPython, runCaptured } from './python.ts';
import type { Advice, Binding, Check, Report } from './report.ts';

/** What the report is about. Without options: this machine and the newest release. */
export interface DetectOptions {
  /** Text of another machine's /proc/cpuinfo. */
  cpuinfoText?: string;
  /** A copy of another machine's /proc and /sys. */
  root?: string;
  /** The release to install, such as 0.12.0. */
  release?: string;
  /** Python 3.8 or later; the one on PATH without. */
  python?: string;
}

export interface ServeOptions extends DetectOptions {
  /** A model's name, or a local directory whose weights and configuration are read. */
  model?: string;
  weightsGib?: number;
  /** Tokens. */
  maxModelLen?: number;
  /** How threads are bound to cores; the detector decides by itself without. */
  bind?: Binding;
  image?: string;
}

export interface CheckOptions extends DetectOptions {
  /** Directories that are looked into; those of `python` without. */
  sitePackages?: readonly string[];
}

/** The CPU, the package that suits it, and how to install it. Throws DetectError. */
export function detect(options: DetectOptions = {}): Promise<Report> {
  return report([], options);
}

/** The same, and how to run `vllm serve`; `serve` is null where no package runs. */
export function serve(options: ServeOptions = {}): Promise<Report & { serve: Advice | null }> {
  const { model, weightsGib, maxModelLen, bind, image } = options;
  const words = [
    model === undefined ? '--serve' : `--serve=${model}`,
    ...option('--weights', weightsGib),
    ...option('--max-model-len', maxModelLen),
    ...option('--bind', bind),
    ...option('--image', image),
  ];
  return report(words, options) as Promise<Report & { serve: Advice | null }>;
}

/** The same, and whether what is installed is right. */
export function check(options: CheckOptions = {}): Promise<Report & { check: Check }> {
  const words = (options.sitePackages ?? []).map((folder) => `--site-packages=${folder}`);
  return report(['--check', ...words], options) as Promise<Report & { check: Check }>;
}

function option(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

async function report(words: readonly string[], options: DetectOptions): Promise<Report> {
  const python = findPython(options.python);
  if (python === null) throw noPython(options.python);
  const { cpuinfoText, root, release } = options;
  const argv = [
    ...words,
    '--json',
    ...(cpuinfoText === undefined ? [] : ['--cpuinfo=-']),
    ...option('--root', root),
    ...option('--release', release),
  ];
  const { stdout, stderr, exitCode } = await runCaptured(python, argv, cpuinfoText ?? '');
  if (stdout !== '') return JSON.parse(stdout) as Report;
  throw parseError(stderr, exitCode ?? 1) ?? unexpected(stderr, exitCode);
}

function unexpected(stderr: string, exitCode: number | null): DetectError {
  return new DetectError({
    code: 'DETECTOR_FAILED',
    what: `The detector failed with ${exitCode === null ? 'a signal' : `exit code ${exitCode}`}.`,
    why: stderr.trim() || 'It printed no output.',
    next: 'Run npx vllm-cpu-detect to see the error.',
    exitCode: exitCode ?? 1,
  });
}
