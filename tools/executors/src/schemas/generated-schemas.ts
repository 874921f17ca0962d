import { z } from 'zod';
import { activateOptions } from '../executors/activate/options.ts';
import { buildOptions } from '../executors/build/options.ts';
import { buildContainerOptions } from '../executors/build-container/options.ts';
import { checkOptions } from '../executors/check/options.ts';
import { compileOptions } from '../executors/compile/options.ts';
import { oneDnnOptions } from '../executors/onednn/options.ts';
import { pinOptions } from '../executors/pin/options.ts';
import { collectOptions } from '../executors/collect/options.ts';
import { equivalenceOptions } from '../executors/equivalence/options.ts';
import { imageOptions } from '../executors/image/options.ts';
import { inferOptions } from '../executors/infer/options.ts';
import { inspectOptions } from '../executors/inspect/options.ts';
import { matrixOptions } from '../executors/matrix/options.ts';
import { verifyOptions } from '../executors/verify/options.ts';
import { nextSuffixOptions } from '../executors/next-suffix/options.ts';
import { preflightOptions } from '../executors/preflight/options.ts';
import { publishOptions } from '../executors/publish/options.ts';
import { publishWheelsOptions } from '../executors/publish-wheels/options.ts';
import { releasePageOptions } from '../executors/release-page/options.ts';
import { pushImagesOptions } from '../executors/push-images/options.ts';
import { renamedOptions } from '../executors/renamed/options.ts';
import { readmeOptions } from '../executors/update-readme/options.ts';
import { retagOptions } from '../executors/retag/options.ts';
import { verifyWheelsOptions } from '../executors/verify-wheels/options.ts';
import { ensureOptions } from '../executors/build-verified/options.ts';
import { planOptions } from '../executors/plan/options.ts';
import { planWheelsOptions } from '../executors/plan-wheels/options.ts';
import { recordAbsenceOptions } from '../executors/record-absence/options.ts';
import { recordEquivalenceOptions } from '../executors/record-equivalence/options.ts';
import { relockOptions } from '../executors/relock/options.ts';
import { releasesOptions } from '../executors/releases/options.ts';
import { imageRecordSchema } from '@vllm-cpu/image/image-record';
import { pushRecordSchema } from '@vllm-cpu/image/push-record';
import { buildManifestSchema } from '@vllm-cpu/sources/build-manifest';
import { attemptsSchema } from '@vllm-cpu/sources/attempts';
import { compileManifestSchema } from '@vllm-cpu/sources/compile-manifest';
import { oneDnnManifestSchema } from '@vllm-cpu/sources/onednn-manifest';
import { editSchema } from '@vllm-cpu/sources/edits';
import { refusalsSchema } from '@vllm-cpu/sources/refusals';
import { releaseSchema } from '@vllm-cpu/sources/release';
import { reportSchema } from '@vllm-cpu/report/report';
import { allowFileSchema } from '@vllm-cpu/verify/allow';
import { variantSchema } from '@vllm-cpu/variant/model';

/** Options of each executor, by its name in executors.json. */
export const EXECUTOR_OPTIONS: Readonly<Record<string, z.ZodType>> = {
  activate: activateOptions,
  build: buildOptions.all,
  'build-container': buildContainerOptions,
  check: checkOptions,
  compile: compileOptions.all,
  onednn: oneDnnOptions.all,
  pin: pinOptions,
  collect: collectOptions,
  equivalence: equivalenceOptions.all,
  image: imageOptions,
  infer: inferOptions,
  inspect: inspectOptions,
  matrix: matrixOptions,
  verify: verifyOptions.all,
  'recheck-equivalence': equivalenceOptions.all,
  'next-suffix': nextSuffixOptions,
  preflight: preflightOptions,
  publish: publishOptions,
  'publish-wheels': publishWheelsOptions,
  'release-page': releasePageOptions,
  'push-images': pushImagesOptions,
  'update-readme': readmeOptions,
  renamed: renamedOptions,
  relock: relockOptions,
  retag: retagOptions,
  'verify-wheels': verifyWheelsOptions,
  release: preflightOptions,
  'build-verified': ensureOptions,
  plan: planOptions,
  'plan-wheels': planWheelsOptions,
  'record-absence': recordAbsenceOptions,
  'record-equivalence': recordEquivalenceOptions,
  releases: releasesOptions,
};

/** Data files that people edit or read, by file name below schemas/. */
const DATA: Readonly<Record<string, z.ZodType>> = {
  variant: variantSchema,
  refused: refusalsSchema,
  release: releaseSchema,
  edit: editSchema,
  'compile-manifest': compileManifestSchema,
  'onednn-manifest': oneDnnManifestSchema,
  'build-manifest': buildManifestSchema,
  report: reportSchema,
  attempts: attemptsSchema,
  allow: allowFileSchema,
  image: imageRecordSchema,
  push: pushRecordSchema,
};

/**
 * Every generated schema: path relative to tools/executors, and its text. The zod models are the one
 * source; a test fails when a file differs.
 */
export function generatedSchemas(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, options] of Object.entries(EXECUTOR_OPTIONS)) {
    const schema = z.toJSONSchema(options, { io: 'input', target: 'draft-7', override: oneOf });
    files.set(
      `src/executors/${name}/schema.json`,
      text({
        ...schema,
        // Nx's own refusal of an unknown option lists none: the executor's names the one that was meant.
        additionalProperties: true,
        $schema: 'https://json-schema.org/schema',
        title: `${name} executor`,
        version: 2,
      }),
    );
  }
  for (const [name, model] of Object.entries(DATA)) {
    files.set(
      `schemas/${name}.schema.json`,
      text(z.toJSONSchema(model, { io: 'input', target: 'draft-7', unrepresentable: 'any' })),
    );
  }
  return files;
}

/** Of an option that may be this or that, Nx's help knows the types of `oneOf` only. */
function oneOf({ jsonSchema }: { jsonSchema: Record<string, unknown> }): void {
  if (!jsonSchema['anyOf']) return;
  jsonSchema['oneOf'] = jsonSchema['anyOf'];
  delete jsonSchema['anyOf'];
}

function text(schema: unknown): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
