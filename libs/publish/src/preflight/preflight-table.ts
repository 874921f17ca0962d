import Table from 'cli-table3';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { formatSize } from '@vllm-cpu/system/format-size';
import type { Verdict } from './judge-wheel.ts';
import type { Preflight, PreflightRow } from './preflight.ts';

/** One row of the JSON form. Sizes in bytes, digests in hexadecimal. */
export interface PreflightJsonRow {
  project: string;
  version: string;
  file: string;
  size: number;
  sha256: string;
  action: Verdict['action'];
  problems: readonly { code: string; what: string; next: string }[];
}

export interface PreflightJson {
  index: string;
  /** Where it was read. */
  location: string;
  go: boolean;
  /** What an upload would lack; only a dry run goes on with these. */
  warnings: readonly string[];
  wheels: readonly PreflightJsonRow[];
}

const WORDS: Record<Verdict['action'], string> = {
  upload: 'new',
  skip: 'there already, same bytes',
  refuse: 'refused',
};

/** The verdicts for a terminal: a table, then what to do about each refusal; a line for one wheel that may go. */
export function preflightText(preflight: Preflight): string {
  const [row, ...others] = preflight.rows;
  if (row && others.length === 0 && preflight.go && preflight.warnings.length === 0) {
    return `${row.wheel.fileName} (${formatSize(row.wheel.size)}): ${WORDS[row.verdict.action]}`;
  }
  const table = new Table({
    head: ['package', 'version', 'wheel', 'size', 'verdict'],
    style: { head: [], border: [], compact: true },
  });
  for (const row of preflight.rows) {
    const { project, version, fileName, size } = row.wheel;
    table.push([project, version, fileName, formatSize(size), WORDS[row.verdict.action]]);
  }
  const [target, { location }] = [preflight.target.label, preflight.index];
  const title = `preflight for ${target}${location === target ? '' : ` (${location})`}`;
  const problems = preflight.rows.flatMap((row) =>
    problemsOf(row).map((problem) =>
      [
        `${row.wheel.fileName}: ${problem.what} [${problem.code}]`,
        `  what to do: ${problem.next}`,
      ].join('\n'),
    ),
  );
  const warnings = preflight.warnings.map((warning) => `warning: ${warning}`);
  return [title, table.toString(), ...problems, ...warnings].join('\n');
}

/** The verdicts for a program. */
export function preflightJson(preflight: Preflight): PreflightJson {
  return {
    index: preflight.target.label,
    location: preflight.index.location,
    go: preflight.go,
    warnings: preflight.warnings,
    wheels: preflight.rows.map((row) => ({
      project: row.wheel.project,
      version: row.wheel.version,
      file: row.wheel.fileName,
      size: row.wheel.size,
      sha256: row.wheel.sha256,
      action: row.verdict.action,
      problems: problemsOf(row),
    })),
  };
}

/** Stops where a wheel is refused: all of them start, or none. */
export function requireGo(preflight: Preflight): void {
  const refused = preflight.rows.filter((row) => row.verdict.action === 'refuse');
  if (refused.length === 0) return;
  const lines = refused.flatMap((row) =>
    problemsOf(row).map((problem) => `${row.wheel.fileName}: ${problem.what} [${problem.code}]`),
  );
  const advice = new Set(refused.flatMap((row) => problemsOf(row).map((problem) => problem.next)));
  throw new VllmCpuError({
    code: 'PREFLIGHT_REFUSED',
    what: `${refused.length} of ${preflight.rows.length} wheels cannot be published to ${preflight.target.label}; nothing was sent`,
    why: lines.join('\n'),
    next: [...advice].join('\n'),
  });
}

function problemsOf(row: PreflightRow): readonly { code: string; what: string; next: string }[] {
  return row.verdict.action === 'refuse' ? row.verdict.problems : [];
}
