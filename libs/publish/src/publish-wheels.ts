import { VllmCpuError } from '@vllm-cpu/system/errors';
import { runPreflight } from './preflight/preflight.ts';
import { requireGo } from './preflight/preflight-table.ts';
import { readBack } from './upload/read-back.ts';
import { uploadAll } from './upload/upload-all.ts';
import type { Verdict } from './preflight/judge-wheel.ts';
import type { Preflight, PublishRequest } from './preflight/preflight.ts';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';

export interface PublishOptions {
  /** Decide and print, send nothing. */
  dryRun: boolean;
  /** Receives the verdicts before anything is sent. */
  onPreflight?: (preflight: Preflight) => void;
}

/** File names by what became of them. */
export interface PublishResult {
  index: string;
  /** Where it can be read: the base of `pip install --index-url`. */
  location: string;
  uploaded: readonly string[];
  alreadyThere: readonly string[];
  /** What a run without --dry-run would upload. */
  wouldUpload: readonly string[];
}

/**
 * Publishes wheels: a preflight of all of them, then upload, then reading back. Whatever was there
 * already with the same bytes is skipped, so the same command completes an interrupted one.
 * @throws VllmCpuError PREFLIGHT_REFUSED (nothing sent), PUBLISH_INCOMPLETE (says what is where)
 */
export async function publishWheels(
  request: PublishRequest,
  tools: PublishTools,
  options: PublishOptions,
): Promise<PublishResult> {
  const wheels = distinct(request.wheels);
  const preflight = await runPreflight({ ...request, wheels, dryRun: options.dryRun }, tools);
  options.onPreflight?.(preflight);
  requireGo(preflight);
  const namesOf = (action: Verdict['action']) =>
    preflight.rows.filter((row) => row.verdict.action === action).map((row) => row.wheel.fileName);
  const names = namesOf('upload');
  const result = {
    index: request.target.label,
    location: preflight.index.location,
    alreadyThere: namesOf('skip'),
  };
  if (options.dryRun) return { ...result, uploaded: [], wouldUpload: names };
  await request.target.publish({
    wheels,
    now: tools.now(),
    onWait: tools.print,
    signal: tools.signal,
    pages: request.pages && { ...request.pages, reports: reportsOf(request) },
    upload: (repository) => uploadAll(repository, preflight, tools),
  });
  await readBack(preflight.index, wheels, tools);
  return { ...result, uploaded: names, wouldUpload: [] };
}

/** Files of reports by the digest of the wheel that each is about. */
function reportsOf({ verified }: PublishRequest): ReadonlyMap<string, string> {
  return new Map(verified.map(({ sha256, path }) => [sha256, path]));
}

/** Each file once; a copy of the same bytes in another folder is the same file. */
function distinct(wheels: readonly PublishableWheel[]): PublishableWheel[] {
  const seen = new Map<string, PublishableWheel>();
  for (const wheel of wheels) {
    const other = seen.get(wheel.fileName);
    if (other && other.sha256 !== wheel.sha256) {
      throw new VllmCpuError({
        code: 'WHEEL_TWICE',
        what: `${wheel.fileName} occurs twice, with different content`,
        why: `${other.path} and ${wheel.path}`,
        next: 'Remove one of them.',
      });
    }
    seen.set(wheel.fileName, other ?? wheel);
  }
  if (seen.size > 0) return [...seen.values()];
  throw new VllmCpuError({
    code: 'NO_WHEELS',
    what: 'no wheels to publish',
    next: 'Build and verify wheels first, or give their folder with --wheels.',
  });
}
