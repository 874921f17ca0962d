import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';

type HandedOn = 'GITHUB_OUTPUT' | 'GITHUB_ENV' | 'GITHUB_PATH' | 'GITHUB_STEP_SUMMARY';

/** GitHub gives each step files for what it hands on. Where a file is not there, the same is printed. */
function append(variable: HandedOn, text: string): void {
  const file = process.env[variable];
  if (file) appendFileSync(file, text);
  else process.stdout.write(`${variable}: ${text}`);
}

/** An output of this step. The delimiter cannot be guessed by what is in the value. */
export function setOutput(name: string, value: string | number): void {
  const end = `end-${randomUUID()}`;
  append('GITHUB_OUTPUT', `${name}<<${end}\n${value}\n${end}\n`);
}

/** A variable of the steps after this one. */
export function setVariable(name: string, value: string): void {
  const end = `end-${randomUUID()}`;
  append('GITHUB_ENV', `${name}<<${end}\n${value}\n${end}\n`);
}

/** A folder before the PATH of the steps after this one. */
export function addPath(folder: string): void {
  append('GITHUB_PATH', `${folder}\n`);
}

/** Markdown on the page of the run. */
export function summarize(markdown: string): void {
  append('GITHUB_STEP_SUMMARY', `${markdown}\n\n`);
}

export type Row = Readonly<Record<string, string | number | null | undefined>>;

/** A Markdown table; every row has the same keys, which are the headings. */
export function markdownTable(rows: readonly Row[]): string {
  const headings = Object.keys(rows[0] ?? {});
  const line = (cells: readonly Row[string][]) => `| ${cells.map(cell).join(' | ')} |`;
  const body = rows.map((row) => line(headings.map((heading) => row[heading])));
  return [line(headings), line(headings.map(() => '---')), ...body].join('\n');
}

function cell(value: Row[string]): string {
  return String(value ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');
}
