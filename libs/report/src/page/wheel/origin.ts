import type { Report, ReportPackage } from '../../report.ts';
import { command } from '../document.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { hashedRequirement, isSample } from './install.ts';
import type { WheelFacts } from './wheel.ts';

/** The bill of materials: what is in the wheel, and what it was compiled against. */
export function packages({ packages: all }: Pick<Report, 'packages'>): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<h2 id="packages">Packages in it</h2>
    <p>From the bill of materials that the wheel carries (CycloneDX, PEP 770).</p>
    <table class="stack">
      <caption class="hidden">
        Packages of the bill of materials
      </caption>
      <thead>
        <tr>
          <th scope="col">Package</th>
          <th scope="col">Version</th>
          <th scope="col">Licence</th>
          <th scope="col">How</th>
        </tr>
      </thead>
      <tbody>
        ${all.map(
          ({ name, version, licences, contained, description, purl }) =>
            html`<tr>
              <th scope="row" class="name">${name}</th>
              <td data-name="version" class="name">${version}</td>
              <td data-name="licence">${licences.join(', ')}</td>
              <td class="name">
                ${description ?? (contained ? 'Contained' : 'Needed, not contained')}${purl && html`<br /><small><code>${purl}</code></small>`}
              </td>
            </tr> `,
        )}
      </tbody>
    </table>`;
}

/** Where the bytes come from, and how to be sure of having them. */
export function origin(
  wheel: WheelFacts,
  links: { wheel: string; report: string | undefined },
): Html {
  const { report } = wheel;
  const vllm = report?.packages.find(({ name }) => name === 'vllm');
  return html`<h2 id="origin">Origin and digest</h2>
    <dl>
      <dt>File</dt>
      <dd><a href="${links.wheel}">${wheel.fileName}</a></dd>
      <dt>SHA-256</dt>
      <dd><code>${wheel.sha256}</code></dd>
      ${
        vllm &&
        html`<dt>Source</dt>
          <dd>${source(vllm, report)}</dd>`
      }
      ${
        report?.equivalentTo &&
        html`<dt>Same code as</dt>
          <dd>${report.equivalentTo}, at this release</dd>`
      }
      ${
        links.report !== undefined &&
        html`<dt>Report</dt>
          <dd><a href="${links.report}">report.json</a>, all of this page for programs</dd>`
      }
    </dl>
    <p>A line of a requirements file that takes these bytes and no others:</p>
    ${command(hashedRequirement(wheel), 'Line of a requirements file')}
    <p class="soft">
      With pip's <code>--require-hashes</code> the requirements of the package need digests too.
    </p>`;
}

function source({ version, purl, sha256 }: ReportPackage, report: Report | undefined): Html {
  if (isSample(report)) return html`the embedded sample, a miniature of vLLM ${version}`;
  const commit = /@([0-9a-f]{40})$/.exec(purl ?? '')?.[1];
  return html`vLLM
  ${version}${commit && html`, commit <code>${commit}</code>`}${sha256 && html`, source distribution <code>${sha256}</code> (SHA-256)`}`;
}
