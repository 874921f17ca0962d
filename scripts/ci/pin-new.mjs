#!/usr/bin/env node
// Pins upstream's new releases and proposes the pins: by a pull request, whose merge is what starts the
// release, or straight on the branch. A pin that was proposed already is left alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { capture, show } from '../processes.mjs';
import { fromExecutors } from './executors.mjs';
import { createPullRequest, startWorkflow } from './github-api.mjs';
import { markdownTable, setOutput, summarize } from './github-files.mjs';
import { nxJson, ROOT, runNx, versionWord } from './nx.mjs';
import { annotate, step } from './step.mjs';

const MODES = ['pull-request', 'push', 'off'];

const inputs = {
  pinMode: { about: `how pins are proposed: ${MODES.join(', ')}`, fallback: 'pull-request' },
  pinMinimum: { about: 'older releases are never new; the newest active pin by default' },
  pinExclude: { about: 'versions to pass over, comma-separated' },
  branch: { about: 'branch that is released from', fallback: 'main' },
};

await step(
  {
    file: 'pin-new.mjs',
    about: 'Pins new upstream releases: output ref, what to release.',
    inputs,
  },
  async (given) => {
    if (!MODES.includes(given.pinMode)) throw unknownMode(given.pinMode);
    const { pinned, failed } =
      given.pinMode === 'off' ? { pinned: [], failed: [] } : await pinNew(given);
    if (pinned.length === 0) console.log('no pin is new');
    else if (given.pinMode === 'push') await push(pinned, given);
    else await propose(pinned, given);
    setOutput('ref', await git('rev-parse', 'HEAD'));
    if (failed.length > 0) throw notPinned(failed);
  },
);

/**
 * Writes the pins of what is new, active, into the work tree. One that cannot be pinned does not keep
 * the others: it is there again in the next hour.
 */
async function pinNew({ pinMinimum, pinExclude }) {
  const minimum = pinMinimum || (await newestActive());
  const policy = [
    ...(minimum ? [`--minimum=${versionWord(minimum)}`] : []),
    ...(pinExclude ? [`--exclude=${versionWord(pinExclude)}`] : []),
  ];
  const check = await nxJson(['run', 'upstream:check', '--exitZero', ...policy]);
  report(check);
  const pinned = [];
  const failed = [];
  for (const { version } of check.new) {
    if (await exists(branchOf(version))) {
      console.log(`${version} is proposed already: branch ${branchOf(version)}`);
      continue;
    }
    try {
      pinned.push(await pinOne(version));
    } catch (error) {
      failed.push(version);
      console.error(error.message);
      annotate('error', `${version}: ${error.message}`);
    }
  }
  return { pinned, failed };
}

/** What came out before the newest release that is built is not new: years of it are on the tags. */
async function newestActive() {
  const { loadReleases } = await fromExecutors('sources/catalogue.ts');
  const { compare } = await import('@renovatebot/pep440');
  const active = loadReleases(ROOT).filter(({ release }) => release.active);
  return active
    .map(({ release }) => release.version)
    .sort(compare)
    .at(-1);
}

async function pinOne(version) {
  const [pin] = await nxJson(['run', 'upstream:pin', `--releases=${version}`]);
  const { status } = await runNx(['run', 'upstream:activate', `--release=${pin.name}`]);
  if (status !== 0) throw notActivated(pin.name);
  return pin;
}

/** Commits all pins on the branch. The next jobs of this run take the commit by its name. */
async function push(pinned, { branch }) {
  await commit(`feat(upstream): pin ${pinned.map(({ name }) => name).join(', ')}`, pinned);
  await gitShown('push', 'origin', `HEAD:refs/heads/${branch}`);
}

/** One branch and one pull request for each release; the work tree ends as it began. */
async function propose(pinned, { branch }) {
  const start = await git('rev-parse', 'HEAD');
  for (const pin of pinned) {
    const name = branchOf(pin.name);
    const title = `feat(upstream): pin ${pin.name}`;
    await commit(title, [pin]);
    await gitShown('push', 'origin', `HEAD:refs/heads/${name}`);
    await git('checkout', '--quiet', '--detach', start);
    try {
      const { url } = await createPullRequest({
        head: name,
        base: branch,
        title,
        body: bodyOf(pin),
      });
      console.log(`pull request: ${url}`);
    } catch (error) {
      // A branch without a pull request would count as proposed.
      await gitShown('push', 'origin', '--delete', name);
      throw error;
    }
    // GitHub starts no workflow for what a workflow's own token did, except when it is asked to.
    await startWorkflow('ci.yml', name);
  }
}

