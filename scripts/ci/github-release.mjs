#!/usr/bin/env node
// Makes or completes the GitHub release of each version of this run. Its page is about every wheel that
// the index has of the version, those of earlier runs too.
import { BootstrapError } from '../bootstrap-error.mjs';
import { setOutput, summarize } from './github-files.mjs';
import { nxJson } from './nx.mjs';
import { folderFor, provenByVersion } from './proven-wheels.mjs';
import { annotate, isTrue, itemsOf, step } from './step.mjs';

const inputs = {
  dryRun: { about: 'true: say what would be done' },
  commit: { about: 'commit that a new tag is put on' },
  versions: { about: 'versions that get a page, comma-separated: those published; all by default' },
};

await step(
  { file: 'github-release.mjs', about: 'Makes the GitHub releases of dist/ci/proven.', inputs },
  async ({ dryRun, commit, versions }) => {
    const words = ['run', 'wheels:release-page'];
    if (isTrue(dryRun)) words.push('--dryRun');
    if (commit) words.push(`--commit=${commit}`);
    const releases = [];
    const failed = [];
    for (const [version, wheels] of await provenByVersion()) {
      if (versions && !itemsOf(versions).includes(version)) continue;
      try {
        releases.push(...(await nxJson([...words, `--wheels=${folderFor(version, wheels)}`])));
      } catch (error) {
        failed.push(version);
        console.error(error.message);
        annotate('error', `${version}: ${error.message}`);
      }
    }
    setOutput('releases', JSON.stringify(releases.map(({ version, url }) => ({ version, url }))));
    const lines = releases.map(({ version, url, uploaded }) => {
      const page = url ? `[${version}](${url})` : version;
      return `- ${page}: ${uploaded.length} files ${isTrue(dryRun) ? 'would be ' : ''}uploaded`;
    });
    summarize(['## GitHub release', lines.join('\n') || 'None.'].join('\n\n'));
    if (failed.length > 0) throw notMade(failed);
  },
);

function notMade(failed) {
  return new BootstrapError({
    what: `no release page, or a part of one: ${failed.join(', ')}`,
    why: 'The messages above say why. What is on the index stays there.',
    next: 'Re-run the failed jobs, or later: from_run with the number of this run, and skip_pypi.',
  });
}
