import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { AARCH64_FEATURES } from '@vllm-cpu/variant/aarch64-features';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { readHostFeatures } from '@vllm-cpu/variant/host-features';
import { levelOf } from '@vllm-cpu/variant/model';
import { isSum } from '@vllm-cpu/variant/sums';
import { X86_FEATURES } from '@vllm-cpu/variant/x86-features';

/** A variant of this machine's platform. */
export interface DemoVariant {
  /** Nx's project. */
  project: string;
  distribution: string;
  /** It has several levels. */
  sum: boolean;
  /** CPU features that it needs and this machine lacks. */
  lacking: readonly string[];
}

/** The variants that exist for this platform, lowest level first and sums of levels last. */
export function variantsHere(root: string): DemoVariant[] {
  const [platform, flags] = [hostPlatform(), readHostFeatures()];
  return loadVariants(root).flatMap((variant) => {
    const { name, distribution } = variant;
    const requires = platform && levelOf(variant, platform)?.requires;
    if (!requires) return [];
    const lacking = requires.filter((feature) => !flags.includes(feature));
    return [{ project: `variant-${name}`, distribution, sum: isSum(variant), lacking }];
  });
}

/** The highest level of `variants` that runs here, or undefined. */
export function bestHere(variants: readonly DemoVariant[]): DemoVariant | undefined {
  return variants.filter(({ lacking, sum }) => lacking.length === 0 && !sum).at(-1);
}

/** What was built of each variant, and what is in it: plain text with a heading and a rule. */
export function demoTable(root: string, variants: readonly DemoVariant[]): string {
  const headings = ['package', 'size', 'instruction sets found', 'runs on this CPU'];
  const rows = variants.map((variant) => rowOf(root, variant));
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const rule = widths.map((width) => '-'.repeat(width));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [headings, rule, ...rows].map(line).join('\n');
}

function rowOf(root: string, { project, distribution, lacking }: DemoVariant): string[] {
  const sample = join(root, 'dist', project, 'sample');
  const size = wheelSize(join(sample, 'build'));
  return [
    distribution,
    size === undefined ? 'not built' : `${Math.round(size / 1024)} KiB`,
    instructionSets(join(sample, 'verify', 'report.json')),
    lacking.length === 0 ? 'yes' : `no: it has no ${lacking.join(', ')}`,
  ];
}

function wheelSize(folder: string): number | undefined {
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder).find((file) => file.endsWith('.whl'));
  return name === undefined ? undefined : statSync(join(folder, name)).size;
}

/** What the disassembly of all modules saw, as the report of a wheel says it. */
function instructionSets(path: string): string {
  if (!existsSync(path)) return 'not verified';
  const { modules } = JSON.parse(readFileSync(path, 'utf8')) as {
    modules: { histogram: Record<string, number> }[];
  };
  const seen = new Set(modules.flatMap(({ histogram }) => Object.keys(histogram)));
  const labels = [...X86_FEATURES, ...AARCH64_FEATURES].flatMap(({ name, label }) =>
    label !== null && seen.has(name) ? [label] : [],
  );
  return [...new Set(labels)].join(', ') || 'the baseline only';
}
