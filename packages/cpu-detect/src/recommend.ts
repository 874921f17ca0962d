import { count, listOf, say } from './texts.ts';
import { VARIANTS } from './table.ts';
import type { Cpu } from './detect.ts';
import type { VariantEntry } from './table.ts';

/** Why a package is recommended, or why none is. */
export type ReasonCode =
  | 'highest'
  | 'next-lacks-features'
  | 'only-one'
  | 'lacks-features'
  | 'unsupported-architecture'
  | 'macos'
  | 'windows';

/** How one of the packages suits the CPU. */
export interface Candidate {
  package: string;
  variant: string;
  /** `not built`: the package does not exist for this platform. */
  verdict: 'recommended' | 'runs' | 'lacks features' | 'not built';
  missing: string[];
}

/** Which package suits the CPU. The JSON report holds exactly this under `recommendation`. */
export interface Recommendation {
  package: string | null;
  variant: string | null;
  /** On macOS and Windows: the package for Linux on this machine, in a VM or in WSL 2. */
  inside: string | null;
  code: ReasonCode;
  reason: string;
  /** The next higher package and the features that it needs and this CPU lacks. */
  next: { package: string; missing: string[] } | null;
  /** Without a package: what the lowest one needs and this CPU lacks. */
  missing: string[];
  notes: string[];
  candidates: Candidate[];
}

/** Features that this process can use: AMX only where the kernel does not refuse it. */
export function usableFeatures(cpu: Pick<Cpu, 'features' | 'amx'>): string[] {
  if (cpu.amx !== 'refused') return [...cpu.features];
  return cpu.features.filter((feature) => !feature.startsWith('amx_'));
}

/** What `variant` needs on `platform` and `features` lack; null where it is not built there. */
export function missingFeatures(
  variant: VariantEntry,
  platform: string,
  features: readonly string[],
): string[] | null {
  const needed = variant.requires[platform];
  return needed ? needed.filter((feature) => !features.includes(feature)) : null;
}

/** Recommends the highest package that this CPU can run. Adding features never lowers it. */
export function recommend(cpu: Cpu): Recommendation {
  if (cpu.system !== 'linux') return recommendInside(cpu);
  if (cpu.platform === null) return withoutPackage(cpu, 'unsupported-architecture');
  return choose(cpu, cpu.platform);
}

function choose(cpu: Cpu, platform: string): Recommendation {
  const features = usableFeatures(cpu);
  const built = VARIANTS.filter((variant) => variant.requires[platform]);
  const missing = (variant: VariantEntry) => missingFeatures(variant, platform, features) ?? [];
  const best = built.findLast((variant) => missing(variant).length === 0);
  const lowest = built[0];
  if (!best) {
    const lacks = lowest ? missing(lowest) : [];
    return withoutPackage(cpu, 'lacks-features', lacks, platform);
  }
  const higher = built[built.indexOf(best) + 1];
  const next = higher ? { package: higher.distribution, missing: missing(higher) } : null;
  const code = next ? 'next-lacks-features' : built.length === 1 ? 'only-one' : 'highest';
  const reason = say(code, {
    package: best.distribution,
    next: next?.package ?? '',
    missing: listOf(next?.missing ?? []),
    count: count(VARIANTS.length, 'package'),
  });
  return {
    package: best.distribution,
    variant: best.name,
    inside: null,
    code,
    reason,
    next,
    missing: [],
    notes: notesOf(cpu),
    candidates: candidatesOf(platform, features, best.name),
  };
}

function withoutPackage(
  cpu: Cpu,
  code: ReasonCode,
  missing: string[] = [],
  platform = '',
): Recommendation {
  const features = usableFeatures(cpu);
  const lowest = VARIANTS[0]?.distribution ?? '';
  const values = { package: lowest, missing: listOf(missing), architecture: cpu.architecture };
  return {
    package: null,
    variant: null,
    inside: null,
    code,
    reason: say(code, values),
    next: null,
    missing,
    notes: notesOf(cpu),
    candidates: candidatesOf(platform, features, null),
  };
}

function recommendInside(cpu: Cpu): Recommendation {
  const platform = cpu.architecture === 'aarch64' ? 'linux-aarch64' : 'linux-x86_64';
  const guest = choose(cpu, platform);
  const code: ReasonCode = cpu.system === 'macos' ? 'macos' : 'windows';
  const found = guest.package
    ? say(code === 'macos' ? 'insideVm' : 'insideWsl', { package: guest.package })
    : say('insideNone', { missing: listOf(guest.missing) });
  return {
    ...guest,
    package: null,
    variant: null,
    inside: guest.package,
    code,
    reason: `${say(code)} ${found}`,
    next: null,
    candidates: [],
  };
}

function notesOf(cpu: Cpu): string[] {
  const notes: string[] = [];
  const note = (add: boolean, key: Parameters<typeof say>[0], values = {}) => {
    if (add) notes.push(say(key, values));
  };
  note(cpu.amx === 'refused', 'amxRefused');
  note(cpu.amx === 'not checked' && cpu.system === 'linux', 'amxNotChecked');
  note(cpu.partialFeatures.length > 0, 'partialFeatures', { features: partialOf(cpu) });
  note(cpu.maskedFeatures.length > 0, 'maskedFeatures', {
    name: cpu.microarchitecture ?? '',
    features: listOf(cpu.maskedFeatures),
  });
  note(cpu.environment.libc === 'musl', 'musl');
  return notes;
}

/** The uneven features that any package asks for; all of them where none does. */
function partialOf(cpu: Cpu): string {
  const needed = new Set(VARIANTS.flatMap(({ requires }) => Object.values(requires).flat()));
  const matter = cpu.partialFeatures.filter((feature) => needed.has(feature));
  return listOf(matter.length > 0 ? matter : cpu.partialFeatures);
}

function candidatesOf(
  platform: string,
  features: readonly string[],
  recommended: string | null,
): Candidate[] {
  return VARIANTS.map((variant) => {
    const missing = missingFeatures(variant, platform, features);
    const runs = variant.name === recommended ? 'recommended' : 'runs';
    const verdict = missing === null ? 'not built' : missing.length > 0 ? 'lacks features' : runs;
    return {
      package: variant.distribution,
      variant: variant.name,
      verdict,
      missing: missing ?? [],
    };
  });
}
