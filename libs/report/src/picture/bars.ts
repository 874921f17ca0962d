import { html } from '../page/html.ts';
import type { Html } from '../page/html.ts';
import { tickName } from '../rows/scale.ts';
import type { LogScale } from '../rows/scale.ts';
import type { VersionRow, VersionSteps } from '../rows/version-rows.ts';

// Pieces of pictures in tables: their coordinates are percentages, so that they fit any width without a script,
// and they are hidden from screen readers, which have the figures of the table.

const BAR = 12;

/** A bar over the grid of a logarithmic scale. */
export function logBar(count: number, scale: LogScale, kind: string): Html {
  const lines = scale.ticks.map((tick) => {
    const x = `${share(scale.share(tick === 1 ? 0 : tick))}%`;
    return html`<line class="grid" x1="${x}" x2="${x}" y1="-4" y2="${BAR + 4}" />`;
  });
  return plot(BAR, html`${lines}${bar(scale.share(count), kind)}`);
}

/** The names of the scale's ticks, to stand above the bars. */
export function logAxis(scale: LogScale): Html {
  const last = scale.ticks.length - 1;
  return plot(
    14,
    html`${scale.ticks.map((tick, at) => {
      const anchor = at === 0 ? 'start' : at === last ? 'end' : 'middle';
      const minor = at > 0 && at < last ? ' minor' : '';
      return html`<text class="tick${minor}" x="${share(at / last)}%" y="11" text-anchor="${anchor}"
        >${tickName(tick)}</text
      >`;
    })}`,
  );
}

/** A bar that is a share of the whole, 0 to 1. */
export function shareBar(part: number, kind: string): Html {
  return plot(BAR, bar(part, kind));
}

/** Where a version is on the steps, and how far the tag's promise reaches. */
export function versionPlot(row: VersionRow, { steps, promised }: VersionSteps): Html {
  const over = row.step === undefined || (promised !== undefined && row.step > promised);
  const at = row.step ?? steps.length - 1;
  return plot(
    18,
    html`${promise(steps.length, promised, 18)}<line
        class="grid"
        x1="0"
        x2="100%"
        y1="9"
        y2="9"
      /><circle
        class="mark-${over ? 'beyond' : 'level'}"
        cx="${middle(at, steps.length)}%"
        cy="9"
        r="5"
      />`,
  );
}

/** The names of the steps. */
export function versionAxis({ steps, promised }: VersionSteps): Html {
  return plot(
    14,
    html`${steps.map((step, at) => {
      const major = at === promised ? ' at' : at > 0 && at < steps.length - 1 ? ' minor' : '';
      return html`<text
        class="tick${major}"
        x="${middle(at, steps.length)}%"
        y="11"
        text-anchor="middle"
        >${step}</text
      >`;
    })}`,
  );
}

function promise(count: number, promised: number | undefined, height: number): Html | undefined {
  if (promised === undefined) return undefined;
  const end = `${share((promised + 1) / count)}%`;
  return html`<rect class="within" width="${end}" height="${height + 8}" y="-4" /><line
      class="limit"
      x1="${end}"
      x2="${end}"
      y1="-4"
      y2="${height + 4}"
    />`;
}

function bar(part: number, kind: string): Html {
  return html`<rect class="mark-${kind}" width="${share(part)}%" height="${BAR}" />`;
}

function plot(height: number, inner: Html): Html {
  return html`<svg width="100%" height="${height}" aria-hidden="true" focusable="false">
    ${inner}
  </svg>`;
}

function middle(at: number, count: number): string {
  return share((at + 0.5) / count);
}

/** Percent with two places: the same bytes on every machine. */
function share(part: number): string {
  return (part * 100).toFixed(2).replace(/\.?0+$/, '');
}
