#!/usr/bin/env node
// Uploads the proven wheels, release by release. A release that fails does not stop the next one.
import { BootstrapError } from '../bootstrap-error.mjs';
import { markdownTable, setOutput, summarize } from './github-files.mjs';
import { nxJson } from './nx.mjs';
import { folderFor, provenByVersion } from './proven-wheels.mjs';
import { annotate, isTrue, step } from './step.mjs';

const inputs = { dryRun: { about: 'true: decide and print, send nothing' } };

await step(
  {
    file: 'publish.mjs',
    about: 'Publishes the wheels of dist/ci/proven: output versions, those that went well.',
    inputs,
  },
  async ({ dryRun }) => {
    const dry = isTrue(dryRun);
    const results = [];
    const failed = [];
    for (const [version, wheels] of await provenByVersion()) {
      console.log(`${version}: ${wheels.length} wheels`);
      try {
        const words = ['run', 'wheels:publish', `--wheels=${folderFor(version, wheels)}`];
        const result = await nxJson(dry ? [...words, '--dryRun'] : words);
        results.push({ version, ...result });
      } catch (error) {
        failed.push(version);
        console.error(error.message);
        annotate('error', `${version}: ${error.message}`);
      }
    }
    setOutput('versions', results.map(({ version }) => version).join(','));
    report(results, failed);
    if (failed.length > 0) throw notPublished(failed);
  },
);

function report(results, failed) {
  const rows = results.flatMap(({ version, index, uploaded, alreadyThere, wouldUpload }) => [
    ...uploaded.map((wheel) => ({ version, index, wheel, result: 'uploaded' })),
    ...alreadyThere.map((wheel) => ({ version, index, wheel, result: 'there already' })),
    ...wouldUpload.map((wheel) => ({
      version,
      index,
      wheel,
      result: 'dry run: would be uploaded',
    })),
  ]);
  rows.forEach(({ wheel, result, index }) => console.log(`${wheel}: ${result} (${index})`));
  const lines = failed.map((version) => `**${version} failed**: the log of this job says why.`);
  const text = rows.length > 0 ? markdownTable(rows) : 'No proven wheel.';
  summarize(['## Published', text, ...lines].join('\n\n'));
}

function notPublished(failed) {
  return new BootstrapError({
    what: `not published, or in part: ${failed.join(', ')}`,
    why: 'The messages above say why.',
    next: 'Mend that and re-run the failed jobs: what is on the index is skipped, the rest is sent.',
  });
}
