import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PLATFORM = process.arch === 'arm64' ? 'linux-aarch64' : 'linux-x86_64';

/**
 * The variants that exist for this platform, lowest level first, each with the CPU features that it
 * needs and this machine lacks.
 */
export function variantsHere(root) {
  const flags = cpuFlags(readFileSync('/proc/cpuinfo', 'utf8'));
  const packages = join(root, 'packages');
  return readdirSync(packages)
    .filter((name) => name.startsWith('variant-'))
    .map((project) => ({ project, ...readJson(join(packages, project, 'variant.json')) }))
    .filter(({ platforms }) => platforms[PLATFORM])
    .map(({ project, distribution, rank, platforms }) => ({
      project,
      distribution,
      rank,
      lacking: platforms[PLATFORM].requires.filter((feature) => !flags.has(feature)),
    }))
    .sort((a, b) => a.rank - b.rank);
}

/** The highest of `variants` that runs here, or undefined. */
export function bestHere(variants) {
  return variants.filter(({ lacking }) => lacking.length === 0).at(-1);
}

/** The flags that every processor has: hybrid machines differ from core to core. */
function cpuFlags(cpuinfo) {
  const lines = cpuinfo.match(/^(?:flags|Features)\s*:.*$/gm) ?? [];
  const sets = lines.map((line) =>
    line
      .slice(line.indexOf(':') + 1)
      .trim()
      .split(/\s+/),
  );
  const [first = [], ...others] = sets;
  return new Set(first.filter((flag) => others.every((set) => set.includes(flag))));
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
