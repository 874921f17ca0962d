/**
 * Writes what the detector reads, from the one source of each fact: the variants from
 * packages/variant-<name>/variant.json, the CPU features from libs/variant, the releases from
 * packages/upstream/releases, the oldest glibc from .github/build-images.json, the types of the report from its schema, the rest from packages/cpu-detect/data, the version from package.json.
 */
import fs from 'node:fs';
import path from 'node:path';
import * as prettier from 'prettier';
import { AARCH64_BASELINE } from '@vllm-cpu/variant/features';
import { AARCH64_FEATURES } from '@vllm-cpu/variant/aarch64-features';
import { X86_FEATURES } from '@vllm-cpu/variant/x86-features';
import { pythonTypes, typescriptTypes } from './report-types.ts';
import type { ReportSchema } from './report-types.ts';

const project = path.resolve(import.meta.dirname, '..');
const packages = path.resolve(project, '..');

interface VariantFile {
  name: string;
  distribution: string;
  rank: number;
  summary: string;
  platforms: Record<string, { requires?: string[]; levels?: string[] }>;
}

interface ReleaseFile {
  version: string;
  source: { kind: string; requiresPython: string };
}

interface KernelFile {
  feature: string | null;
}

interface MicroarchitectureFile {
  x86: unknown[];
  arm: unknown[];
  vendors: Record<string, string>;
}

function read<T>(file: string): T {
  return JSON.parse(fs.readFileSync(file, 'utf8')) as T;
}

function variantFiles(): VariantFile[] {
  return fs
    .readdirSync(packages)
    .filter((name) => name.startsWith('variant-'))
    .map((name) => read<VariantFile>(path.join(packages, name, 'variant.json')))
    .sort((a, b) => a.rank - b.rank);
}

/** The packages of one level each, or those that are the sum of several and require what the lowest does. */
function variants(sums: boolean): unknown[] {
  const all = variantFiles();
  const lowest = (levels: readonly string[], platform: string) =>
    all.find(({ name }) => levels.includes(name))?.platforms[platform]?.requires;
  return all
    .filter(({ platforms }) => Object.values(platforms).some(({ levels }) => !levels !== sums))
    .map(({ name, distribution, rank, platforms }) => ({
      name,
      distribution,
      rank,
      requires: Object.fromEntries(
        Object.entries(platforms).map(([platform, { requires, levels = [] }]) => [
          platform,
          requires ?? lowest(levels, platform),
        ]),
      ),
    }));
}

/** Pinned releases, oldest first; the embedded sample is none of them. */
function releases(): string[] {
  return releaseFiles().map(({ version }) => version);
}

/** The Python versions of each release: `>=3.11,<3.15`. */
function pythons(): Record<string, string> {
  return Object.fromEntries(
    releaseFiles().map(({ version, source }) => [version, source.requiresPython]),
  );
}

function releaseFiles(): ReleaseFile[] {
  const folder = path.join(packages, 'upstream/releases');
  const numbers = (version: string) => version.match(/\d+/g)?.map(Number) ?? [];
  const order = (a: string, b: string) => {
    const [ours, theirs] = [numbers(a), numbers(b)];
    const at = ours.findIndex((number, index) => number !== theirs[index]);
    return at === -1 ? ours.length - theirs.length : (ours[at] ?? 0) - (theirs[at] ?? -1);
  };
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => read<ReleaseFile>(path.join(folder, name)))
    .filter(({ source }) => source.kind !== 'embedded')
    .sort((a, b) => order(a.version, b.version));
}

/** glibc of the images that wheels are built in, `2.28` for manylinux_2_28: pip refuses them on an older one. */
function oldestGlibc(): string {
  const images = read<Record<string, { image: string }>>(
    path.join(packages, '../.github/build-images.json'),
  );
  const versions = Object.values(images).map(({ image }) => /manylinux_(\d+)_(\d+)_/.exec(image));
  const [version] = new Set(versions.map((match) => match?.slice(1).join('.')));
  if (!version) throw new Error('.github/build-images.json: no manylinux image');
  return version;
}

/** macOS's names of CPU features whose Linux name is another one. */
function darwinNames(): Record<string, string> {
  return Object.fromEntries(
    X86_FEATURES.flatMap(({ name, darwin }) => (darwin && darwin !== name ? [[darwin, name]] : [])),
  );
}

