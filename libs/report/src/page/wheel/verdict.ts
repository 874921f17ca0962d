import { BASELINE_WORDS, beyondBaseline } from '@vllm-cpu/variant/beyond-baseline';
import { machineOf } from '@vllm-cpu/variant/features';
import type { Platform } from '@vllm-cpu/variant/features';
import { platformOf, promisedGlibc } from '@vllm-cpu/wheel/file-name';
import { formatSize } from '@vllm-cpu/system/format-size';
import type { Report } from '../../report.ts';
import { grouped } from '../../rows/scale.ts';
import { systemsWith } from '../../rows/systems.ts';
import { command } from '../document.ts';
import { html } from '../html.ts';
import type { Html } from '../html.ts';
import { installLine } from './install.ts';
import type { WheelFacts } from './wheel.ts';

/** The two answers that somebody comes for: may I install it, and why should I believe that. */
export function verdict(wheel: WheelFacts, indexUrl: string): Html {
  const failed = wheel.report !== undefined && !wheel.report.ok;
  return html`<div class="verdict">
      <section aria-labelledby="may-i">
        <h2 id="may-i">May I install it on my CPU?</h2>
        ${mayI(wheel)}
      </section>
      <section aria-labelledby="why" class="${failed ? 'failed' : ''}">
        <h2 id="why">Why should I believe that?</h2>
        ${wheel.report ? why(wheel.report) : unknown()}
      </section>
    </div>
    <h2 id="install">Install</h2>
    ${wheel.yanked && html`<p class="failed">This version was withdrawn: installers take it only where it is asked for by its exact version.</p>`}
    ${command(installLine(wheel, indexUrl), 'Install command')}
    <p class="soft">A click into the line selects all of it.</p>`;
}

function mayI(wheel: WheelFacts): Html {
  const { variant, fileName, requiresPython } = wheel;
  const platform = platformOf(fileName);
  const needs = variant && platform ? beyondBaseline(variant, platform) : [];
  const answer = variant ? cpusOf(wheel).join('; ') : 'Not one of the known packages';
  return html`<p class="answer">${answer}</p>
    <dl>
      <dt>CPU</dt>
      <dd>
        ${needs.length > 0 ? html`<code>${needs.join(' ')}</code>` : platform && BASELINE_WORDS[platform]}
      </dd>
      <dt>System</dt>
      <dd>${system(platform, promisedGlibc(fileName))}</dd>
      <dt>Python</dt>
      <dd>${requiresPython ?? 'any'}</dd>
      <dt>Download</dt>
      <dd>${formatSize(wheel.size)}</dd>
    </dl>
    ${needs.length > 0 && check(needs)}`;
}

/** Of CPUs of both architectures, those of this wheel. */
export function cpusOf({ variant, fileName }: WheelFacts): readonly string[] {
  const isArm = platformOf(fileName) === 'linux-aarch64';
  const all = variant?.targetCpus ?? [];
  const own = all.filter((cpu) => cpu.startsWith('aarch64') === isArm);
  return own.length > 0 ? own : all;
}

function system(platform: Platform | undefined, glibc: string | undefined): string {
  const machine = platform ? `Linux, ${machineOf(platform)}` : 'see the file name';
  if (!glibc) return machine;
  const names = systemsWith(glibc);
  return `${machine}, glibc ${glibc} or later${names ? `: ${names}` : ''}`;
}

/** A line that every shell runs: it names what the CPU lacks, or says ok. */
function check(needs: readonly string[]): Html {
  const script = `for f in ${needs.join(' ')}; do grep -qw $f /proc/cpuinfo || { echo "missing: $f"; false; }; done && echo ok`;
  return html`<p>To ask this machine:</p>
    ${command(script, 'Command that looks at the CPU')}`;
}

function why(report: Report): Html {
  const count = (status: string) => report.checks.filter((one) => one.status === status).length;
  const failed = count('failed');
  const answer =
    failed > 0
      ? `${failed} of ${report.checks.length} checks failed`
      : `${count('passed')} of ${report.checks.length} checks passed`;
  const skipped = count('not-run');
  const decoded = report.modules.reduce((sum, { instructions }) => sum + instructions, 0);
  const beyond = report.checks.find(({ name }) => name === 'instruction-sets');
  return html`<p class="answer ${failed > 0 ? 'failed' : ''}">
      ${answer}${skipped > 0 && html`<span class="soft">, ${skipped} not run</span>`}
    </p>
    <dl>
      <dt>Disassembled</dt>
      <dd>
        every executable byte: ${grouped(decoded)} instructions in ${report.modules.length}
        ${report.modules.length === 1 ? 'file' : 'files'}
      </dd>
      <dt>Beyond the level</dt>
      <dd>${beyondText(beyond?.status)}</dd>
      <dt>Bytes</dt>
      <dd><code>${report.sha256}</code> (SHA-256): what was proven and what pip takes</dd>
    </dl>
    <p>
      <a href="#instruction-sets">Instruction sets</a>, <a href="#checks">every check</a>,
      <a href="#origin">where it comes from</a>
    </p>`;
}

function beyondText(status: string | undefined): string {
  if (status === 'passed') return 'no instruction';
  return status === 'failed' ? 'instructions were found: see the checks' : 'not judged';
}

function unknown(): Html {
  return html`<p class="answer">No report about it here</p>
    <p>
      This index was given the wheel without the report of its verification.
      <code>npx vllm-wheel inspect</code> of the project that built it says what any wheel needs.
    </p>`;
}