async function commit(message, pins) {
  await git('add', '--', ...pins.flatMap(filesOf));
  const who = ['-c', 'user.name=github-actions[bot]'];
  const mail = ['-c', 'user.email=41898282+github-actions[bot]@users.noreply.github.com'];
  await git(...who, ...mail, 'commit', '--quiet', '-m', message);
}

function branchOf(version) {
  return `pin/${version}`;
}

/** The pin, and the lock of its build environment. */
function filesOf({ name }) {
  return ['json', 'lock.txt']
    .map((ending) => `packages/upstream/releases/${name}.${ending}`)
    .filter((file) => existsSync(join(ROOT, file)));
}

async function exists(branch) {
  const argv = ['git', '-C', ROOT, 'ls-remote', '--exit-code', '--heads', 'origin', branch];
  return (await capture(argv)).status === 0;
}

async function git(...words) {
  const { status, printed } = await capture(['git', '-C', ROOT, ...words]);
  if (status === 0) return printed.trim();
  throw gitFailed(words, status);
}

async function gitShown(...words) {
  console.log(`$ git ${words.join(' ')}`);
  const status = await show(['git', '-C', ROOT, ...words]);
  if (status !== 0) throw gitFailed(words, status);
}

function report(check) {
  for (const { tag, pinned, commit: now } of check.moved) {
    annotate('warning', `${tag} moved: pinned ${pinned}, now ${now ?? 'gone'}. It is not built.`);
  }
  const rows = [
    ...check.new.map(({ version }) => ({ upstream: version, is: 'new' })),
    ...check.moved.map(({ tag }) => ({ upstream: tag, is: 'moved: find out why' })),
    ...check.passedOver.map(({ version, reason }) => ({ upstream: version, is: reason })),
  ];
  const text = rows.length > 0 ? markdownTable(rows) : 'Every release is pinned.';
  summarize(`## Upstream\n\n${text}`);
}

function bodyOf({ name, pin, notes }) {
  const { source } = pin;
  const facts = {
    ...(source.sdist ? { 'SHA-256': source.sdist.sha256 } : { commit: source.commit }),
    torch: source.torch['linux-x86_64'],
    oneDNN: source.oneDnn?.tag ?? 'none',
    Python: source.requiresPython,
    'x86-64 modules': source.modules?.['linux-x86_64'].map((each) => each.name).join(', ') ?? '_C',
    'instruction-set switches': source.isaInputs.join(', ') || 'none',
  };
  const rows = Object.entries(facts).map(([what, value]) => ({ what, value: `\`${value}\`` }));
  return [
    `Upstream released ${name}. This pin was read from its own files.`,
    markdownTable(rows),
    ...notes.map((note) => `- ${note}`),
    'Merging it starts the release: the pin is active. `npx nx run-many -t plan-' +
      `${name}\` on this branch says what a build would do.`,
  ].join('\n\n');
}

function unknownMode(mode) {
  return new BootstrapError({
    what: `PIN_MODE is ${JSON.stringify(mode)}`,
    why: `It can be ${MODES.join(', ')}.`,
    next: 'Correct the variable of the repository.',
  });
}

function notActivated(name) {
  return new BootstrapError({
    what: `the pin of ${name} could not be activated`,
    why: 'The message above has the reason.',
    next: `Run it on your machine: npx nx run upstream:pin --releases=${name}`,
  });
}

function notPinned(versions) {
  return new BootstrapError({
    what: `not pinned: ${versions.join(', ')}`,
    why: 'The messages above say why. The other releases were pinned.',
    next: 'Run it on your machine: npx nx run upstream:pin, or name the version in PIN_EXCLUDE.',
  });
}

function gitFailed(words, status) {
  return new BootstrapError({
    what: `git ${words.join(' ')} ended with ${status}`,
    why: 'For a push: the branch moved meanwhile, or it is protected against this workflow.',
    next: 'The next run tries again. A protected branch needs PIN_MODE=pull-request.',
  });
}
