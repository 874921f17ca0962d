import { publishFound } from '@vllm-cpu/commands/publication';
import { handedInTarget } from '@vllm-cpu/commands/handed-in-target';
import { findWheels } from '@vllm-cpu/wheel/find-wheels';
import type { PublishResult } from '@vllm-cpu/publish/publish-wheels';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { tryEach } from '../../actions/annotate.ts';
import { markdownTable, setOutput, summarize } from '../../actions/github-files.ts';
import { folderFor, provenByVersion } from '../../wheels/proven-wheels.ts';
import { ciRepository } from '../../repository.ts';
import { defineStep } from '../../step.ts';

type Published = PublishResult & { version: string };

/** Uploads the proven wheels, release by release. A release that fails does not stop the next one. */
export const publish = defineStep(
  {
    name: 'publish',
    about: 'Publishes the wheels of dist/ci/proven: output versions, those that were published.',
    inputs: {
      dryRun: { about: 'true: decide and print, send nothing; default: false', kind: 'flag' },
    },
  },
  async ({ dryRun }) => {
    const repository = ciRepository();
    const results: Published[] = [];
    const failed = await tryEach(provenByVersion(), async (version, wheels) => {
      console.log(`${version}: ${wheels.length} wheels`);
      const found = await findWheels([folderFor(version, wheels)]);
      const target = handedInTarget(found, {}, repository);
      results.push({ version, ...(await publishFound(found, target, { dryRun }, repository)) });
    });
    setOutput('versions', results.map(({ version }) => version).join(','));
    report(results, failed);
    if (failed.length > 0) throw notPublished(failed);
    return 0;
  },
);

function report(results: readonly Published[], failed: readonly string[]): void {
  const rows = results.flatMap(({ version, index, uploaded, alreadyThere, wouldUpload }) => {
    const as = (result: string) => (wheel: string) => ({ version, index, wheel, result });
    return [
      ...uploaded.map(as('uploaded')),
      ...alreadyThere.map(as('there already')),
      ...wouldUpload.map(as('dry run: would be uploaded')),
    ];
  });
  rows.forEach(({ wheel, result, index }) => console.log(`${wheel}: ${result} (${index})`));
  const lines = failed.map((version) => `**${version} failed**: the log of this job says why.`);
  const text = rows.length > 0 ? markdownTable(rows) : 'No verified wheel.';
  summarize(['## Published', text, ...lines].join('\n\n'));
}

function notPublished(failed: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'RELEASES_NOT_PUBLISHED',
    what: `not published, or only partly: ${failed.join(', ')}`,
    why: 'See the messages above.',
    next: 'Fix the cause and re-run the failed jobs: existing files are skipped, the rest is uploaded.',
  });
}
