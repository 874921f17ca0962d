import { copyFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { runNx } from '../../programs/nx.ts';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';
import { emptyFolderOf, filesIn } from '../../wheels/wheel-jobs.ts';

const PACKAGE = join(ROOT, 'packages', 'cpu-detect', 'package.json');

/** Builds and proves the detector, and leaves its wheel and report in dist/ci/proven. */
export const buildDetector = defineStep(
  {
    name: 'build-detector',
    about: 'Builds and verifies the detector into dist/ci/proven.',
    inputs: { tag: { about: 'pushed tag, which has to be cpu-detect- and the version' } },
  },
  async ({ tag }) => {
    const packageSchema = z.looseObject({ version: z.string() });
    const { version } = parseJson(readFileSync(PACKAGE, 'utf8'), packageSchema, PACKAGE);
    if (tag && tag !== `cpu-detect-${version}`) throw otherVersion(tag, version);
    const { status, error } = await runNx(['run', 'cpu-detect:verify', '--output-style=stream']);
    if (status !== 0) throw notProven(error);
    const to = emptyFolderOf('proven');
    const from = join(ROOT, 'dist', 'cpu-detect');
    for (const file of [...filesIn(from, '.whl'), ...filesIn(from, '.report.json')]) {
      copyFileSync(file, join(to, basename(file)));
    }
    return 0;
  },
);

function otherVersion(tag: string, version: string): VllmCpuError {
  return new VllmCpuError({
    code: 'TAG_OF_ANOTHER_VERSION',
    what: `tag ${tag} does not match version ${version}`,
    why: 'The version of this commit is in packages/cpu-detect/package.json.',
    next: `Tag the commit that has the version: npx nx release --groups=detector, or git tag cpu-detect-${version}`,
  });
}

function notProven(error: string | undefined): VllmCpuError {
  return new VllmCpuError({
    code: 'DETECTOR_NOT_PROVEN',
    what: `verification of the detector failed: ${error ?? 'see the log above'}`,
    why: 'Nothing will be published.',
    next: 'Run it locally: npx nx run cpu-detect:verify',
  });
}
