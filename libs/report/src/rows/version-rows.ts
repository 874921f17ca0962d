import { policiesFor, promiseOf } from '@vllm-cpu/elf/manylinux-policy';
import type { Report, ReportSymbolVersion } from '../report.ts';

/** The manylinux policies as steps, the oldest first, and where a wheel is on them. */
export interface VersionSteps {
  /** `2.28` */
  steps: readonly string[];
  /** The step that the platform tag promises; undefined where it promises none. */
  promised: number | undefined;
  rows: readonly VersionRow[];
}

export interface VersionRow extends ReportSymbolVersion {
  /** The oldest step that has `newest`; undefined where none has. */
  step: number | undefined;
}

/** What a system must have: its libraries' versions against the steps. */
export function versionSteps({
  file,
  symbolVersions,
}: Pick<Report, 'file' | 'symbolVersions'>): VersionSteps {
  const promise = promiseOf(file);
  const steps = policiesFor(promise?.machine ?? 'x86_64').map((policy) => policy.join('.'));
  const place = (step: string | undefined) => {
    const found = step === undefined ? -1 : steps.indexOf(step);
    return found < 0 ? undefined : found;
  };
  return {
    steps,
    promised: place(promise?.policy.join('.')),
    // Versions of a library's own, such as LIBNUMA_1.1, come with the wheel: no system promises them.
    rows: symbolVersions
      .filter(({ library }) => SYSTEM.includes(library))
      .map((row) => ({ ...row, step: place(stepOf(row.policy)) })),
  };
}

const SYSTEM = ['CXXABI', 'GCC', 'GLIBC', 'GLIBCXX'];

/** `2.28` of `manylinux_2_28`. */
function stepOf(policy: string | null): string | undefined {
  return policy?.replace('manylinux_', '').replace('_', '.');
}
