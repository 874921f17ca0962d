import { basename } from 'node:path';
import { compareFiles, describeComparison } from '@vllm-cpu/commands/compared-wheels';
import type { VariantWheel } from '@vllm-cpu/commands/compared-wheels';
import { handedInSubject } from '@vllm-cpu/commands/handed-in-subject';
import type { Release } from '@vllm-cpu/sources/release';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Platform } from '@vllm-cpu/variant/features';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { annotate } from '../../actions/annotate.ts';
import { setOutput } from '../../actions/github-files.ts';
import { ciRepository } from '../../repository.ts';
import { defineStep } from '../../step.ts';
import { filesIn, folderOf, readMatrix } from '../../wheels/wheel-jobs.ts';
import type { WheelJob } from '../../wheels/wheel-jobs.ts';

interface Group {
  release: Release;
  platform: Platform;
  wheels: VariantWheel[];
}

/**
 * Looks at what the jobs of the wheels left: how many are proven, and whether two of them are one binary
 * under two names without a record.
 */
export const gather = defineStep(
  {
    name: 'gather',
    about: 'Compares the wheels of dist/ci/proven: output count.',
    inputs: { matrix: { about: 'matrix of the plan, as JSON', required: true } },
  },
  async ({ matrix }) => {
    const jobs = readMatrix(matrix);
    const repository = ciRepository();
    const files = filesIn(folderOf('proven'), '.whl');
    let ok = true;
    for (const [name, { release, platform, wheels }] of groupsOf(files, jobs)) {
      const outcome = await compareFiles(wheels, release, platform, repository);
      console.log(`${name}: ${describeComparison(outcome)}`);
      ok &&= outcome.status !== 'failed';
    }
    setOutput('count', files.length);
    if (files.length < jobs.length) {
      annotate('warning', `${files.length} of ${jobs.length} wheels are verified`);
    }
    if (!ok) throw sameBinary();
    return 0;
  },
);

/** Wheels of one release, platform and Python, which are compared with each other. */
function groupsOf(files: readonly string[], jobs: readonly WheelJob[]): Map<string, Group> {
  const repository = ciRepository();
  const groups = new Map<string, Group>();
  for (const path of files) {
    const file = basename(path);
    const pin = releaseOf(file, jobs);
    const { variant, releaseName, release, platform } = handedInSubject(file, pin, repository);
    const key = [releaseName, platform, parseWheelFileName(file).tag.python].join(' ');
    const group = groups.get(key) ?? { release, platform, wheels: [] };
    group.wheels.push({ variant: variant.name, rank: variant.rank, path });
    groups.set(key, group);
  }
  return groups;
}

/** The pin that the plan built this wheel of; a wheel of an earlier run is found by its version. */
function releaseOf(file: string, jobs: readonly WheelJob[]): string | undefined {
  const { distribution, version } = parseWheelFileName(file);
  return jobs.find(
    (job) => job.project.replaceAll('-', '_') === distribution && job.version === version,
  )?.release;
}

function sameBinary(): VllmCpuError {
  return new VllmCpuError({
    code: 'SAME_MACHINE_CODE',
    what: 'two wheels have the same machine code, or a recorded equivalence is wrong',
    why: 'See the lines above. Nothing was published.',
    next: 'Record it in the pin with the command above, or find the cause; commit, and run again.',
  });
}
