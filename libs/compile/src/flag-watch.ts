import type { VllmCpuError } from '@vllm-cpu/system/errors';
import {
  describeDifference,
  flagsDiffer,
  judgeFlags,
  reportedFlags,
  reportOfModule,
} from './toolchain/configured-flags.ts';
import type { CompilePlan } from './plan.ts';
import type { ModuleFlags } from './toolchain/source-flags.ts';
import { ninjaStep } from './progress/progress.ts';

/** Reads cmake's output for the flags that it is about to compile with. */
export interface FlagWatch {
  /** Takes one line; true: what is configured is wrong, and the build must stop. */
  line(line: string): boolean;
  /** What is wrong, once a line was answered by true. */
  error(): VllmCpuError | undefined;
  /** The flags of the module that is compiled; undefined while cmake has not said them. */
  flags(): readonly string[] | undefined;
}

/**
 * Compares what cmake reports with the level. Up to 0.16.0 it reports one module, whose flags follow the
 * CPU that it was shown; later one line per module comes, and the one with the flags of the level's
 * module, `expected`, must be among them before the first file is compiled. It is what all sources have:
 * the flags of single ones are added here and checked when there is a command for each.
 */
export function flagWatch(plan: CompilePlan, expected: ModuleFlags | undefined): FlagWatch {
  const { release, level, platform } = plan.subject;
  const reports: (readonly string[])[] = [];
  const judged = { platform, ...level, isaFlags: release.source.isaFlags };
  let found: readonly string[] | undefined;
  let error: VllmCpuError | undefined;
  const some = expected?.some ?? [];
  const common = (expected?.all ?? []).filter((flag) => !some.includes(flag));
  const judge = (flags: readonly string[]): void => {
    const wrong = judgeFlags(flags, judged);
    if (wrong.length > 0) error = flagsDiffer(wrong, flags);
    else found = flags;
  };
  return {
    line: (line) => {
      const seen = reportedFlags(line);
      if (seen) reports.push(seen);
      if (seen && !expected) judge(seen);
      if (!expected || found || error || !ninjaStep(line) || reports.length === 0) {
        return error !== undefined;
      }
      const own = reportOfModule(reports, common);
      if (own) judge([...own, ...some]);
      else error = flagsDiffer(describeDifference(reports, common), common);
      return error !== undefined;
    },
    error: () => error,
    flags: () => found,
  };
}
