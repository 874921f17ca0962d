import { versionAxis, versionPlot } from '../../picture/bars.ts';
import type { Report } from '../../report.ts';
import { versionSteps } from '../../rows/version-rows.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';

/** How old a system may be: the symbol versions that modules ask for, against the tag's ceiling. */
export function symbolVersions(report: Report): Html | undefined {
  const steps = versionSteps(report);
  if (steps.rows.length === 0) return undefined;
  const promised = steps.promised === undefined ? undefined : steps.steps[steps.promised];
  return html`<h2 id="symbol-versions">Symbol versions against the platform tag</h2>
    <p>
      ${
        promised
          ? `The file name promises that systems with glibc ${promised} run it: the shaded part. A dot is the oldest system that has the newest version a module asks for; right of the line it would break the promise.`
          : 'The file name promises no oldest system. A dot is the oldest system that has the newest version a module asks for.'
      }
    </p>
    <table class="bars">
      <caption class="hidden">
        Newest symbol version of each system library
      </caption>
      <thead>
        <tr>
          <th scope="col">Library</th>
          <th scope="col" class="plot">
            <span class="hidden">manylinux policy, by glibc</span>${versionAxis(steps)}
          </th>
          <th scope="col" class="number">asked</th>
          <th scope="col" class="number">ceiling</th>
        </tr>
      </thead>
      <tbody>
        ${steps.rows.map(
          (row) =>
            html`<tr>
              <th scope="row"><code>${row.library}</code></th>
              <td class="plot">${versionPlot(row, steps)}</td>
              <td class="number">${row.newest}</td>
              <td class="number">${row.ceiling ?? 'none'}</td>
            </tr> `,
        )}
      </tbody>
    </table>`;
}
