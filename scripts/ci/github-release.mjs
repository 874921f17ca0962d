#!/usr/bin/env node
// Makes or completes the GitHub release of each version of this run. Its page is about every wheel that
// the index has of the version, those of earlier runs too.
import { setOutput, summarize } from './github-files.mjs';
import { nxJson } from './nx.mjs';
import { isTrue, step } from './step.mjs';
import { filesIn, folderOf } from './wheel-jobs.mjs';

const inputs = {
  dryRun: { about: 'true: say what would be done' },
  commit: { about: 'commit that a new tag is put on' },
};

await step(
  { file: 'github-release.mjs', about: 'Makes the GitHub releases of dist/ci/proven.', inputs },
  async ({ dryRun, commit }) => {
    const proven = folderOf('proven');
    const words = ['run', 'wheels:release-page', `--wheels=${proven}`];
    if (isTrue(dryRun)) words.push('--dryRun');
    if (commit) words.push(`--commit=${commit}`);
    const releases = filesIn(proven, '.whl').length > 0 ? await nxJson(words) : [];
    setOutput('releases', JSON.stringify(releases.map(({ version, url }) => ({ version, url }))));
    const lines = releases.map(({ version, url, uploaded }) => {
      const page = url ? `[${version}](${url})` : version;
      return `- ${page}: ${uploaded.length} files ${isTrue(dryRun) ? 'would be ' : ''}uploaded`;
    });
    summarize(['## GitHub release', lines.join('\n') || 'None.'].join('\n\n'));
  },
);
