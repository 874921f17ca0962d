import { existsSync } from 'node:fs';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { credentialsHint, findCredentials } from '../credentials.ts';
import { checkTwineVersion, findTwine } from '../upload/find-twine.ts';
import { limitsOf } from '@vllm-cpu/index/index-limits';
import { judgeWheel } from './judge-wheel.ts';
import { ATTESTATION } from '../upload/twine-upload.ts';
import type { Credentials } from '../credentials.ts';
import type { ExpectedRelease } from './expected-release.ts';
import type { Twine, TwineTask } from '../upload/find-twine.ts';
import type { IndexLimits } from '@vllm-cpu/index/index-limits';
import type { IndexReader } from '@vllm-cpu/index/index-reader';
import type { PageSources } from '@vllm-cpu/index/page-sources';
import type { IndexTarget } from '@vllm-cpu/index/index-target';
import type { Verdict } from './judge-wheel.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import type { ProjectPage } from '@vllm-cpu/index/simple-page';
import type { VerifiedWheel } from '@vllm-cpu/wheel/verified-wheel';

/** What is to be published, and what it must agree with. */
export interface PublishRequest {
  target: IndexTarget;
  wheels: readonly PublishableWheel[];
  verified: readonly VerifiedWheel[];
  /** The pin of a wheel whose report names `release`; undefined where there is none. */
  expect: (release: string, wheel: PublishableWheel) => ExpectedRelease | undefined;
  limits?: Partial<IndexLimits>;
  /** Decide only: what is missing for sending is a warning. */
  dryRun?: boolean | undefined;
  /** For the pages of an index that has some; the reports are those of `verified`. */
  pages?: Omit<PageSources, 'reports'> | undefined;
}

/** The verdict on one wheel. */
export interface PreflightRow {
  wheel: PublishableWheel;
  verdict: Verdict;
  credentials: Credentials | undefined;
}

/** What an upload would do; nothing was sent yet. */
export interface Preflight {
  target: IndexTarget;
  index: IndexReader;
  rows: readonly PreflightRow[];
  /** No wheel is refused. */
  go: boolean;
  /** Undefined for a static index, and where nothing is to be uploaded. */
  twine: Twine | undefined;
  /** What an upload would lack, one sentence each; only a dry run goes on with these. */
  warnings: readonly string[];
}

/**
 * Reads the index and decides about every wheel before the first byte is sent.
 * @throws VllmCpuError where the index cannot be read or twine is missing or too old
 */
export async function runPreflight(
  request: PublishRequest,
  tools: PublishTools,
): Promise<Preflight> {
  const { target, wheels } = request;
  const index = await target.open(() => tools);
  const pages = new Map<string, ProjectPage>();
  for (const project of new Set(wheels.map((wheel) => wheel.project))) {
    pages.set(project, await index.project(project));
  }
  const rows: PreflightRow[] = [];
  for (const wheel of wheels) {
    const page = pages.get(wheel.project) ?? { exists: false, files: [] };
    const credentials =
      target.repository && findCredentials(target.repository, wheel.project, tools.env);
    const verified = findReport(wheel, request.verified);
    const verdict = judgeWheel(wheel, {
      target,
      page,
      siblings: [...pages.values()].filter((other) => other !== page),
      listedSha256: await listedDigest(index, page, wheel),
      newBytes: otherNewBytes(wheel, wheels, page),
      verified,
      release: verified?.release ? request.expect(verified.release, wheel) : undefined,
      credentials,
      attested: existsSync(`${wheel.path}${ATTESTATION}`),
      limits: limitsOf(target, request.limits),
      now: tools.now(),
      dryRun: request.dryRun ?? false,
    });
    rows.push({ wheel, verdict, credentials });
  }
  const uploads = rows.filter((row) => row.verdict.action === 'upload');
  const needsTwine = target.repository !== undefined && uploads.length > 0;
  const go = rows.every((row) => row.verdict.action !== 'refuse');
  const decided = { target, index, rows, go };
  if (!needsTwine) return { ...decided, twine: undefined, warnings: [] };
  if (request.dryRun) {
    return { ...decided, twine: undefined, warnings: await lacking(target, uploads, tools) };
  }
  const twine = await twineFor(uploads, tools);
  return { ...decided, twine, warnings: [] };
}

async function twineFor(uploads: readonly PreflightRow[], tools: PublishTools): Promise<Twine> {
  const twine = await findTwine(tools);
  checkTwineVersion(twine, uploads.map(twineTask));
  return twine;
}

/** What sending needs and this machine lacks: a login, and twine. */
async function lacking(
  target: IndexTarget,
  uploads: readonly PreflightRow[],
  tools: PublishTools,
): Promise<string[]> {
  const warnings = uploads
    .filter((row) => !row.credentials && target.repository)
    .map(({ wheel }) => {
      const hint = target.repository ? credentialsHint(target.repository, wheel.project) : '';
      return `no credentials for ${wheel.project} on ${target.label}. ${hint}`;
    });
  try {
    await twineFor(uploads, tools);
  } catch (error) {
    if (!(error instanceof VllmCpuError)) throw error;
    warnings.push(`${error.what}. ${error.next}`);
  }
  return [...new Set(warnings)];
}

function twineTask({ wheel, credentials }: PreflightRow): TwineTask {
  return { wheel, trustedPublishing: credentials?.from === 'trusted-publishing' };
}

/** The report on exactly these bytes; else one on the same name, which then is about other bytes. */
function findReport(
  wheel: PublishableWheel,
  verified: readonly VerifiedWheel[],
): VerifiedWheel | undefined {
  const named = verified.filter((report) => report.fileName === wheel.fileName);
  return named.find((report) => report.sha256 === wheel.sha256) ?? named[0];
}

async function listedDigest(
  index: IndexReader,
  page: ProjectPage,
  wheel: PublishableWheel,
): Promise<string | undefined> {
  const listed = page.files.find((file) => file.fileName === wheel.fileName);
  return listed && (await index.sha256Of(listed));
}

function otherNewBytes(
  wheel: PublishableWheel,
  wheels: readonly PublishableWheel[],
  page: ProjectPage,
): number {
  return wheels
    .filter((other) => other !== wheel && other.project === wheel.project)
    .filter((other) => !page.files.some((file) => file.fileName === other.fileName))
    .reduce((sum, other) => sum + other.size, 0);
}
