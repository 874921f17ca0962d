import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { equivalentTo, variantNamed } from '@vllm-cpu/sources/catalogue';
import { linkedOneDnn } from '@vllm-cpu/sources/onednn-build';
import { levelOf } from '@vllm-cpu/variant/model';
import type { Repository } from './repository.ts';

/** The subject whose compile serves `own`: another variant's where the pin records an equivalence. */
export function compiledSubject(
  own: CompileSubject,
  repository: Pick<Repository, 'variants' | 'releases'>,
): CompileSubject {
  const twin = equivalentTo(own.release, own.variant.name, own.platform);
  if (!twin) return own;
  const variant = variantNamed(repository.variants, twin);
  const level = levelOf(variant, own.platform);
  if (!level) return own;
  const oneDnn = linkedOneDnn({ ...own, level }, repository.releases);
  return { ...own, variant, level, oneDnn };
}