/** Name, type as mypy reads it, and value of each table. */
function tables(): [string, string, unknown][] {
  const data = read<MicroarchitectureFile>(path.join(project, 'data/microarchitectures.json'));
  return [
    ['VERSION', 'str', version()],
    ['RELEASES', 'List[str]', releases()],
    // Broken upstream: their modules for AVX2 hold AVX-512 code, and none is for AVX-512 alone.
    ['NEVER_BUILT', 'List[str]', read(path.join(project, 'data/never-built.json'))],
    ['PYTHONS', 'Dict[str, str]', pythons()],
    ['OLDEST_GLIBC', 'str', oldestGlibc()],
    ['VARIANTS', 'List[Variant]', variants(false)],
    ['SUMS', 'List[Variant]', variants(true)],
    ['KERNELS', 'Dict[str, List[Kernel]]', kernels()],
    ['DARWIN_X86', 'Dict[str, str]', darwinNames()],
    // Every Apple silicon Mac has at least the M1's features, which are more than these.
    ['DARWIN_ARM', 'List[str]', [...AARCH64_BASELINE].sort()],
    ['X86_MODELS', 'List[X86Model]', data.x86],
    ['ARM_PARTS', 'List[ArmPart]', data.arm],
    ['VENDORS', 'Dict[str, str]', data.vendors],
    ['TEXTS', 'Dict[str, str]', read(path.join(project, 'data/texts.json'))],
  ];
}

/**
 * Kernels by the form of the weights, each with a feature that the levels know; what the form is called is
 * for docs/serving.md.
 */
function kernels(): Record<string, KernelFile[]> {
  const known = new Set([...X86_FEATURES, ...AARCH64_FEATURES].map(({ name }) => name as string));
  const file = path.join(project, 'data/kernels.json');
  const forms = Object.entries(read<Record<string, { kernels: KernelFile[] }>>(file));
  for (const { feature } of forms.flatMap(([, row]) => row.kernels)) {
    if (feature !== null && !known.has(feature)) {
      throw new Error(`${file}: no row in libs/variant has ${feature}`);
    }
  }
  return Object.fromEntries(forms.map(([form, row]) => [form, row.kernels]));
}

function version(): string {
  return read<{ version: string }>(path.join(project, 'package.json')).version;
}

const NOTICE = 'Generated by scripts/generate-table.ts; do not edit.';

/** JSON as a Python literal in one line: the same but for three names, which stand outside strings only. */
function literal(value: unknown): string {
  const names: Record<string, string> = { null: 'None', true: 'True', false: 'False' };
  return JSON.stringify(value).replace(
    /"(?:[^"\\]|\\.)*"|[,:]|\b(?:null|true|false)\b/g,
    (token) => names[token] ?? (token.length === 1 ? `${token} ` : token),
  );
}

/** A table with one row a line, so that a change of one row is a change of one line. */
function table(value: unknown): string {
  if (typeof value !== 'object' || value === null) return literal(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const rows = Object.entries(value).map(([key, row]) =>
    Array.isArray(value) ? literal(row) : `${literal(key)}: ${literal(row)}`,
  );
  return `${open}\n${rows.map((row) => `    ${row},\n`).join('')}${close}`;
}

function pythonTables(): string {
  const constants = tables().map(([name, type, value]) => `${name}: ${type} = ${table(value)}\n`);
  return `# ${NOTICE}
from __future__ import annotations

# Importing typing would take longer than reading the machine.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List

    from .table_types import ArmPart, Kernel, Variant, X86Model

${constants.join('')}`;
}

/** As `npm run format` would leave it. */
async function typescript(text: string): Promise<string> {
  const style = await prettier.resolveConfig(path.join(project, 'src/report.ts'));
  return prettier.format(text, { ...style, parser: 'typescript' });
}

/** The README, whose example of a report counts the releases. */
function readme(): string {
  const text = fs.readFileSync(path.join(project, 'README.md'), 'utf8');
  const texts = read<{ releases: string }>(path.join(project, 'data/texts.json'));
  const known = releases();
  const line = texts.releases
    .replace('{newest}', known.at(-1) ?? '')
    .replace('{count}', String(known.length));
  return text.replace(/^Releases {4}.*$/m, `Releases    ${line}`);
}

/** The generated files by their path in the project. */
export async function generatedFiles(): Promise<Record<string, string>> {
  const schema = read<ReportSchema>(
    path.join(project, 'python/vllm_cpu_detect/report.schema.json'),
  );
  return {
    'src/report.ts': await typescript(`// ${NOTICE}\n\n${typescriptTypes(schema)}`),
    'python/vllm_cpu_detect/report_types.py': `# ${NOTICE}\n${pythonTypes(schema)}`,
    'python/vllm_cpu_detect/_table.py': pythonTables(),
    'README.md': readme(),
    // Both packages are built from this folder, and a package brings its licence.
    LICENSE: fs.readFileSync(path.join(packages, '../LICENSE'), 'utf8'),
  };
}

async function main(): Promise<void> {
  for (const [file, text] of Object.entries(await generatedFiles())) {
    fs.writeFileSync(path.join(project, file), text);
    process.stdout.write(`wrote ${file}\n`);
  }
}

if (process.argv[1] === import.meta.filename) void main();
