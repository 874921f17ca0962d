import { pictureOf } from './release-assets.ts';
import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import { BASELINE_WORDS, beyondBaseline } from '@vllm-cpu/variant/beyond-baseline';
import { machineOf } from '@vllm-cpu/variant/features';
import { platformOf, promisedGlibc } from '@vllm-cpu/wheel/file-name';
import { formatSize } from '@vllm-cpu/system/format-size';
import type { Variant } from '@vllm-cpu/variant/model';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';

/** What the page of a release says; the same facts give the same text. */
export interface ReleaseFacts {
  /** Public version of the wheels, suffix included. */
  version: string;
  wheels: readonly PublishableWheel[];
  variants: readonly Variant[];
  /** Upstream's version, and the page of its release; null for the embedded sample. */
  upstream: { version: string; url: string | null };
  /** SPDX expression. */
  licence: string;
  /** Names of variants that are the code of a lower one, with that one's name. */
  equivalences: ReadonlyMap<string, string>;
  /** Where the files of the release are downloaded, with a slash at the end; null where that is not known. */
  assets: string | null;
}

/** One row of the package table. */
export interface PackageRow {
  package: string;
  platform: string;
  instructionSets: string;
  cpus: string;
  python: string;
  glibc: string;
  size: string;
  proof: string;
  note: string;
}

/** Markdown for the page of a release. */
export function releaseNotes(facts: ReleaseFacts): string {
  const { version, upstream } = facts;
  const vllm = upstream.url
    ? `[vLLM ${upstream.version}](${upstream.url})`
    : `vLLM ${upstream.version}`;
  const projects = [...new Set(inOrder(facts).map((wheel) => wheel.project))];
  return [
    `${vllm} for CPUs, one package per instruction-set level.`,
    '',
    '## Packages',
    '',
    ...markdownTable(packageRows(facts)),
    '',
    '## Install',
    '',
    'Install one of them, with the CPU build of torch:',
    '',
    '```sh',
    ...projects.map(
      (project) => `pip install ${project}==${version} --extra-index-url ${TORCH_CPU_INDEX}`,
    ),
    '```',
    '',
    'Not sure which one? `pip install vllm-cpu-detect && vllm-cpu-detect` looks at this CPU.',
    '',
    '## Check',
    '',
    'The wheels below are the ones on the package index, byte for byte. After downloading them:',
    '',
    '```sh',
    'sha256sum --check --ignore-missing SHA256SUMS',
    '```',
    '',
    'Beside each wheel are the report of its verification, and a picture of that: instruction sets, size by part,',
    'symbol versions.',
    '',
    '## Licence',
    '',
    `${facts.licence}, as vLLM itself. Licences of contained libraries are in each wheel.`,
    '',
  ].join('\n');
}

/** The package table, lowest level first. */
function packageRows(facts: ReleaseFacts): PackageRow[] {
  return inOrder(facts).map((wheel) => rowOf(facts, wheel));
}

function inOrder(facts: ReleaseFacts): PublishableWheel[] {
  const rank = (wheel: PublishableWheel) => variantOf(facts, wheel)?.rank ?? Infinity;
  return [...facts.wheels].sort((a, b) => rank(a) - rank(b) || (a.fileName < b.fileName ? -1 : 1));
}

function rowOf(facts: ReleaseFacts, wheel: PublishableWheel): PackageRow {
  const variant = variantOf(facts, wheel);
  const platform = platformOf(wheel.fileName);
  const beyond = variant && platform ? beyondBaseline(variant, platform) : [];
  const same = variant && facts.equivalences.get(variant.name);
  return {
    package: `\`${wheel.project}\``,
    platform: platform ? machineOf(platform) : 'any',
    instructionSets:
      beyond.length > 0 ? beyond.join(' ') : platform ? BASELINE_WORDS[platform] : '',
    cpus: variant?.targetCpus.join('; ') ?? '',
    python: wheel.requiresPython ?? 'any',
    glibc: promisedGlibc(wheel.fileName) ?? '',
    size: formatSize(wheel.size),
    proof: proofLinks(wheel.fileName, facts.assets),
    note: same ? `the same code as ${same} at this release` : '',
  };
}

/**
 * Links, not an image: GitHub serves files of a release as application/octet-stream and forbids guessing, so that no
 * browser shows an SVG of them in a page (https://github.com/github/markup/issues/1582).
 */
function proofLinks(fileName: string, assets: string | null): string {
  if (assets === null) return '';
  const link = (text: string, name: string) => `[${text}](${assets}${encodeURIComponent(name)})`;
  const report = fileName.replace(/\.whl$/, '.report.json');
  return `${link('picture', pictureOf(fileName))}, ${link('report', report)}`;
}

function variantOf(facts: ReleaseFacts, wheel: PublishableWheel): Variant | undefined {
  return facts.variants.find((variant) => variant.distribution === wheel.project);
}

function markdownTable(rows: readonly PackageRow[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const names = ['package', 'platform', 'instruction sets', 'CPUs', 'Python', 'glibc', 'size'];
  const head = [...names, 'proof', ''];
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(Object.values(row)))];
}
