import { readFileSync } from 'node:fs';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** The CPU features of this machine. */
export function readHostFeatures(): string[] {
  return hostFeatures(readFileSync('/proc/cpuinfo', 'utf8'));
}

/** The lines that list features: on x86, and on Arm. */
const FEATURE_LINE = /^(?:flags|Features)[ \t]*:(.*)$/gm;

/**
 * The CPU features that every processor of a /proc/cpuinfo has, in its spelling, sorted: on uneven
 * machines a process may be moved to the lesser one at any time.
 * @throws VllmCpuError HOST_FEATURES
 */
export function hostFeatures(cpuinfo: string): string[] {
  const lines = new Set([...cpuinfo.matchAll(FEATURE_LINE)].map(([, words]) => words ?? ''));
  const [first, ...others] = [...lines].map((line) => line.split(/[ \t]+/).filter(Boolean));
  if (!first) {
    throw new VllmCpuError({
      code: 'HOST_FEATURES',
      what: '/proc/cpuinfo lists no CPU features',
      why: 'No line starts with "flags" or "Features", so the features of this CPU are unknown.',
      next: 'Verify on Linux for x86-64 or 64-bit ARM.',
    });
  }
  return first.filter((name) => others.every((line) => line.includes(name))).sort();
}
