import { formatSize } from '@vllm-cpu/system/format-size';
import { html, trusted } from '../page/html.ts';
import type { Html } from '../page/html.ts';
import type { Report } from '../report.ts';
import { instructionRows, modulesWithCode } from '../rows/instruction-rows.ts';
import { PART_NAMES } from '../rows/part-names.ts';
import { grouped, logScale, percent, tickName } from '../rows/scale.ts';
import { versionSteps } from '../rows/version-rows.ts';
import { checkedWords } from '../rows/verdict-words.ts';

const WIDTH = 880;
const [LEFT, PLOT, PLOT_END, RIGHT] = [24, 270, 730, WIDTH - 24];
const LINE = 20;

/** A piece of the picture, drawn from its own top. */
interface Piece {
  height: number;
  drawn: Html;
}

/**
 * The same pictures as on a wheel's page in one SVG file, for Markdown: loaded as an image it may have no script
 * and nothing from elsewhere, and it needs neither. Light and dark are in it.
 */
export function reportPicture(report: Report): string {
  const pieces = [heading(report), instructions(report), sizes(report), versions(report)];
  const tops = pieces.map((_, at) =>
    pieces.slice(0, at).reduce((sum, { height }) => sum + height, 0),
  );
  const height = pieces.reduce((sum, piece) => sum + piece.height, 0);
  return html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${WIDTH}"
    height="${height}"
    viewBox="0 0 ${WIDTH} ${height}"
    role="img"
    aria-labelledby="title description"
  >
    <title id="title">${report.file}: ${checkedWords(report)}</title>
    <desc id="description">
      Instruction sets, size by part and symbol versions, as its report has them.
    </desc>
    <style>
      ${trusted(STYLE)}
    </style>
    <rect class="paper" width="${WIDTH}" height="${height}" />
    ${pieces.map(
      ({ drawn }, at) => html`<g transform="translate(0 ${tops[at] ?? 0})">${drawn}</g> `,
    )}
  </svg> `.markup;
}

const STYLE = `
.paper { fill: #fcfcfa }
text { fill: #16191d; font: 13px system-ui, sans-serif; font-variant-numeric: tabular-nums }
.mono { font-family: ui-monospace, 'DejaVu Sans Mono', monospace }
.head { font-weight: 700; font-size: 15px }
.soft { fill: #565d66 }
.tick { fill: #565d66; font-size: 11px }
.failed { fill: #b3261e }
.grid { stroke: #d8dad4 }
.limit { stroke: #16191d; stroke-width: 2 }
.within { fill: #f0f3f1 }
.mark-base { fill: #858d97 }
.mark-level { fill: #0b6b74 }
.mark-beyond { fill: #b3261e }
@media (prefers-color-scheme: dark) {
  .paper { fill: #131619 }
  text { fill: #e7eaec }
  .soft, .tick { fill: #a4adb7 }
  .grid { stroke: #30363c }
  .limit { stroke: #e7eaec }
  .within { fill: #1b2024 }
  .mark-base { fill: #7f8993 }
  .mark-level { fill: #4dbcc4 }
  .mark-beyond, .failed { fill: #ff8c7c }
}
`;

function heading(report: Report): Piece {
  return {
    height: 74,
    drawn: html`<text class="mono head" x="${LEFT}" y="36">${report.file}</text
      ><text class="${report.ok ? 'soft' : 'failed'}" x="${LEFT}" y="58"
        >${checkedWords(report)}; SHA-256
        <tspan class="mono">${report.sha256.slice(0, 16)}…</tspan></text
      >`,
  };
}

/** The module with the most code; the page of the wheel has the others. */
function instructions(report: Report): Piece {
  const [module] = modulesWithCode(report);
  if (!module) return { height: 0, drawn: html`` };
  const rows = instructionRows(module, report);
  const scale = logScale(Math.max(1, ...rows.map(({ count }) => count)));
  const x = (share: number) => place(PLOT + share * (PLOT_END - PLOT));
  const top = 58;
  const grid = scale.ticks.map((tick) => {
    const at = x(tick === 1 ? 0 : scale.share(tick));
    return html`<line
        class="grid"
        x1="${at}"
        x2="${at}"
        y1="${top - 4}"
        y2="${top + rows.length * LINE}"
      /><text class="tick" x="${at}" y="${top - 10}" text-anchor="middle">${tickName(tick)}</text>`;
  });
  const bars = rows.map(({ feature, count, kind }, at) => {
    const y = top + at * LINE;
    const width = place(scale.share(count) * (PLOT_END - PLOT));
    const figure = count === 0 ? 'required, no code' : grouped(count);
    return html`<text class="mono" x="${LEFT}" y="${y + 13}">${feature}</text
      ><rect class="mark-${kind}" x="${PLOT}" y="${y + 3}" width="${width}" height="12" /><text
        x="${RIGHT}"
        y="${y + 13}"
        text-anchor="end"
        >${figure}</text
      >`;
  });
  return {
    height: top + rows.length * LINE + 20,
    drawn: html`<text class="head" x="${LEFT}" y="18">Instructions by CPU feature, logarithmic</text
      ><text class="mono soft" x="${LEFT}" y="${top - 10}">${module.file.split('/').at(-1)}</text
      >${grid}${bars}`,
  };
}

function sizes({ parts, size }: Report): Piece {
  if (parts.length === 0) return { height: 0, drawn: html`` };
  const whole = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = Math.max(...parts.map(({ bytes }) => bytes));
  const top = 30;
  const bars = parts.map(({ part, bytes }, at) => {
    const y = top + at * LINE;
    const width = place((bytes / largest) * (PLOT_END - PLOT));
    const kind = ['onednn', 'kernels', 'code'].includes(part) ? 'level' : 'base';
    return html`<text x="${LEFT}" y="${y + 13}">${PART_NAMES[part]}</text
      ><rect class="mark-${kind}" x="${PLOT}" y="${y + 3}" width="${width}" height="12" /><text
        x="${RIGHT}"
        y="${y + 13}"
        text-anchor="end"
        >${formatSize(bytes)}, ${percent(bytes / whole)}</text
      >`;
  });
  return {
    height: top + parts.length * LINE + 20,
    drawn: html`<text class="head" x="${LEFT}" y="18"
        >Size by part: ${formatSize(size)} to download, ${formatSize(whole)} installed</text
      >${bars}`,
  };
}

function versions(report: Report): Piece {
  const { steps, promised, rows } = versionSteps(report);
  if (rows.length === 0) return { height: 0, drawn: html`` };
  const step = (PLOT_END - PLOT) / steps.length;
  const top = 58;
  const bottom = top + rows.length * LINE;
  const limit = place(PLOT + ((promised ?? -1) + 1) * step);
  const names = steps.map(
    (name, at) =>
      html`<text
        class="tick"
        x="${place(PLOT + (at + 0.5) * step)}"
        y="${top - 10}"
        text-anchor="middle"
        >${name}</text
      >`,
  );
  const dots = rows.map((row, at) => {
    const y = top + at * LINE;
    const over = row.step === undefined || (promised !== undefined && row.step > promised);
    const x = place(PLOT + ((row.step ?? steps.length - 1) + 0.5) * step);
    return html`<text class="mono" x="${LEFT}" y="${y + 13}">${row.library}</text
      ><line class="grid" x1="${PLOT}" x2="${PLOT_END}" y1="${y + 9}" y2="${y + 9}" /><circle
        class="mark-${over ? 'beyond' : 'level'}"
        cx="${x}"
        cy="${y + 9}"
        r="5"
      /><text x="${RIGHT}" y="${y + 13}" text-anchor="end"
        >${row.newest} of ${row.ceiling ?? 'no promise'}</text
      >`;
  });
  return {
    height: bottom + 24,
    drawn: html`<text class="head" x="${LEFT}" y="18">Symbol versions against the platform tag</text
      >${promised !== undefined && html`<rect class="within" x="${PLOT}" y="${top}" width="${place(Number(limit) - PLOT)}" height="${bottom - top}" />`}${names}${dots}${promised !== undefined && html`<line class="limit" x1="${limit}" x2="${limit}" y1="${top - 4}" y2="${bottom + 4}" />`}`,
  };
}

/** A coordinate with one place: the same bytes on every machine. */
function place(x: number): string {
  return x.toFixed(1).replace(/\.0$/, '');
}
