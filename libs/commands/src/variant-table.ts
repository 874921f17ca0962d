import type { Variant } from '@vllm-cpu/variant/model';

/** What one variant's wheel says or is asked about the others: never their texts. */
export function variantTable(
  variants: readonly Variant[],
): Pick<Variant, 'name' | 'distribution' | 'rank' | 'platforms'>[] {
  return variants.map(({ name, distribution, rank, platforms }) => ({
    name,
    distribution,
    rank,
    platforms,
  }));
}
