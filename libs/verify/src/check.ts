import type { VerifyContext } from './context.ts';

import type { Status } from '@vllm-cpu/report/report';

/** One thing that a check saw; errors fail the check, warnings and notes are shown. */
export interface Finding {
  level: 'error' | 'warning' | 'note';
  /** The file in the wheel, the field or the line that it is about. */
  place: string;
  message: string;
}

export interface Outcome {
  status: Status;
  /** The one number or fact of the table: `2 of 2 files`, `glibc 2.28`. */
  figure: string;
  findings: readonly Finding[];
  /** Why it was not run. */
  reason?: string;
}

/** One check: a file of `checks/`, its spec, and a line of the registry. */
export interface Check {
  name: string;
  /**
   * Programs that it calls by name, wherever they are on PATH. They are in verify's key by content, and
   * no other can be started (declared-programs.ts). Files that it reads are named by a URL relative to
   * their module, which puts them into the key: system/source-closure.ts.
   */
  programs: readonly string[];
  run(context: VerifyContext): Promise<Outcome>;
}

/** Failed when there is an error among the findings, else passed. */
export function judged(figure: string, findings: readonly Finding[]): Outcome {
  const failed = findings.some(({ level }) => level === 'error');
  return { status: failed ? 'failed' : 'passed', figure, findings };
}

export function notRun(reason: string, findings: readonly Finding[] = []): Outcome {
  return { status: 'not-run', figure: '', reason, findings };
}

export function error(place: string, message: string): Finding {
  return { level: 'error', place, message };
}

export function warning(place: string, message: string): Finding {
  return { level: 'warning', place, message };
}

export function note(place: string, message: string): Finding {
  return { level: 'note', place, message };
}
