#!/usr/bin/env node
// Makes or completes the GitHub release of each version of this run. Its page is about every wheel that
// the index has of the version: those of earlier runs are downloaded, and proven where their report is
// missing on the page.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { fromExecutors } from './executors.mjs';
import { setOutput, summarize } from './github-files.mjs';
import { ROOT, runNx } from './nx.mjs';
import { isTrue, step } from './step.mjs';
import { filesIn, folderOf } from './wheel-jobs.mjs';

const inputs = {
  dryRun: { about: 'true: say what would be done' },
  commit: { about: 'commit that a new tag is put on' },
};

await step(
  { file: 'github-release.mjs', about: 'Makes the GitHub releases of dist/ci/proven.', inputs },
  async (given) => {
    const tools = await fromExecutors(
      ...['executors/repository.ts', 'executors/publish/publication.ts', 'wheel/version.ts'],
      ...['publish/expected-release.ts', 'publish/find-wheels.ts', 'publish/github-client.ts'],
      ...['publish/github-release.ts', 'publish/github-settings.ts', 'publish/index-url.ts'],
      ...['publish/next-postfix.ts', 'publish/publish-tools.ts', 'publish/release-assets.ts'],
      ...['publish/release-notes.ts'],
    );
    const releases = [];
    for (const [version, wheels] of await byVersion(tools)) {
      const made = await releaseOf(version, wheels, given, tools);
      if (made) releases.push(made);
    }
    setOutput('releases', JSON.stringify(releases));
    const lines = releases.map(({ version, url, uploaded }) => {
      const page = url ? `[${version}](${url})` : version;
      return `- ${page}: ${uploaded.length} files ${isTrue(given.dryRun) ? 'would be ' : ''}uploaded`;
    });
    summarize(['## GitHub release', lines.join('\n') || 'None.'].join('\n\n'));
  },
);

async function byVersion({ findWheels }) {
  const groups = new Map();
  const paths = filesIn(folderOf('proven'), '.whl');
  if (paths.length === 0) return groups;
  for (const wheel of (await findWheels([folderOf('proven')])).wheels) {
    groups.set(wheel.version, [...(groups.get(wheel.version) ?? []), wheel]);
  }
  return groups;
}

async function releaseOf(version, wheels, { dryRun, commit }, tools) {
  const repository = tools.openRepository(ROOT);
  const { release } = repository.releases.find(
    (each) => each.release.version === version || tools.isVersionOf(each.release.version, version),
  );
  const { retries } = tools.createPublishTools({ ...repository, env: {}, print: console.log });
  const settings = {
    ...tools.githubSettings(repository.settings.env),
    retries,
    print: console.log,
  };
  const embedded = release.source.kind === 'embedded';
  if (embedded && !isHere(settings.baseUrl, tools)) {
    console.log(`no GitHub release of ${version}: the embedded upstream is for trying out`);
    return undefined;
  }
  const client = tools.createGithubClient(settings);
  const tag = `v${version}`;
  const existing = await client.find(tag);
  const onPage = existing ? (await client.assets(existing)).map(({ name }) => name) : [];
  const earlier = await earlierWheels(version, wheels, embedded, repository, tools);
  const all = [...wheels, ...earlier];
  const missing = earlier.filter(({ fileName }) => !onPage.includes(fileName));
  const request = {
    tag,
    title: `vLLM ${version} for CPUs`,
    notes: notesOf(version, all, release, repository, tools),
    prerelease: tools.parseVersion(version).isPrerelease,
    commit,
    wheels: [...wheels, ...missing],
    assets: await assetsOf([...wheels, ...missing], await prove(missing, version), onPage, tools),
  };
  const result = await tools.publishRelease(request, settings, { dryRun: isTrue(dryRun) });
  if (existing && !isTrue(dryRun)) await rewriteNotes(existing.id, request.notes, settings);
  return { version, url: result.url ?? null, uploaded: result.uploaded };
}

function isHere(baseUrl, { isLoopback }) {
  return baseUrl !== undefined && isLoopback(new URL(baseUrl).hostname);
}

/** Wheels of this version that the index has and this run did not make, downloaded. */
async function earlierWheels(version, wheels, embedded, repository, tools) {
  const target = tools.targetOf({}, repository, version, embedded);
  const index = await tools.openIndex(target, await tools.publishTools({}, repository));
  const folder = join(folderOf('earlier'), version);
  rmSync(folder, { recursive: true, force: true });
  const names = new Set(wheels.map(({ fileName }) => fileName));
  const { writeAtomically } = await fromExecutors('system/files.ts');
  const { sha256 } = await fromExecutors('system/digest.ts');
  for (const { distribution } of repository.variants) {
    const { files } = await index.project(distribution);
    for (const file of files) {
      const { fileName } = file;
      if (!fileName.endsWith('.whl') || tools.versionOfFile(fileName) !== version) continue;
      if (names.has(fileName)) continue;
      console.log(`downloading ${fileName}, which an earlier run published`);
      const content = await index.download(file);
      if (file.sha256 !== undefined && sha256(content) !== file.sha256) throw damaged(fileName);
      mkdirSync(folder, { recursive: true });
      await writeAtomically(join(folder, fileName), content);
    }
  }
  if (filesIn(folder, '.whl').length === 0) return [];
  return (await tools.findWheels([folder])).wheels;
}

/** The folders of reports: of this run's wheels, and new ones of those that the page lacks. */
async function prove(missing, version) {
  if (missing.length === 0) return [folderOf('proven')];
  const folder = join(folderOf('earlier'), `${version}-proven`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { path } of missing) cpSync(path, join(folder, basename(path)));
  const { status } = await runNx([
    'run',
    'wheels:verify',
    `--wheels=${folder}`,
    '--outputStyle=stream',
  ]);
  if (status === 0) return [folderOf('proven'), folder];
  throw new BootstrapError({
    what: `a published wheel of ${version} does not pass the checks of today`,
    why: 'The tables above say what was found. The release page was not changed.',
    next: 'Look at the wheel; if it is bad, yank it and publish the next postfix (docs/operate.md).',
  });
}

/** Wheels and reports; the report that the page has of a wheel stays the one that it is. */
async function assetsOf(wheels, folders, onPage, { findWheels, wheelAssets }) {
  const { verified } = await findWheels(folders);
  const assets = await wheelAssets(wheels, verified);
  return assets.filter(({ name }) => !name.endsWith('.json') || !onPage.includes(name));
}

function notesOf(version, wheels, release, { variants }, { releaseNotes }) {
  const page = release.source.repository?.replace(/\.git$/, '');
  const url = page ? `${page}/releases/tag/${release.source.tag}` : null;
  return releaseNotes({
    version,
    wheels,
    variants,
    upstream: { version: release.version, url },
    licence: 'Apache-2.0',
    equivalences: new Map(release.equivalences.map(({ variant, to }) => [variant, to])),
  });
}

/** A page that was made when wheels were missing speaks of all of them now. */
async function rewriteNotes(id, body, { owner, repository, token, baseUrl }) {
  const { Octokit } = await import('@octokit/rest');
  const octokit = new Octokit({ auth: token, ...(baseUrl ? { baseUrl } : {}) });
  await octokit.rest.repos.updateRelease({ owner, repo: repository, release_id: id, body });
}

function damaged(fileName) {
  return new BootstrapError({
    what: `${fileName} came from the index with other bytes than it lists`,
    why: 'A cut download, or something between here and the index that changes files.',
    next: 'Re-run this job.',
  });
}
