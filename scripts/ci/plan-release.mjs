#!/usr/bin/env node
// Decides what a release run builds: every wheel that is missing on the index.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { fromExecutors } from './executors.mjs';
import { commitsWithArtifact } from './github-api.mjs';
import { markdownTable, setOutput, summarize } from './github-files.mjs';
import { nxJson, ROOT, versionWord } from './nx.mjs';
import { annotate, isTrue, itemsOf, step } from './step.mjs';

/** GitHub refuses a matrix of more jobs. */
const MOST_JOBS = 256;

const TRY_AGAIN = 'A new commit tries it again, and so does a run by hand.';

const inputs = {
  versions: { about: 'pins: names, versions, ranges; every active one by default' },
  postfix: { about: 'postfix of the published version, for example .post1' },
  variants: { about: 'short names of variants; all by default' },
  platforms: { about: 'linux-x86_64, linux-aarch64; both by default' },
  force: { about: 'true: build what the index has, too' },
  tag: { about: 'a pushed tag such as v0.12.0.post1, in the place of versions and postfix' },
  maxTries: { about: 'runs at one commit that try a wheel; a wheel that had them is held back' },
  sha: { about: 'the commit that tries are counted at' },
  pythons: { about: "Pythons of the install test; those of the pin's range by default" },
};

await step(
  {
    file: 'plan-release.mjs',
    about: 'Plans a release run: outputs matrix, count, onednn, onednn-count.',
    inputs,
  },
  async (given) => {
    const tools = await fromExecutors(
      'sources/catalogue.ts',
      'sources/onednn-build.ts',
      'publish/next-postfix.ts',
    );
    const releases = tools.loadReleases(ROOT);
    const variants = tools.loadVariants(ROOT);
    const chosen = given.tag ? fromTag(given.tag, releases, tools.isVersionOf) : given;
    const words = ['run', 'upstream:matrix'];
    if (chosen.versions) words.push(`--releases=${versionWord(chosen.versions)}`);
    if (chosen.postfix) words.push(`--postfix=${chosen.postfix}`);
    if (given.variants) words.push(`--variants=${given.variants}`);
    if (given.platforms) words.push(`--platforms=${given.platforms}`);
    if (isTrue(given.force)) words.push('--force');
    const { include } = await nxJson(words);
    const { pythonsOf } = await supportedPythons();
    const tried = await withoutHeldBack(include, given);
    const oneDnnOf = (job, release) => {
      const { platforms } = tools.variantNamed(variants, job.variant);
      const subject = { release, level: platforms[job.platform], platform: job.platform };
      return tools.linkedOneDnn(subject, releases);
    };
    const jobs = tried.slice(0, MOST_JOBS).map((job) => {
      const { release } = releases.find(({ name }) => name === job.release);
      const chosenPythons = itemsOf(given.pythons);
      const all = pythonsOf(release.source.requiresPython);
      return {
        ...job,
        id: idOf(job),
        image: imageOf(job.platform),
        python: job.python ?? '',
        pythons: job.python ?? (chosenPythons.length > 0 ? chosenPythons : all).join(','),
        postfix: chosen.postfix ?? '',
        onednn: oneDnnOf(job, release)?.name ?? '',
      };
    });
    if (tried.length > MOST_JOBS) {
      annotate('notice', `${tried.length - MOST_JOBS} wheels are left to the next run`);
    }
    setOutput('matrix', JSON.stringify({ include: jobs }));
    setOutput('count', jobs.length);
    const libraries = librariesOf(jobs);
    setOutput('onednn', JSON.stringify({ include: libraries }));
    setOutput('onednn-count', libraries.length);
    report(jobs);
  },
);

/**
 * The jobs less those that `maxTries` runs tried at this very commit: what fails every time must not take
 * the minutes of every hour. Each run that tried to build a wheel left an artifact with its state.
 */
async function withoutHeldBack(jobs, { maxTries, sha }) {
  if (!maxTries) return jobs;
  const kept = [];
  for (const job of jobs) {
    const id = idOf(job);
    let tries = 0;
    try {
      const commits = await commitsWithArtifact(`state-build-${id}`);
      tries = commits.filter((commit) => commit === sha).length;
    } catch (error) {
      annotate('warning', `how often ${id} was tried is not known: ${error.message}`);
    }
    if (tries < Number(maxTries)) kept.push(job);
    else
      annotate(
        'warning',
        `${id} is held back: ${tries} runs tried it at this commit. ${TRY_AGAIN}`,
      );
  }
  return kept;
}

/** Each oneDNN that the wheels link, once for each platform: compiled before them. */
function librariesOf(jobs) {
  const libraries = new Map();
  for (const { onednn: name, platform, runner, image } of jobs) {
    if (name) libraries.set(`${name} ${platform}`, { name, platform, runner, image });
  }
  return [...libraries.values()];
}

/** The pin and the postfix that a tag names: v0.12.0.post1 is the pin 0.12.0 and .post1. */
function fromTag(tag, releases, isVersionOf) {
  const version = tag.replace(/^v/, '');
  const versions = releases.map(({ release }) => release.version);
  // Upstream has post-releases of its own, which go before a postfix of ours.
  const found =
    versions.find((each) => each === version) ??
    versions.find((each) => isVersionOf(each, version));
  if (found) return { versions: found, postfix: version.slice(found.length) };
  throw new BootstrapError({
    what: `the tag ${tag} belongs to no pinned release`,
    why: `Pinned are ${versions.join(', ')}; a tag is v, such a version, and a postfix or none.`,
    next: `Pin it first: npx nx run upstream:pin --releases="${version}"`,
  });
}

/** CPython's versions that a range of a pin allows. */
async function supportedPythons() {
  const { satisfies } = await import('@renovatebot/pep440');
  const minors = Array.from({ length: 12 }, (_, index) => `3.${index + 9}`);
  return {
    pythonsOf: (range) => minors.filter((python) => satisfies(`${python}.0`, range)),
  };
}

/** Name of the wheel's artifacts. */
function idOf({ variant, version, platform, python }) {
  return [variant, version, platform, ...(python ? [`py${python}`] : [])].join('-');
}

/** The container that compiles: manylinux_2_28 by digest. */
function imageOf(platform) {
  const images = JSON.parse(readFileSync(join(ROOT, '.github', 'build-images.json'), 'utf8'));
  if (images[platform]) return images[platform].image;
  throw new BootstrapError({
    what: `there is no build image for ${platform}`,
    why: '.github/build-images.json has one for each platform that wheels are built on.',
    next: 'Add it there.',
  });
}

function report(jobs) {
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
