import type { Variant } from '@vllm-cpu/variant/model';
import type { CoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { classifiersFor } from './classifiers.ts';
import { descriptionOf } from './description.ts';
import { withLicence } from '../libraries/licence.ts';
import type { SplitRequirements } from './requirements.ts';

export interface BrandFacts {
  variant: Variant;
  /** Public version, suffix included. */
  version: string;
  /** Upstream's version. */
  release: string;
  requiresPython: string;
  readme: string;
  equivalentTo?: string | undefined;
  requirements: SplitRequirements;
  /** Paths below .dist-info/licenses. */
  licenceFiles: readonly string[];
}

/** Upstream's METADATA under the variant's name: what a package index accepts. */
export function brandedMetadata(upstream: CoreMetadata, facts: BrandFacts): CoreMetadata {
  const { variant, release, equivalentTo, requirements } = facts;
  const requiresPython = upstream.get('Requires-Python') ?? facts.requiresPython;
  const description = descriptionOf(facts.readme, {
    distribution: variant.distribution,
    release,
    equivalentTo,
    droppedRequirements: requirements.dropped,
  });
  const named = upstream
    .set('Name', variant.distribution)
    .set('Version', facts.version)
    .set('Summary', variant.summary)
    .set('Keywords', variant.keywords.join(','))
    .set('Requires-Python', requiresPython)
    .set('Classifier', ...classifiersFor(upstream.all('Classifier'), requiresPython))
    .set('Requires-Dist', ...requirements.kept)
    // For source distributions only (PEP 643): nothing of a wheel is still to be worked out.
    .remove('Dynamic');
  return withLicence(named, facts.licenceFiles).withDescription(description, 'text/markdown');
}
