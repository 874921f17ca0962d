import { chosenPlatforms, chosenReleases, chosenVariants } from '@vllm-cpu/commands/chosen';
import { withoutTagPrefix } from '@vllm-cpu/commands/release-option';
import { missingJobs } from '@vllm-cpu/commands/missing-jobs';
import { manylinuxImage } from '@vllm-cpu/image/container-build';
import type { MatrixJob } from '@vllm-cpu/pin/matrix';
import { releaseOfVersion } from '@vllm-cpu/publish/release-of-version';
import { pythonsIn } from '@vllm-cpu/python/python-versions';
import type { Repository } from '@vllm-cpu/commands/repository';
import { releaseNamed, variantNamed } from '@vllm-cpu/sources/catalogue';
import type { NamedRelease } from '@vllm-cpu/sources/catalogue';
import { linkedOneDnn } from '@vllm-cpu/sources/onednn-build';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { itemsOf } from '@vllm-cpu/system/list-items';
import { levelOf } from '@vllm-cpu/variant/model';
import { levelsIn } from '@vllm-cpu/variant/sums';
import { annotate, messageOf } from '../../actions/annotate.ts';
import { commitsWithArtifact } from '../../actions/github.ts';
import { markdownTable, setOutput, summarize } from '../../actions/github-files.ts';
import { ciRepository } from '../../repository.ts';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';

/** GitHub refuses a matrix of more jobs. */
const MOST_JOBS = 256;
const TRY_AGAIN = 'A new commit tries it again, and so does a run by hand.';

/** Decides what a release run builds: every wheel that is missing on the index. */
export const planRelease = defineStep(
  {
    name: 'plan-release',
    about: 'Plans a release run: outputs matrix, count, onednn, onednn-count.',
    inputs: {
      versions: { about: 'pins: names, versions, ranges; default: every active release' },
      suffix: { about: 'suffix of the published version, for example .post1; default: none' },
      variants: { about: 'short names of variants; default: all' },
      platforms: { about: 'linux-x86_64, linux-aarch64; default: both' },
      force: { about: 'true: build also what the index has; default: false', kind: 'flag' },
      tag: {
        about: 'a pushed tag such as v0.12.0.post1, instead of versions and suffix; default: none',
      },
      maxTries: {
        about: 'runs at one commit that try a wheel; a wheel that had them is held back',
        kind: 'number',
      },
      sha: { about: 'commit whose runs are counted' },
      pythons: { about: "Pythons of the install test; default: those of the pin's range" },
    },
  },
  async (given) => {
    const repository = ciRepository();
    const { releases, variants, settings } = repository;
    const chosen = given.tag ? fromTag(given.tag, releases) : given;
    const request = {
      releases: chosenReleases(chosen.versions, releases),
      variants: chosenVariants(given.variants, variants),
      platforms: chosenPlatforms(given.platforms),
      suffix: chosen.suffix || settings.suffix,
      force: given.force,
    };
    const missing = await missingJobs(request, repository);
    const tried = await withoutHeldBack(missing, given.maxTries, given.sha);
    if (tried.length > MOST_JOBS) {
      annotate('notice', `${tried.length - MOST_JOBS} wheels are left to the next run`);
    }
    const jobs = tried.slice(0, MOST_JOBS).map((job) => ({
      ...job,
      id: idOf(job),
      image: manylinuxImage(ROOT, job.platform),
      python: job.python ?? '',
      pythons: pythonsOf(job, itemsOf(given.pythons), releases).join(','),
      suffix: chosen.suffix ?? '',
      onednn: oneDnnOf(job, repository) ?? '',
    }));
    setOutput('matrix', JSON.stringify({ include: jobs }));
    setOutput('count', jobs.length);
    const libraries = librariesOf(jobs);
    setOutput('onednn', JSON.stringify({ include: libraries }));
    setOutput('onednn-count', libraries.length);
    report(jobs);
    return 0;
  },
);

