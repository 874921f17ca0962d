import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { formatSize } from '@vllm-cpu/system/format-size';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { repositoryLabel } from '@vllm-cpu/index/upload-repository';
import { copyProven } from '@vllm-cpu/wheel/wheel-changed';
import { isListed } from './read-back.ts';
import { ATTESTATION, uploadWithTwine } from './twine-upload.ts';
import type { Credentials } from '../credentials.ts';
import type { UploadRepository } from '@vllm-cpu/index/upload-repository';
import type { Preflight, PreflightRow } from '../preflight/preflight.ts';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import type { Uploader } from './twine-upload.ts';

const HEARTBEAT = 10_000;

/**
 * Uploads every wheel that the preflight found to be new, one after another.
 * @throws VllmCpuError PUBLISH_INCOMPLETE, naming what is on the index and what is not
 */
export async function uploadAll(
  repository: UploadRepository,
  preflight: Preflight,
  tools: PublishTools,
): Promise<void> {
  const { twine } = preflight;
  if (!twine) return;
  const uploader = { ...tools, twine, repository };
  const rows = preflight.rows.filter((row) => row.verdict.action === 'upload');
  const there = preflight.rows.filter((row) => row.verdict.action === 'skip');
  await withTemporaryFolder('vllm-cpu-publish-', async (scratch) => {
    for (const [position, row] of rows.entries()) {
      const { fileName, size } = row.wheel;
      tools.print(`uploading ${position + 1} of ${rows.length}: ${fileName}, ${formatSize(size)}`);
      try {
        await uploadOne(row, loginOf(row), scratch, uploader, preflight);
      } catch (cause) {
        const arrived = await isListed(preflight.index, row.wheel).catch(() => false);
        const done = arrived ? position + 1 : position;
        throw incomplete(repository, [...there, ...rows.slice(0, done)], rows.slice(done), cause);
      }
    }
  });
}

/** Copies first: the bytes that are hashed are the bytes that are sent, whoever writes meanwhile. */
async function uploadOne(
  row: PreflightRow,
  credentials: Credentials,
  scratch: string,
  uploader: Uploader,
  preflight: Preflight,
): Promise<void> {
  uploader.signal?.throwIfAborted();
  const copy = join(scratch, row.wheel.fileName);
  const started = performance.now();
  const heartbeat = setInterval(() => {
    const seconds = Math.round((performance.now() - started) / 1_000);
    uploader.print(`  still uploading ${row.wheel.fileName}, ${seconds} s`);
  }, HEARTBEAT);
  try {
    await copyProven(row.wheel, copy);
    const isThere = () => isListed(preflight.index, row.wheel);
    const attestation = await copyAttestation(row.wheel.path, copy);
    await uploadWithTwine(copy, credentials, uploader, isThere, attestation);
  } finally {
    clearInterval(heartbeat);
    await rm(copy, { force: true });
    await rm(`${copy}${ATTESTATION}`, { force: true });
  }
}

/** The attestation that lies beside a wheel, beside its copy; undefined where there is none. */
async function copyAttestation(wheel: string, copy: string): Promise<string | undefined> {
  if (!existsSync(`${wheel}${ATTESTATION}`)) return undefined;
  await copyFile(`${wheel}${ATTESTATION}`, `${copy}${ATTESTATION}`);
  return `${copy}${ATTESTATION}`;
}

/** The preflight refuses a wheel without credentials, so the error is unreachable by a user. */
function loginOf(row: PreflightRow): Credentials {
  if (!row.credentials) throw new TypeError(`no credentials for ${row.wheel.project}`);
  return row.credentials;
}

function incomplete(
  repository: UploadRepository,
  there: readonly PreflightRow[],
  not: readonly PreflightRow[],
  cause: unknown,
): VllmCpuError {
  const names = (rows: readonly PreflightRow[]) =>
    rows.map((row) => row.wheel.fileName).join(', ') || 'none';
  const interrupted = (cause as Error).name === 'AbortError';
  const told = cause instanceof VllmCpuError ? `${cause.what}. ${cause.why ?? ''}` : String(cause);
  const reason = interrupted ? 'It was interrupted.' : told;
  const advice = cause instanceof VllmCpuError ? `${cause.next}\n` : '';
  return new VllmCpuError({
    code: 'PUBLISH_INCOMPLETE',
    what: `publishing to ${repositoryLabel(repository)} was not completed`,
    why: [reason.trim(), `on the index: ${names(there)}`, `not on the index: ${names(not)}`].join(
      '\n',
    ),
    next: `${advice}Run the same command again: it skips existing files and uploads the rest.`,
    cause,
  });
}
