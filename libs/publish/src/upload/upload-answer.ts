import { basename } from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { repositoryLabel } from '@vllm-cpu/index/upload-repository';
import type { Credentials } from '../credentials.ts';
import type { UploadRepository } from '@vllm-cpu/index/upload-repository';

/** What the index answered to an upload. */
export interface UploadAnswer {
  /** HTTP status; 0 where the connection failed, -1 where twine stopped before asking. */
  status: number;
  reason: string;
  text: string;
  retryAfter?: string | null | undefined;
  /** Where it was given: to the file, or before that when twine asked for a token. */
  step: 'upload' | 'trusted-publishing';
}

/** Codes and advice by what PyPI, and most other indexes, say in the reason or in the page. */
const KNOWN: readonly { says: RegExp; code: string; next: string }[] = [
  {
    says: /already exists|^409/i,
    code: 'FILE_EXISTS_WITH_OTHER_BYTES',
    next: 'Publish a new version: retag the wheels with the next free suffix.',
  },
  {
    says: /(already|previously) been used|previously deleted/i,
    code: 'FILE_NAME_USED',
    next: 'The name of a deleted file cannot be used again: retag the wheels with the next free suffix.',
  },
  {
    says: /project size too large|quota/i,
    code: 'PROJECT_OVER_QUOTA',
    next: 'Delete old releases of this project, or ask the index for a higher limit.',
  },
  {
    says: /too large|^413/i,
    code: 'FILE_TOO_LARGE',
    next: 'Make the wheel smaller (are debug sections stripped?), or ask the index for a higher limit.',
  },
  {
    says: /local version/i,
    code: 'LOCAL_VERSION_REFUSED',
    next: 'Build the wheel again: its version must not have a local part (+...).',
  },
];

/** The typed error for an upload that did not succeed. */
export function uploadFailed(
  file: string,
  answer: UploadAnswer,
  credentials: Credentials,
  repository: UploadRepository,
): VllmCpuError {
  const said = whatWasSaid(answer);
  const what = `${basename(file)} was not uploaded to ${repositoryLabel(repository)}`;
  if (answer.step === 'trusted-publishing') {
    return new VllmCpuError({
      code: 'TRUSTED_PUBLISHING_FAILED',
      what,
      why: answer.reason.replace(/\s+/g, ' '),
      next: 'Register this repository and workflow as a trusted publisher of the project, or set an API token.',
    });
  }
  if (answer.status === 401 || answer.status === 403) {
    return new VllmCpuError({
      code: 'UPLOAD_FORBIDDEN',
      what,
      why: said,
      next: `Check that ${source(credentials)} is valid for this index and can upload to this project.`,
    });
  }
  const known = KNOWN.find((kind) => kind.says.test(`${answer.status} ${said}`) && is4xx(answer));
  if (known) return new VllmCpuError({ code: known.code, what, why: said, next: known.next });
  return new VllmCpuError({
    code: is4xx(answer) && answer.status !== 429 ? 'UPLOAD_REFUSED' : 'UPLOAD_FAILED',
    what,
    why: said,
    next:
      is4xx(answer) && answer.status !== 429
        ? 'Fix what the index reports, then publish again.'
        : 'Run the same command again: existing files are skipped.',
  });
}

function is4xx(answer: UploadAnswer): boolean {
  return answer.status >= 400 && answer.status < 500;
}

/** The status line where it says something, else the page's text. */
function whatWasSaid(answer: UploadAnswer): string {
  if (answer.status === -1) return answer.reason;
  if (answer.status === 0) return `The connection failed: ${answer.reason}`;
  const text = answer.text
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 400);
  const generic = /^(|bad request|forbidden|unauthorized|conflict|.{0,20}too large)$/i;
  const reason = generic.test(answer.reason) && text ? text : answer.reason || text;
  return `It answered ${answer.status}: ${reason}`;
}

function source(credentials: Credentials): string {
  if (credentials.from === 'variable') return credentials.variable;
  return credentials.from === 'pypirc' ? 'the login in .pypirc' : 'the trusted publisher';
}
