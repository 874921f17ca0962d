import type { ErrorSite } from './error-sites.ts';

const BEGIN = '<!-- error codes: written by npm run error-codes -->';
const END = '<!-- end of error codes -->';

/** A Markdown table of all codes, sorted: code, what happened, what to do; `…` is a value. */
export function errorTable(sites: readonly ErrorSite[]): string {
  const rows = new Map<string, ErrorSite>();
  for (const site of sites) {
    for (const code of site.codes) if (!rows.get(code)?.what.length) rows.set(code, site);
  }
  const cells = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, { what, next }]) => `| \`${code}\` | ${cell(what)} | ${cell(next)} |`);
  return ['| code | message | what to do |', '| --- | --- | --- |', ...cells].join('\n');
}

/** The page with its table replaced. */
export function withErrorTable(page: string, table: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`no "${BEGIN}" on the page`);
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`;
}

function cell(texts: readonly string[]): string {
  const text = texts
    .join(' / ')
    .replace(/\s+/g, ' ')
    .replace(/[|<>*_]/g, '\\$&');
  return text || 'see the message';
}
