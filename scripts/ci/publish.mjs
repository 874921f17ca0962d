#!/usr/bin/env node
// Uploads the proven wheels, release by release. A release that fails does not stop the next one.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { fromExecutors } from './executors.mjs';
import { markdownTable, setOutput, summarize } from './github-files.mjs';
import { nxJson } from './nx.mjs';
import { annotate, isTrue, step } from './step.mjs';
import { filesIn, folderOf } from './wheel-jobs.mjs';

const inputs = { dryRun: { about: 'true: decide and print, send nothing' } };

await step(
  {
    file: 'publish.mjs',
    about: 'Publishes the wheels of dist/ci/proven: output published.',
    inputs,
  },
  async ({ dryRun }) => {
    const dry = isTrue(dryRun);
    const results = [];
    const failed = [];
    for (const [version, wheels] of await byVersion()) {
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
    setOutput('published', JSON.stringify(results));
    report(results, failed);
    if (failed.length > 0) throw notPublished(failed);
  },
);

/** The preflight is about all wheels of one version; different ones may have different indexes. */
async function byVersion() {
  const { parseWheelFileName } = await fromExecutors('wheel/file-name.ts');
  const groups = new Map();
  for (const path of filesIn(folderOf('proven'), '.whl')) {
    const { version } = parseWheelFileName(basename(path));
    groups.set(version, [...(groups.get(version) ?? []), path]);
  }
  return groups;
}

/** A folder with these wheels, and what lies beside each: its report, its attestation. */
function folderFor(version, wheels) {
  const folder = join(folderOf('publish'), version);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const wheel of wheels) {
    const attestation = filesIn(folderOf('proven'), `${basename(wheel)}.publish.attestation`);
    const report = wheel.replace(/\.whl$/, '.report.json');
    for (const file of [wheel, report, ...attestation]) cpSync(file, join(folder, basename(file)));
  }
  return folder;
}

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
