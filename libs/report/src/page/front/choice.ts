import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { platformOf } from '@vllm-cpu/wheel/file-name';
import { ladderOf } from '../../rows/ladder.ts';
import type { Ladder } from '../../rows/ladder.ts';
import { command } from '../document.ts';
import type { FrontPage, ListedWheel } from '../front-page.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { cpusOf } from '../wheel/verdict.ts';
import { proofOf } from './proof.ts';

/** The table that answers which package suits a CPU, for each platform that there are wheels for. */
export function choice(front: FrontPage, platforms: readonly Platform[]): Html {
  const here = platforms.filter((platform) =>
    front.wheels.some(({ fileName, variant }) => variant && platformOf(fileName) === platform),
  );
  if (here.length === 0) return html`<p>This index does not contain any of these packages yet.</p>`;
  return html`<h2 id="which">Which package for which CPU</h2>
    <p>
      Choose the lowest row for which your CPU has all instruction sets. A package also works on
      CPUs above its level, and uses the instruction sets of its level there.
    </p>
    ${here.map((platform) => ladder(front, platform))} ${howToAsk(front, here)}`;
}

function ladder(front: FrontPage, platform: Platform): Html {
  const { sets, levels } = ladderOf(front.variants, platform);
  const rows = levels.flatMap(({ variant, has }) => {
    const newest = front.wheels.find(
      (wheel) =>
        wheel.variant === variant && !wheel.yanked && platformOf(wheel.fileName) === platform,
    );
    return newest ? [{ newest, has }] : [];
  });
  return html`<div
    class="scroll"
    tabindex="0"
    role="region"
    aria-label="Packages for ${machineOf(platform)}"
  >
    <table class="ladder">
      <caption>
        ${machineOf(platform)}
      </caption>
      <thead>
        <tr>
          <th scope="col">Package</th>
          ${sets.map(({ name }) => html`<th scope="col" class="set">${name}</th>`)}
          <th scope="col">For example</th>
          <th scope="col">Proof</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(({ newest, has }) => row(newest, has, sets))}
      </tbody>
    </table>
  </div>`;
}

function row(newest: ListedWheel, has: ReadonlySet<string>, sets: Ladder['sets']): Html {
  return html`<tr>
    <th scope="row"><a href="#${newest.project}">${newest.project}</a></th>
    ${sets.map(({ feature, name }) => cell(has.has(feature), name))}
    <td>${cpusOf(newest).join('; ')}</td>
    <td>${proofOf(newest)}</td>
  </tr> `;
}

/** Shape and words say it, not the colour alone. */
function cell(has: boolean, name: string): Html {
  const mark = has
    ? html`<rect class="has" width="14" height="14" rx="2" />`
    : html`<rect class="lacks" x="4.5" y="4.5" width="5" height="5" rx="2.5" />`;
  return html`<td class="set">
    <svg width="14" height="14" aria-hidden="true" focusable="false">${mark}</svg
    ><span class="hidden">${has ? `needs ${name}` : `without ${name}`}</span>
  </td>`;
}

function howToAsk(front: FrontPage, platforms: readonly Platform[]): Html {
  const features = platforms.flatMap((one) => ladderOf(front.variants, one).sets);
  const names = [...new Set(features.map(({ feature }) => feature))].join('|');
  return html`<h3>Not sure?</h3>
    <p>
      This prints what your CPU has, in the kernel's spelling
      (${[...new Set(features.map(({ name, feature }) => `${name} is ${feature}`))].join(', ')}):
    </p>
    ${command(`grep -owE '${names}' /proc/cpuinfo | sort -u`, 'Command that prints instruction sets')}
    <p>The detector names the package, and says why:</p>
    ${command('pip install vllm-cpu-detect && vllm-cpu-detect', 'Command that runs the detector')}`;
}
