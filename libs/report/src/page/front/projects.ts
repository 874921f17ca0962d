import { formatSize } from '@vllm-cpu/system/format-size';
import { command } from '../document.ts';
import type { FrontPage, ListedWheel } from '../front-page.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { installLine } from '../wheel/install.ts';
import { machineOf } from '@vllm-cpu/variant/features';
import { platformOf, promisedGlibc } from '@vllm-cpu/wheel/file-name';
import { proofOf } from './proof.ts';

/** Each project: the line that installs its newest version, and all its wheels. */
export function projects(front: FrontPage): Html {
  const names = [...new Set(front.wheels.map(({ project }) => project))];
  const rank = (name: string) =>
    front.variants.find(({ distribution }) => distribution === name)?.rank ?? Infinity;
  const ordered = names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return html`<h2 id="install">Install</h2>
    <p>A click into a command selects all of it.</p>
    ${ordered.map((name) => project(name, front))}`;
}

function project(name: string, { wheels, indexUrl }: FrontPage): Html {
  const own = wheels.filter((wheel) => wheel.project === name);
  const newest = own.find(({ yanked }) => !yanked);
  return html`<section aria-labelledby="${name}">
    <h3 id="${name}">${name}</h3>
    ${newest?.variant && html`<p class="soft">${newest.variant.summary}</p>`}
    ${newest && command(installLine(newest, indexUrl), `Install command of ${name}`)}
    <table class="stack">
      <caption class="hidden">
        Wheels of ${name}
      </caption>
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Platform</th>
          <th scope="col">Python</th>
          <th scope="col" class="number">Download</th>
          <th scope="col">Proof</th>
        </tr>
      </thead>
      <tbody>
        ${own.map(line)}
      </tbody>
    </table>
  </section>`;
}

function line(wheel: ListedWheel): Html {
  const platform = platformOf(wheel.fileName);
  const glibc = promisedGlibc(wheel.fileName);
  return html`<tr>
    <th scope="row">
      <a
        href="${wheel.page}"
        aria-label="${wheel.project} ${wheel.version}, ${platform ? machineOf(platform) : 'any platform'}"
        >${wheel.version}</a
      >${wheel.yanked && html` <span class="failed">withdrawn</span>`}
    </th>
    <td data-name="platform">
      ${platform ? machineOf(platform) : 'any'}${glibc && `, glibc ${glibc}`}
    </td>
    <td data-name="Python">${wheel.requiresPython ?? 'any'}</td>
    <td data-name="download" class="number">${formatSize(wheel.size)}</td>
    <td data-name="proof">${proofOf(wheel)}</td>
  </tr> `;
}
