import { isVersionOf, parseVersion } from '@vllm-cpu/wheel/version';
import { credentialsHint } from '../credentials.ts';
import { isBuiltIn } from '@vllm-cpu/index/upload-repository';
import { formatSize } from '@vllm-cpu/system/format-size';
import { proofProblems } from '@vllm-cpu/wheel/proof';
import type { Problem } from '@vllm-cpu/wheel/proof';
import { findSuffixes, versionOfFile } from '@vllm-cpu/index/next-suffix';
import type { Credentials } from '../credentials.ts';
import { DETECTOR_PROJECT } from './expected-release.ts';
import type { ExpectedRelease } from './expected-release.ts';
import type { IndexLimits } from '@vllm-cpu/index/index-limits';
import type { IndexTarget } from '@vllm-cpu/index/index-target';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { ProjectPage } from '@vllm-cpu/index/simple-page';
import type { VerifiedWheel } from '@vllm-cpu/wheel/verified-wheel';

/** What is to be done with one wheel. */
export type Verdict =
  | { action: 'upload' }
  /** The index has the same bytes already. */
  | { action: 'skip' }
  | { action: 'refuse'; problems: readonly Problem[] };

/** Everything that the verdict on one wheel depends on. */
export interface Evidence {
  target: IndexTarget;
  page: ProjectPage;
  /** Pages of the other projects of this run: all packages have the same versions. */
  siblings: readonly ProjectPage[];
  /** Digest of the file that the index has under this name. */
  listedSha256: string | undefined;
  /** Bytes of the project's other wheels that are to be uploaded as well. */
  newBytes: number;
  verified: VerifiedWheel | undefined;
  /** Undefined where the report names a release that is not pinned. */
  release: ExpectedRelease | undefined;
  credentials: Credentials | undefined;
  /** An attestation (PEP 740) lies beside the wheel. */
  attested: boolean;
  limits: IndexLimits;
  now: Date;
  /** Nothing will be sent: what only sending needs is not a reason to refuse. */
  dryRun: boolean;
}

/** Decides about one wheel. Pure; every problem is found, not only the first. */
export function judgeWheel(wheel: PublishableWheel, evidence: Evidence): Verdict {
  const identity = [...proofProblems(wheel, evidence), ...releaseProblems(wheel, evidence)];
  const same = evidence.listedSha256 === wheel.sha256;
  if (same && identity.length === 0) return { action: 'skip' };
  const problems = same ? identity : [...identity, ...indexProblems(wheel, evidence)];
  return problems.length > 0 ? { action: 'refuse', problems } : { action: 'upload' };
}

function releaseProblems(wheel: PublishableWheel, evidence: Evidence): Problem[] {
  const { verified, release, target } = evidence;
  if (!verified || verified.release === null) return [];
  if (!release) {
    const what = `verified for the release ${verified.release}, which is not pinned`;
    return [{ code: 'RELEASE_UNKNOWN', what, next: 'Pin it: npx nx run upstream:pin' }];
  }
  const problems: Problem[] = [];
  const version = parseVersion(wheel.version);
  if (!isVersionOf(parseVersion(release.version).public, version.public)) {
    const what = `version ${wheel.version} is not one of release ${release.version}`;
    problems.push({ code: 'OTHER_VERSION', what, next: 'Use the wheels of this release.' });
  }
  if (version.local !== undefined) {
    const what = `the local version +${version.local} is refused by package indexes`;
    problems.push({ code: 'LOCAL_VERSION', what, next: 'Build the wheel again.' });
  }
  // The sample has no code that needs torch.
  if (!release.embedded && !sameTorch(wheel.torch ?? null, release.torch)) {
    problems.push({
      code: 'OTHER_TORCH',
      what: `built against torch ${wheel.torch ?? '(not recorded)'}, but the pin has ${release.torch ?? '(none)'}`,
      next: 'Build it in an environment with the pinned torch (unset VLLM_CPU_PYTHON).',
    });
  }
  if (release.embedded && !target.isLocal) {
    const what = `refusing to publish the embedded sample to ${target.label}`;
    const next = 'Publish it to file:<directory> or to an index on this machine.';
    problems.push({ code: 'SAMPLE_NOT_FOR_THIS_INDEX', what, next });
  }
  return problems;
}

