#!/usr/bin/env node
// Builds and proves the detector, and leaves its wheel and report in dist/ci/proven.
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { ROOT, runNx } from './nx.mjs';
import { step } from './step.mjs';
import { filesIn, folderOf } from './wheel-jobs.mjs';

const inputs = { tag: { about: 'pushed tag, which has to be cpu-detect- and the version' } };

await step(
  {
    file: 'build-detector.mjs',
    about: 'Builds and proves the detector into dist/ci/proven.',
    inputs,
  },
  async ({ tag }) => {
    const { version } = JSON.parse(
      readFileSync(join(ROOT, 'packages', 'cpu-detect', 'package.json'), 'utf8'),
    );
    if (tag && tag !== `cpu-detect-${version}`) throw otherVersion(tag, version);
    const { status, error } = await runNx(['run', 'cpu-detect:verify', '--outputStyle=stream']);
    if (status !== 0) throw notProven(error);
    rmSync(folderOf('proven'), { recursive: true, force: true });
    mkdirSync(folderOf('proven'), { recursive: true });
    const from = join(ROOT, 'dist', 'cpu-detect');
    for (const file of [...filesIn(from, '.whl'), ...filesIn(from, '.report.json')]) {
      copyFileSync(file, join(folderOf('proven'), basename(file)));
    }
  },
);

function otherVersion(tag, version) {
  return new BootstrapError({
    what: `the tag ${tag} is not about version ${version}`,
    why: 'packages/cpu-detect/package.json says which version this commit is.',
    next: `Tag the commit that has the version: npx nx release, or git tag cpu-detect-${version}`,
  });
}

function notProven(error) {
  return new BootstrapError({
    what: `the detector was not proven: ${error ?? 'see the log above'}`,
    why: 'Nothing will be published.',
    next: 'Run it on your machine: npx nx run cpu-detect:verify',
  });
}
