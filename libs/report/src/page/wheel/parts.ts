import { formatSize } from '@vllm-cpu/system/format-size';
import { shareBar } from '../../picture/bars.ts';
import type { Report } from '../../report.ts';
import { PART_NAMES } from '../../rows/part-names.ts';
import { percent } from '../../rows/scale.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';

/** What the bytes are that an installed wheel takes. */
export function parts({ parts: all, size }: Pick<Report, 'parts' | 'size'>): Html | undefined {
  if (all.length === 0) return undefined;
  const whole = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const largest = Math.max(...all.map(({ bytes }) => bytes));
  return html`<h2 id="size">Size by part</h2>
    <p>
      ${formatSize(size)} to download, ${formatSize(whole)} installed. Machine code is told apart by
      the names in its symbol table.
    </p>
    <table class="bars">
      <caption class="hidden">
        Installed bytes by part
      </caption>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col" class="plot"><span class="hidden">Bar</span></th>
          <th scope="col" class="number">installed</th>
          <th scope="col" class="number">share</th>
        </tr>
      </thead>
      <tbody>
        ${all.map(
          ({ part, bytes }) =>
            html`<tr>
              <th scope="row">${PART_NAMES[part]}</th>
              <td class="plot">
                ${shareBar(bytes / largest, ['onednn', 'kernels', 'code'].includes(part) ? 'level' : 'base')}
              </td>
              <td class="number">${formatSize(bytes)}</td>
              <td class="number">${percent(bytes / whole)}</td>
            </tr> `,
        )}
      </tbody>
    </table>`;
}
