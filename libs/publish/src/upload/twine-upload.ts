import { join } from 'node:path';
import { z } from 'zod';
import { hostsWithoutProxy } from '@vllm-cpu/system/proxied-fetch';
import { allowedEnv } from '@vllm-cpu/system/run';
import { TOKEN_USER } from '../credentials.ts';
import { isTransient, parseRetryAfter, withRetries } from '@vllm-cpu/system/retry';
import { isOnThisMachine } from '@vllm-cpu/index/upload-repository';
import { uploadFailed } from './upload-answer.ts';
import type { Finished } from '@vllm-cpu/system/run';
import type { Credentials } from '../credentials.ts';
import type { Twine } from './find-twine.ts';
import type { PublishTools } from '@vllm-cpu/index/publish-tools';
import type { UploadRepository } from '@vllm-cpu/index/upload-repository';
import type { Attempt } from '@vllm-cpu/system/retry';
import type { UploadAnswer } from './upload-answer.ts';

export interface Uploader extends PublishTools {
  twine: Twine;
  repository: UploadRepository;
}

const SCRIPT = join(import.meta.dirname, 'twine_upload.py');

/** Network settings that requests, which twine is built on, reads. */
const NETWORK_VARIABLES = [
  ...['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'],
  ...['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'TWINE_CERT', 'TWINE_CLIENT_CERT'],
];

/** What a job with `permissions: id-token: write` is given to prove its identity with. */
const IDENTITY_VARIABLES = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'];

/** What a signer leaves beside a wheel (PEP 740); an upload sends it along. */
export const ATTESTATION = '.publish.attestation';

/**
 * Uploads one file by twine, repeating where another try can help. `isThere` asks the index: an
 * upload whose answer was lost may have arrived, and then nothing is left to do.
 * @throws VllmCpuError UPLOAD_FAILED and the other codes of upload-answer.ts
 */
export async function uploadWithTwine(
  file: string,
  credentials: Credentials,
  uploader: Uploader,
  isThere: () => Promise<boolean>,
  attestation?: string,
): Promise<void> {
  await withRetries(
    uploader.retries,
    async (): Promise<Attempt<true>> => {
      const finished = await uploader.runner.try({
        argv: [uploader.twine.python, ...twineArguments(file, uploader.repository, attestation)],
        env: twineEnvironment(credentials, uploader),
        secrets: secretsOf(credentials, uploader),
        ...(uploader.signal ? { signal: uploader.signal } : {}),
      });
      if (finished.exitCode === 0) return { done: true };
      uploader.signal?.throwIfAborted();
      const answer = parseAnswer(finished);
      if (mayHaveArrived(answer) && (await isThere().catch(() => false))) return { done: true };
      return {
        error: uploadFailed(file, answer, credentials, uploader.repository),
        again: answer.status === 0 || isTransient(answer.status),
        retryAfter: parseRetryAfter(answer.retryAfter),
      };
    },
    uploader.print,
    uploader.signal,
  );
}

/** The words after the interpreter; never a user or a password. */
export function twineArguments(
  file: string,
  repository: UploadRepository,
  attestation?: string,
): string[] {
  const where = repository.name
    ? ['--repository', repository.name]
    : ['--repository-url', repository.uploadUrl ?? ''];
  // A file that does not list `testpypi` would hide twine's built-in URL; an empty one does not.
  const config = ['--config-file', repository.configFile ?? '/dev/null'];
  const quiet = ['--non-interactive', '--disable-progress-bar'];
  const signed = attestation ? ['--attestations', file, attestation] : [file];
  return [SCRIPT, 'upload', ...quiet, ...config, ...where, ...signed];
}

function twineEnvironment(credentials: Credentials, uploader: Uploader): Record<string, string> {
  return {
    ...allowedEnv(uploader.env),
    ...allowedEnv(uploader.env, NETWORK_VARIABLES),
    no_proxy: hostsWithoutProxy(uploader.env),
    VLLM_CPU_UPLOAD_TIMEOUT: String(uploader.uploadTimeout),
    PYTHONUTF8: '1',
    ...loginEnvironment(credentials, uploader),
  };
}

function loginEnvironment(credentials: Credentials, uploader: Uploader): Record<string, string> {
  if (credentials.from === 'variable') {
    return { TWINE_USERNAME: credentials.username, TWINE_PASSWORD: credentials.password };
  }
  if (credentials.from === 'pypirc') return {};
  const { uploadUrl } = uploader.repository;
  return {
    ...allowedEnv(uploader.env, IDENTITY_VARIABLES),
    GITHUB_ACTIONS: 'true',
    TWINE_USERNAME: TOKEN_USER,
    // Of itself twine asks PyPI and TestPyPI only, wherever a .pypirc says that these are.
    ...(uploadUrl && isOnThisMachine(uploader.repository)
      ? { VLLM_CPU_TOKEN_ORIGIN: new URL(uploadUrl).origin }
      : {}),
  };
}

function secretsOf(credentials: Credentials, uploader: Uploader): string[] {
  if (credentials.from === 'variable') return [credentials.password];
  const token = uploader.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  return credentials.from === 'trusted-publishing' && token ? [token] : [];
}

const answerSchema = z.looseObject({
  status: z.int(),
  reason: z.string(),
  text: z.string().default(''),
  retryAfter: z.string().nullish(),
  step: z.enum(['upload', 'trusted-publishing']).default('upload'),
});

/** The last answer that twine_upload.py told of. */
function parseAnswer(finished: Finished): UploadAnswer {
  const lines = finished.stderr.split('\n').filter((line) => line.startsWith('answer: '));
  const last = lines.at(-1)?.slice('answer: '.length);
  if (!last) return { status: -1, reason: tail(finished), text: '', step: 'upload' };
  return answerSchema.parse(JSON.parse(last));
}

function tail(finished: Finished): string {
  return `${finished.stdout}\n${finished.stderr}`.trim().split('\n').slice(-5).join('\n');
}

/** PyPI takes the same bytes again; other indexes refuse them although the first try arrived. */
function mayHaveArrived(answer: UploadAnswer): boolean {
  return [0, 400, 409, 500, 502, 503, 504].includes(answer.status);
}
