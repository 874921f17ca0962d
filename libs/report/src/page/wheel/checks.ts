import type { Report, ReportCheck } from '../../report.ts';
import { CHECK_NAMES } from '../../rows/check-names.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';

const WORDS = { passed: '✓ passed', failed: '✗ failed', 'not-run': '– not run' } as const;
/** Findings of a check that a page shows; the report has them all. */
const SHOWN = 50;

/** Every check of verify, with what it found. */
export function checks({ checks: all }: Pick<Report, 'checks'>): Html {
  return html`<h2 id="checks">Checks</h2>
    <p>
      What could not be tried where it was verified is <em>not run</em>, with the reason, and never
      passed.
    </p>
    <table class="stack">
      <caption class="hidden">
        Checks of the finished wheel
      </caption>
      <thead>
        <tr>
          <th scope="col">Check</th>
          <th scope="col">Result</th>
          <th scope="col">What it shows</th>
          <th scope="col">Figure</th>
        </tr>
      </thead>
      <tbody>
        ${all.map(
          (check) =>
            html`<tr>
              <th scope="row"><code>${check.name}</code></th>
              <td class="status ${check.status}">${WORDS[check.status]}</td>
              <td>${CHECK_NAMES[check.name]}${findings(check)}</td>
              <td>${[check.figure, check.reason].filter(Boolean).join(': ')}</td>
            </tr> `,
        )}
      </tbody>
    </table>`;
}

function findings({ findings: all }: ReportCheck): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<details>
    <summary>${all.length} ${all.length === 1 ? 'finding' : 'findings'}</summary>
    <ul class="findings">
      ${all.slice(0, SHOWN).map(({ level, place, message }) => html`<li>${level}: <code>${place}</code>: ${message}</li>`)}
      ${all.length > SHOWN && html`<li>and ${all.length - SHOWN} more, which the report has</li>`}
    </ul>
  </details>`;
}
