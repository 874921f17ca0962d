import { logAxis, logBar } from '../../picture/bars.ts';
import type { Report, ReportModule } from '../../report.ts';
import { instructionRows, modulesWithCode } from '../../rows/instruction-rows.ts';
import type { InstructionRow } from '../../rows/instruction-rows.ts';
import { grouped, logScale } from '../../rows/scale.ts';
import type { LogScale } from '../../rows/scale.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';

/** Modules that are shown at once; the others open on demand. */
const SHOWN = 3;

/** What the disassembly counted, module by module, on one scale. */
export function instructionSets(report: Report): Html {
  const modules = modulesWithCode(report);
  const scale = logScale(
    Math.max(1, ...modules.flatMap(({ histogram }) => Object.values(histogram))),
  );
  const table = (module: ReportModule) => moduleTable(module, report, scale);
  const others = modules.slice(SHOWN);
  return html`<h2 id="instruction-sets">Instruction sets in the machine code</h2>
    <p>
      Instructions that need a CPU feature, counted by disassembling every executable byte. The
      scale is logarithmic: each line is ten times the one before.
    </p>
    ${modules.length === 0 && html`<p>No module was decoded.</p>`}
    ${modules.slice(0, SHOWN).map(table)}
    ${
      others.length > 0 &&
      html`<details>
        <summary>${others.length} smaller modules</summary>
        ${others.map(table)}
      </details>`
    }`;
}

const GROUPS: Readonly<Record<InstructionRow['kind'], string>> = {
  beyond: 'Beyond the level',
  level: 'What this level adds',
  base: 'Base level: what every CPU that these packages run on has',
};

function moduleTable(module: ReportModule, report: Report, scale: LogScale): Html {
  const rows = instructionRows(module, report);
  const kinds = (['beyond', 'level', 'base'] as const).filter((kind) =>
    rows.some((row) => row.kind === kind),
  );
  return html`<h3 class="name"><code>${module.file}</code></h3>
    <p class="soft">
      ${grouped(module.instructions)} instructions in ${grouped(module.functions)} functions;
      ${left(module)}
    </p>
    ${
      rows.length > 0 &&
      html`<table class="bars">
        <caption class="hidden">
          Instruction sets of ${module.file}
        </caption>
        <thead>
          <tr>
            <th scope="col">CPU feature</th>
            <th scope="col" class="plot"><span class="hidden">Bar</span>${logAxis(scale)}</th>
            <th scope="col" class="number wide">instructions</th>
          </tr>
        </thead>
        ${kinds.map(
          (kind) =>
            html`<tbody>
              <tr>
                <th scope="rowgroup" colspan="3">${GROUPS[kind]}</th>
              </tr>
              ${rows.filter((row) => row.kind === kind).map((row) => line(row, scale))}
            </tbody> `,
        )}
      </table>`
    }`;
}

function line({ feature, count, kind, reviewed }: InstructionRow, scale: LogScale): Html {
  return html`<tr>
    <th scope="row"><code>${feature}</code>${reviewed && html` <small>reviewed</small>`}</th>
    <td class="plot">${logBar(count, scale, kind)}</td>
    <td class="number">
      ${count === 0 ? html`<span class="soft">required, no code</span>` : grouped(count)}
    </td>
  </tr> `;
}

function left({ notJudged }: ReportModule): string {
  if (notJudged.bytes === 0) return 'every byte of code was decoded';
  const bytes = `${grouped(notJudged.bytes)} executable bytes are data, not code`;
  return notJudged.suspicious > 0 ? `${bytes}, ${notJudged.suspicious} of them suspicious` : bytes;
}
