import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the table calls the CPU features that tell the levels apart, lowest first. */
const LEVELS = [
  ['AVX2', /^avx2$/],
  ['AVX-512', /^avx512(f|bw|dq|vl|cd)$/],
  ['VNNI', /^avx512_vnni$/],
  ['BF16', /^avx512_bf16$/],
  ['AMX', /^amx_/],
  ['FP16', /^asimdhp$/],
  ['DotProd', /^asimddp$/],
];

/** One row of the table for each of `variants`: what was built, and what is in it. */
export function rowsOf(root, variants) {
  return variants.map((variant) => {
    const sample = join(root, 'dist', variant.project, 'sample');
    const wheel = wheelIn(join(sample, 'build'));
    const report = readReport(join(sample, 'verify', 'report.json'));
    return {
      package: variant.distribution,
      wheel: wheel?.name ?? 'not built',
      size: wheel ? `${Math.round(wheel.size / 1024)} KiB` : '',
      'instruction sets found': report ? instructionSets(report) : 'not verified',
      'runs on this CPU':
        variant.lacking.length === 0 ? 'yes' : `no: it lacks ${variant.lacking.join(', ')}`,
    };
  });
}

function wheelIn(folder) {
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
  return name && { name, size: statSync(join(folder, name)).size };
}

function readReport(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
}

/** What the disassembly of all modules saw. */
function instructionSets({ modules }) {
  const seen = modules.flatMap(({ histogram }) => Object.keys(histogram));
  const found = LEVELS.filter(([, feature]) => seen.some((each) => feature.test(each)));
  return found.map(([name]) => name).join(', ') || 'the baseline only';
}

/** Plain text with a heading and a rule; every row has the same keys. */
export function formatTable(rows) {
  const headings = Object.keys(rows[0]);
  const widths = headings.map((heading) =>
    Math.max(heading.length, ...rows.map((row) => row[heading].length)),
  );
  const line = (cells) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index]))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  const body = rows.map((row) => headings.map((heading) => row[heading]));
  return [headings, rule, ...body].map(line).join('\n');
}
