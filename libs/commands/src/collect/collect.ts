import { existsSync } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { explainFault, VllmCpuError } from '@vllm-cpu/system/errors';
import { sha256File } from '@vllm-cpu/system/digest';
import { writeAtomically } from '@vllm-cpu/system/files';
import { makeFolder } from '@vllm-cpu/system/writable-folder';
import { proofProblems } from '@vllm-cpu/wheel/proof';
import { readVerification } from '@vllm-cpu/wheel/verified-wheel';
import { builtWheel, stageFolder } from '../built-wheel.ts';

export interface CollectRequest {
  root: string;
  variants: readonly string[];
  releaseName: string;
  /** Absolute. */
  to: string;
  verified: boolean;
}

const CHECKSUMS = 'SHA256SUMS';

/**
 * Copies each variant's wheel, its build manifest and its report into `to`, with SHA256SUMS over the
 * wheels. Files of the same names are replaced one by one; anything else in the folder stays.
 * @throws VllmCpuError WHEEL_NOT_BUILT, WHEEL_CHANGED, WHEEL_NOT_VERIFIED, FOLDER_NOT_WRITABLE, DISK_FULL
 */
export async function collect(
  request: CollectRequest,
): Promise<{ file: string; sha256: string }[]> {
  const sources = await Promise.all(request.variants.map((variant) => sourceOf(request, variant)));
  await makeFolder(request.to, 'Choose another folder: --to=<folder>');
  const gathered: { file: string; sha256: string }[] = [];
  for (const { wheel, sha256, beside } of sources) {
    await place(wheel, join(request.to, basename(wheel)));
    for (const [from, suffix] of beside) {
      await place(from, join(request.to, `${basename(wheel)}${suffix}`));
    }
    gathered.push({ file: basename(wheel), sha256 });
  }
  const sums = gathered.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join('');
  await writeAtomically(join(request.to, CHECKSUMS), sums);
  return gathered;
}

async function sourceOf(
  request: CollectRequest,
  variant: string,
): Promise<{ wheel: string; sha256: string; beside: [path: string, suffix: string][] }> {
  const { path, manifest } = builtWheel(request.root, variant, request.releaseName);
  const sha256 = await sha256File(path);
  const report = join(
    stageFolder(request.root, variant, request.releaseName, 'verify'),
    'report.json',
  );
  const verified = existsSync(report) ? await readVerification(report) : undefined;
  const [problem] = proofProblems({ path, sha256 }, { verified });
  if (sha256 !== manifest.wheel.sha256) {
    throw new VllmCpuError({
      code: 'WHEEL_CHANGED',
      what: `${basename(path)} does not match its build manifest`,
      why: `Expected SHA-256 ${manifest.wheel.sha256}, found ${sha256}.`,
      next: `Build it again: npx nx run variant-${variant}:build-${request.releaseName}`,
    });
  }
  if (request.verified && problem) {
    throw new VllmCpuError({
      code: 'WHEEL_NOT_VERIFIED',
      what: `${basename(path)} has no passing verification report`,
      why: `Problem: ${problem.what}.`,
      next: `Verify it: npx nx run variant-${variant}:verify-${request.releaseName}. --verified=false collects unverified wheels.`,
    });
  }
  const beside: [string, string][] = [
    [join(dirname(path), 'manifest.json'), '.manifest.json'],
    ...(problem ? [] : [[report, '.report.json'] as [string, string]]),
  ];
  return { wheel: path, sha256, beside };
}

async function place(from: string, to: string): Promise<void> {
  const fresh = `${to}.${process.pid}.tmp`;
  try {
    await copyFile(from, fresh);
    await rename(fresh, to);
  } catch (cause) {
    await rm(fresh, { force: true });
    throw explainFault(cause, to);
  }
}