/**
 * The jobs less those that `maxTries` runs tried at this very commit: what fails every time must not take
 * the minutes of every hour. Each run that tried to build a wheel left an artifact with its state.
 */
async function withoutHeldBack(
  jobs: readonly MatrixJob[],
  maxTries: number | undefined,
  sha: string | undefined,
): Promise<readonly MatrixJob[]> {
  if (!maxTries) return jobs;
  const kept: MatrixJob[] = [];
  for (const job of jobs) {
    const tries = await triesOf(idOf(job), sha);
    if (tries < maxTries) kept.push(job);
    else {
      const said = `${idOf(job)} is held back: ${tries} runs tried it at this commit.`;
      annotate('warning', `${said} ${TRY_AGAIN}`);
    }
  }
  return kept;
}

async function triesOf(id: string, sha: string | undefined): Promise<number> {
  try {
    const commits = await commitsWithArtifact(`state-build-${id}`);
    return commits.filter((commit) => commit === sha).length;
  } catch (error) {
    annotate('warning', `how often ${id} was tried is not known: ${messageOf(error)}`);
    return 0;
  }
}

/** Name of the oneDNN build that a wheel links; undefined where it links none of its own task. */
function oneDnnOf(
  { variant, release: pin, platform }: MatrixJob,
  { variants, releases }: Repository,
): string | undefined {
  const release = releaseNamed(releases, pin);
  // Of a sum the lowest level may link none.
  const linked = levelsIn(variantNamed(variants, variant), platform, variants).flatMap((each) => {
    const level = levelOf(each, platform);
    return (level && linkedOneDnn({ release, level, platform }, releases)?.name) ?? [];
  });
  return linked[0];
}

interface Library {
  name: string;
  platform: string;
  runner: string;
  image: string;
}

/** Each oneDNN that the wheels link, once for each platform: compiled before them. */
function librariesOf(jobs: readonly (Omit<Library, 'name'> & { onednn: string })[]): Library[] {
  const libraries = new Map<string, Library>();
  for (const { onednn: name, platform, runner, image } of jobs) {
    if (name) libraries.set(`${name} ${platform}`, { name, platform, runner, image });
  }
  return [...libraries.values()];
}

/** The pin and the suffix that a tag names: v0.12.0.post1 is the pin 0.12.0 and .post1. */
function fromTag(
  tag: string,
  releases: readonly NamedRelease[],
): { versions: string; suffix: string } {
  const version = withoutTagPrefix(tag);
  const found = releaseOfVersion(version, releases)?.release.version;
  if (found) return { versions: found, suffix: version.slice(found.length) };
  throw new VllmCpuError({
    code: 'TAG_OF_NO_PIN',
    what: `no pinned release for tag ${tag}`,
    why: `Pinned: ${releases.map(({ release }) => release.version).join(', ')}. A tag is v followed by such a version and an optional suffix.`,
    next: `Pin it first: npx nx run upstream:pin --releases="${version}"`,
  });
}

/** Pythons of the install test: the one that the wheel is for, else those chosen, else the pin's. */
function pythonsOf(
  job: MatrixJob,
  chosen: readonly string[],
  releases: readonly NamedRelease[],
): readonly string[] {
  if (job.python) return [job.python];
  if (chosen.length > 0) return chosen;
  return pythonsIn(releaseNamed(releases, job.release).source.requiresPython);
}

/** Name of the wheel's artifacts. */
function idOf({ variant, version, platform, python }: MatrixJob): string {
  return [variant, version, platform, ...(python ? [`py${python}`] : [])].join('-');
}

function report(jobs: readonly MatrixJob[]): void {
  const table = jobs.map(({ project, version, platform, runner, equivalentTo }) => ({
    wheel: project,
    version,
    platform,
    runner,
    note: equivalentTo ? `from ${equivalentTo}'s compile` : '',
  }));
  console.log(jobs.length === 0 ? 'nothing to build' : `${jobs.length} wheels to build`);
  const text = jobs.length === 0 ? 'The index has every wheel.' : markdownTable(table);
  summarize(`## To build\n\n${text}`);
}
