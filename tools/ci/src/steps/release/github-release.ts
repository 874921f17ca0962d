import { releasePages } from '@vllm-cpu/commands/release-pages';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { itemsOf } from '@vllm-cpu/system/list-items';
import { tryEach } from '../../actions/annotate.ts';
import { setOutput, summarize } from '../../actions/github-files.ts';
import { folderFor, provenByVersion } from '../../wheels/proven-wheels.ts';
import { ciRepository } from '../../repository.ts';
import { defineStep } from '../../step.ts';

type Page = Awaited<ReturnType<typeof releasePages>>[number];

/**
 * Makes or completes the GitHub release of each version of this run. Its page is about every wheel that
 * the index has of the version, those of earlier runs too.
 */
export const githubRelease = defineStep(
  {
    name: 'github-release',
    about: 'Creates the GitHub releases of dist/ci/proven.',
    inputs: {
      dryRun: { about: 'true: only print what would be done; default: false', kind: 'flag' },
      commit: { about: 'commit that a new tag is put on' },
      versions: {
        about: 'versions that get a GitHub release, comma-separated; default: all',
      },
    },
  },
  async ({ dryRun, commit, versions }) => {
    const options = { dryRun, ...(commit ? { commit } : {}) };
    const repository = ciRepository();
    const pages: Page[] = [];
    const failed = await tryEach(provenByVersion(), async (version, wheels) => {
      if (versions && !itemsOf(versions).includes(version)) return;
      pages.push(...(await releasePages(folderFor(version, wheels), options, repository)));
    });
    setOutput('releases', JSON.stringify(pages.map(({ version, url }) => ({ version, url }))));
    const lines = pages.map(({ version, url, uploaded }) => {
      const page = url ? `[${version}](${url})` : version;
      return `- ${page}: ${uploaded.length} files ${options.dryRun ? 'would be ' : ''}uploaded`;
    });
    summarize(['## GitHub release', lines.join('\n') || 'None.'].join('\n\n'));
    if (failed.length > 0) throw notMade(failed);
    return 0;
  },
);

function notMade(failed: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'RELEASE_PAGES_NOT_MADE',
    what: `GitHub release missing or incomplete: ${failed.join(', ')}`,
    why: 'See the messages above. Files on the index are not affected.',
    next: 'Re-run the failed jobs, or start a run later with from_run set to the number of this run, and skip_pypi.',
  });
}
