#!/usr/bin/env node
// Looks at what the jobs of the wheels left: how many are proven, and whether two of them are one binary
// under two names without a record.
import { basename } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { fromExecutors } from './executors.mjs';
import { setOutput } from './github-files.mjs';
import { ROOT } from './nx.mjs';
import { annotate, step } from './step.mjs';
import { filesIn, folderOf } from './wheel-jobs.mjs';

const inputs = { matrix: { about: 'matrix of the plan, as JSON', required: true } };

await step(
  { file: 'gather.mjs', about: 'Compares the wheels of dist/ci/proven: output count.', inputs },
  async ({ matrix }) => {
    const { include } = JSON.parse(matrix);
    const tools = await fromExecutors(
      ...['executors/repository.ts', 'executors/equivalence/compared-wheels.ts'],
      ...['executors/verify-wheels/handed-in-subject.ts', 'wheel/file-name.ts'],
    );
    const repository = tools.openRepository(ROOT);
    const files = filesIn(folderOf('proven'), '.whl');
    const groups = new Map();
    for (const path of files) {
      const { variant, releaseName, release, platform } = tools.handedInSubject(
        basename(path),
        releaseOf(basename(path), include, tools),
        repository,
      );
      const key = [releaseName, platform, tools.parseWheelFileName(basename(path)).tag.python];
      const group = groups.get(key.join(' ')) ?? { release, platform, wheels: [] };
      group.wheels.push({ variant: variant.name, rank: variant.rank, path });
      groups.set(key.join(' '), group);
    }
    let ok = true;
    for (const [name, { release, platform, wheels }] of groups) {
      const outcome = await tools.compareFiles(wheels, release, platform, repository);
      console.log(`${name}: ${tools.describeComparison(outcome)}`);
      ok &&= outcome.status !== 'failed';
    }
    setOutput('count', files.length);
    if (files.length < include.length) {
      annotate('warning', `${files.length} of ${include.length} wheels are proven`);
    }
    if (!ok) throw sameBinary();
  },
);

/** The pin that the plan built this wheel of; a wheel of an earlier run is found by its version. */
function releaseOf(file, include, { parseWheelFileName }) {
  const { distribution, version } = parseWheelFileName(file);
  const job = include.find(
    (each) => each.project.replaceAll('-', '_') === distribution && each.version === version,
  );
  return job?.release;
}

function sameBinary() {
  return new BootstrapError({
    what: 'two wheels have the same machine code, or a record of that does not hold',
    why: 'The lines above name them. Nothing was published.',
    next: 'Record it in the pin with the command above, or find out why it is so; commit, and run again.',
  });
}
