import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';

/** Why a wheel cannot generate on a machine with these CPU features; undefined where it can. */
export function whyNotHere(
  { release, level, variant }: CompileSubject,
  features: readonly string[],
): string | undefined {
  if (release.source.kind === 'embedded') return 'the embedded sample has no language model';
  const lacking = level.requires.filter((feature) => !features.includes(feature));
  if (lacking.length === 0) return undefined;
  return `this CPU lacks ${lacking.join(', ')}, which ${variant.distribution} requires`;
}
