import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptsFile } from '@vllm-cpu/sources/attempts';
import type { Attempts } from '@vllm-cpu/sources/attempts';
import { writeAtomically } from '@vllm-cpu/system/files';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { reportSchema } from '@vllm-cpu/report/report';
import { findBuiltWheel, stageFolder } from '../built-wheel.ts';

export interface EnsureRequest {
  root: string;
  releaseName: string;
  variants: readonly string[];
  /** Variants made from the compiles of others: verified once, after them, with the attempts that passed. */
  sums?: readonly string[];
  /** Further attempts after the first. */
  rebuilds: number;
  report: (line: string) => void;
  /** Runs verify (and what it depends on) for some variants, as the given attempt or as recorded. */
  verify: (variants: readonly string[], attempt: number | undefined) => Promise<void>;
}

/**
 * Verifies every variant of a release, and tries again, with the attempt's number in compile's key, those
 * whose fresh wheel fails. Every attempt's wheel and report are kept; the record says which stands.
 * @returns the record; a variant whose `standing` is null failed in every attempt
 */
export async function ensure(request: EnsureRequest): Promise<Attempts> {
  const { root, releaseName, report } = request;
  const record: Attempts = { schemaVersion: 1, release: releaseName, variants: {} };
  // An old record would choose the first attempt's number.
  await rm(join(root, attemptsFile(releaseName)), { force: true });
  let open = request.variants;
  for (let attempt = 1; attempt <= request.rebuilds + 1 && open.length > 0; attempt++) {
    if (attempt > 1) report(`attempt ${attempt}: building ${open.join(', ')} again`);
    await request.verify(open, attempt);
    const failed: string[] = [];
    for (const variant of open) {
      const outcome = await keep(root, variant, releaseName, attempt);
      const entry = (record.variants[variant] ??= { standing: null, attempts: [] });
      entry.attempts.push(outcome);
      if (outcome.ok) entry.standing = attempt;
      else failed.push(variant);
    }
    open = failed;
  }
  await write(root, record);
  const { sums = [] } = request;
  if (sums.length === 0) return record;
  await request.verify(sums, undefined);
  for (const variant of sums) {
    const outcome = await keep(root, variant, releaseName, 1);
    record.variants[variant] = { standing: outcome.ok ? 1 : null, attempts: [outcome] };
  }
  await write(root, record);
  return record;
}

async function write(root: string, record: Attempts): Promise<void> {
  const file = join(root, attemptsFile(record.release));
  await writeAtomically(file, `${JSON.stringify(record, null, 2)}\n`);
}

type Attempt = Attempts['variants'][string]['attempts'][number];

/** Copies the wheel and the report of this attempt to where the next one does not replace them. */
async function keep(
  root: string,
  variant: string,
  releaseName: string,
  attempt: number,
): Promise<Attempt> {
  const kept = join('dist', 'wheels', releaseName, 'attempts', `${variant}-${attempt}`);
  await rm(join(root, kept), { recursive: true, force: true });
  await mkdir(join(root, kept), { recursive: true });
  for (const stage of ['build', 'verify']) {
    const from = stageFolder(root, variant, releaseName, stage);
    if (existsSync(from)) await cp(from, join(root, kept, stage), { recursive: true });
  }
  const file = join(root, kept, 'verify', 'report.json');
  const built = findBuiltWheel(root, variant, releaseName);
  const head = {
    attempt,
    wheel: built?.manifest.wheel.file ?? null,
    sha256: built?.manifest.wheel.sha256 ?? null,
    kept,
  };
  if (!built || !existsSync(file)) {
    return { ...head, ok: false, findings: ['no wheel was built, or it was not verified'] };
  }
  const report = parseJson(readFileSync(file, 'utf8'), reportSchema, file);
  const ok = report.ok && report.sha256 === built.manifest.wheel.sha256;
  const findings = report.checks
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, findings: all }) =>
      all
        .filter(({ level }) => level === 'error')
        .map(({ place, message }) => `${name}: ${place}: ${message}`),
    );
  return { ...head, ok, findings };
}
