import { compare } from '@renovatebot/pep440';
import { compareUpstream } from '@vllm-cpu/commands/compare-upstream';
import { pin } from '@vllm-cpu/commands/pin';
import { releasesDir } from '@vllm-cpu/commands/upstream-access';
import type { UpstreamCheck } from '@vllm-cpu/pin/check-releases';
import { activate } from '@vllm-cpu/pin/edit-pin';
import type { PinResult } from '@vllm-cpu/pin/write-pin';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { annotate, tryEach } from '../../actions/annotate.ts';
import { commitPins, currentCommit, hasBranch, pushPins } from '../../programs/git.ts';
import { markdownTable, setOutput, summarize } from '../../actions/github-files.ts';
import { proposePin, branchOf } from './propose-pin.ts';
import { ciRepository } from '../../repository.ts';
import { defineStep } from '../../step.ts';

const MODES = ['pull-request', 'push', 'off'];

/**
 * Pins upstream's new releases and proposes the pins: by a pull request, whose merge is what starts the
 * release, or straight on the branch. A pin that was proposed already is left alone.
 */
export const pinNew = defineStep(
  {
    name: 'pin-new',
    about: 'Pins new upstream releases: output ref, what to release.',
    inputs: {
      pinMode: { about: `how pins are proposed: ${MODES.join(', ')}`, fallback: 'pull-request' },
      pinMinimum: { about: 'older releases are never new; default: the newest active release' },
      pinExclude: { about: 'versions to pass over, comma-separated; default: none' },
      branch: { about: 'branch that is released from', fallback: 'main' },
    },
  },
  async (given) => {
    if (!MODES.includes(given.pinMode)) throw unknownMode(given.pinMode);
    const { pinned, failed } =
      given.pinMode === 'off' ? { pinned: [], failed: [] } : await pinAll(given);
    if (pinned.length === 0) console.log('no pin is new');
    else if (given.pinMode === 'push') await push(pinned, given.branch);
    else await propose(pinned, given.branch);
    setOutput('ref', await currentCommit());
    if (failed.length > 0) throw notPinned(failed);
    return 0;
  },
);

/**
 * Writes the pins of what is new, active, into the work tree. One that cannot be pinned does not keep
 * the others: it is there again in the next hour.
 */
async function pinAll(given: {
  pinMinimum: string | undefined;
  pinExclude: string | undefined;
}): Promise<{ pinned: PinResult[]; failed: string[] }> {
  const repository = ciRepository();
  const minimum = given.pinMinimum ?? newestActive();
  const check = await compareUpstream({ minimum, exclude: given.pinExclude }, repository);
  report(check);
  const pinned: PinResult[] = [];
  const versions = check.new.map((release) => [release.version, release] as const);
  const failed = await tryEach(versions, async (version) => {
    if (await hasBranch(branchOf(version))) {
      console.log(`${version} is proposed already: branch ${branchOf(version)}`);
      return;
    }
    const [result] = await pin({ releases: version }, repository);
    if (!result) return;
    const { name } = result;
    await activate({ releasesDir: releasesDir(repository), release: name, active: true });
    pinned.push(result);
  });
  return { pinned, failed };
}

/** What came out before the newest release that is built is not new: years of it are on the tags. */
function newestActive(): string | undefined {
  const active = ciRepository().releases.filter(({ release }) => release.active);
  return active
    .map(({ release }) => release.version)
    .sort(compare)
    .at(-1);
}

/** Commits all pins on the branch. The next jobs of this run take the commit by its name. */
async function push(pinned: readonly PinResult[], branch: string): Promise<void> {
  const names = pinned.map(({ name }) => name);
  await commitPins(`feat(upstream): pin ${names.join(', ')}`, names);
  await pushPins(`HEAD:refs/heads/${branch}`);
}

/** One branch and one pull request for each release; the work tree ends as it began. */
async function propose(pinned: readonly PinResult[], branch: string): Promise<void> {
  const start = await currentCommit();
  for (const result of pinned) await proposePin(result, start, branch);
}

function report(check: UpstreamCheck): void {
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

function unknownMode(mode: string): VllmCpuError {
  return new VllmCpuError({
    code: 'PIN_MODE_UNKNOWN',
    what: `PIN_MODE is ${JSON.stringify(mode)}`,
    why: `Allowed values: ${MODES.join(', ')}.`,
    next: 'Fix the variable of the repository.',
  });
}

function notPinned(versions: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'RELEASES_NOT_PINNED',
    what: `not pinned: ${versions.join(', ')}`,
    why: 'See the messages above. The other releases were pinned.',
    next: 'Run npx nx run upstream:pin locally, or add the version to PIN_EXCLUDE.',
  });
}