/** A distributor's build of the pinned torch counts as the pinned one: 2.9.1 and 2.9.1+cpu. */
function sameTorch(built: string | null, pinned: string | null): boolean {
  if (built === null || pinned === null) return built === pinned;
  return parseVersion(built).public === parseVersion(pinned).public;
}

function indexProblems(wheel: PublishableWheel, evidence: Evidence): Problem[] {
  return [
    ...nameProblems(wheel, evidence),
    ...sizeProblems(wheel, evidence),
    ...loginProblems(wheel, evidence),
    ...attestationProblems(evidence),
  ];
}

function nameProblems(wheel: PublishableWheel, evidence: Evidence): Problem[] {
  const { page, limits, now, target } = evidence;
  const next = newVersion(wheel, evidence);
  if (evidence.listedSha256 !== undefined) {
    const what = `${target.label} has this file name with other bytes (sha256 ${evidence.listedSha256.slice(0, 12)}...)`;
    return [{ code: 'FILE_EXISTS_WITH_OTHER_BYTES', what, next }];
  }
  const age = ageInDays(page, parseVersion(wheel.version).public, now);
  if (limits.releaseAge === undefined || age === undefined || age <= limits.releaseAge) return [];
  const what = `this release is ${Math.floor(age)} days old, and the index takes new files for ${limits.releaseAge} days only`;
  return [{ code: 'RELEASE_TOO_OLD', what, next }];
}

function newVersion(wheel: PublishableWheel, { page, siblings, release }: Evidence): string {
  if (wheel.project === DETECTOR_PROJECT) {
    return 'Publish it as a new version: raise the one in packages/cpu-detect/package.json.';
  }
  const base = release?.version ?? parseVersion(wheel.version).public;
  const { nextFree } = findSuffixes(base, [page, ...siblings], release?.pinned);
  return nextFree
    ? `Publish it as a new version: retag with --suffix=${nextFree}`
    : `PEP 440 has no version after ${base}: wait for upstream's next release.`;
}

/** Days since the first file of `version` was uploaded. */
function ageInDays(page: ProjectPage, version: string, now: Date): number | undefined {
  const times = page.files
    .filter((file) => versionOfFile(file.fileName) === version)
    .flatMap((file) => file.uploadTime?.getTime() ?? []);
  return times.length > 0 ? (now.getTime() - Math.min(...times)) / 86_400_000 : undefined;
}

function sizeProblems(wheel: PublishableWheel, { limits, page, newBytes }: Evidence): Problem[] {
  const problems: Problem[] = [];
  if (limits.file !== undefined && wheel.size > limits.file) {
    problems.push({
      code: 'FILE_TOO_LARGE',
      what: `${formatSize(wheel.size)}, but the index accepts at most ${formatSize(limits.file)}`,
      next: 'Strip debug sections, or ask the index for a higher limit and pass --file-limit.',
    });
  }
  const held = page.files.reduce((sum, file) => sum + (file.size ?? 0), 0);
  const total = held + newBytes + wheel.size;
  if (limits.project !== undefined && total > limits.project) {
    problems.push({
      code: 'PROJECT_OVER_QUOTA',
      what: `the project would grow to ${formatSize(total)}, but its limit is ${formatSize(limits.project)}`,
      next: 'Delete old releases, or ask the index for a higher limit and pass --project-limit.',
    });
  }
  return problems;
}

function loginProblems(wheel: PublishableWheel, evidence: Evidence): Problem[] {
  const { target, credentials, dryRun } = evidence;
  if (!target.repository || credentials || dryRun) return [];
  const what = `no credentials for ${target.label}`;
  return [
    { code: 'CREDENTIALS_MISSING', what, next: credentialsHint(target.repository, wheel.project) },
  ];
}

/** PyPI's own indexes take attestations from a trusted publisher only. */
function attestationProblems({ target, credentials, attested }: Evidence): Problem[] {
  const warehouse = target.repository !== undefined && isBuiltIn(target.repository);
  if (!attested || !warehouse || !credentials) return [];
  if (credentials.from === 'trusted-publishing') return [];
  return [
    {
      code: 'ATTESTATION_NEEDS_TRUSTED_PUBLISHING',
      what: `an attestation is beside the wheel, which ${target.label} accepts only from a trusted publisher`,
      next: 'Unset the token if trusted publishing is configured, or remove the .publish.attestation file.',
    },
  ];
}
