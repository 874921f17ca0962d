import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { compiledVariants } from '@vllm-cpu/sources/catalogue';
import { linkedOneDnn } from '@vllm-cpu/sources/onednn-build';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Repository } from './repository.ts';

/**
 * The subjects whose compiles `own` is built from, lowest level first: another variant's where the pin
 * records an equivalence, those of all its levels for a sum.
 */
export function compiledSubjects(
  own: CompileSubject,
  { variants, releases }: Pick<Repository, 'variants' | 'releases'>,
): CompileSubject[] {
  return compiledVariants(own.release, own.variant, own.platform, variants).flatMap((variant) => {
    const level = levelOf(variant, own.platform);
    if (!level) return [];
    const oneDnn = linkedOneDnn({ ...own, level }, releases);
    return [{ ...own, variant, level, oneDnn }];
  });
}
