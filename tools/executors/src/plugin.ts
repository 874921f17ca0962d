import { dirname, join } from 'node:path';
import type { CreateNodesV2 } from '@nx/devkit';
import { loadReleases, loadVariants } from '@vllm-cpu/sources/catalogue';
import { upstreamTargets } from './plugin/upstream-targets.ts';
import { variantTargets } from './plugin/variant-targets.ts';
import { wheelsTargets } from './plugin/wheels-targets.ts';

export const name = '@vllm-cpu/executors';

/**
 * Infers the targets from variant.json x releases/*.json: a new variant or a new pin is a new file and
 * no code. See docs/architecture.md for the task graph.
 */
export const createNodesV2: CreateNodesV2 = [
  'packages/{variant-*/variant.json,upstream/releases/sample.json}',
  (files, _options, context) => {
    const variants = loadVariants(context.workspaceRoot);
    const releases = loadReleases(context.workspaceRoot);
    return files.map((file) => {
      const variant = variants.find((each) => dirname(file) === `packages/variant-${each.name}`);
      const projects = variant
        ? {
            [dirname(file)]: {
              name: `variant-${variant.name}`,
              tags: ['variant'],
              implicitDependencies: ['upstream', 'executors'],
              targets: variantTargets(variant, variants, releases),
              metadata: { description: variant.summary },
            },
          }
        : {
            [join('packages', 'upstream')]: {
              name: 'upstream',
              implicitDependencies: ['executors'],
              targets: upstreamTargets(releases),
              metadata: { description: 'What is built: pinned releases and the embedded upstream' },
            },
            [join('packages', 'wheels')]: {
              name: 'wheels',
              implicitDependencies: variants.map((each) => `variant-${each.name}`),
              targets: wheelsTargets(variants, releases),
              metadata: { description: 'What concerns all wheels of a release' },
            },
          };
      return [file, { projects }] as const;
    });
  },
];

export const createNodes = createNodesV2;
