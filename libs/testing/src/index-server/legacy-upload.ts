import { sha256Of } from './stored-files.ts';
import type { FormPart } from './multipart.ts';
import type { StoredFiles } from './stored-files.ts';

/** An answer whose reason stands in the status line, as the real index has it. */
export interface UploadReply {
  status: number;
  reason: string;
}

export interface UploadRules {
  /** Tokens by project; `*` serves every project. */
  tokens: ReadonlyMap<string, string>;
  /** Bytes. */
  fileLimit: number;
  projectLimit: number;
  /** Days after which a release takes no new files. */
  releaseAge: number;
  now: () => Date;
}

const OK: UploadReply = { status: 200, reason: 'OK' };
const DAY = 86_400_000;

/**
 * Takes or refuses one upload in the documented order of the legacy upload API:
 * "Upload API" in PyPI's documentation, and warehouse/forklift/legacy.py in its source.
 */
export function takeUpload(
  parts: readonly FormPart[],
  authorization: string | undefined,
  stored: StoredFiles,
  rules: UploadRules,
): UploadReply {
  const field = (name: string) => parts.find((part) => part.name === name)?.content.toString();
  const project = (field('name') ?? '').toLowerCase().replace(/[-_.]+/g, '-');
  const login = checkLogin(authorization, project, rules);
  if (login) return login;
  const required = [':action', 'protocol_version', 'metadata_version', 'name', 'version'];
  const missing = [...required, 'filetype', 'pyversion'].find((name) => !field(name));
  if (missing) return bad(`Invalid value for ${missing}. Error: This field is required.`);
  if (field(':action') !== 'file_upload') return bad('Unknown action.');
  const part = parts.find((candidate) => candidate.name === 'content');
  if (!part?.fileName) return bad('Upload payload does not have a file.');
  const version = field('version') ?? '';
  if (version.includes('+')) {
    return bad(`The use of local versions in ${version} is not allowed.`);
  }
  const file = {
    project,
    version,
    fileName: part.fileName,
    content: Buffer.from(part.content),
    sha256: sha256Of(part.content),
    requiresPython: field('requires_python'),
    attestations: field('attestations'),
    uploadTime: rules.now(),
  };
  if (field('sha256_digest') !== file.sha256) {
    return bad('The digest supplied does not match a digest calculated from the uploaded file.');
  }
  const refusal = checkPlace(file, stored, rules);
  if (refusal) return refusal;
  stored.files.set(file.fileName, file);
  return OK;
}

type NewFile = StoredFiles['files'] extends Map<string, infer File> ? File : never;

function checkPlace(
  file: NewFile,
  stored: StoredFiles,
  rules: UploadRules,
): UploadReply | undefined {
  const known = stored.files.get(file.fileName);
  if (known)
    return known.sha256 === file.sha256 ? OK : bad(`File already exists (${file.fileName}).`);
  if (stored.deleted.has(file.fileName)) {
    return bad('This filename has already been used, use a different version.');
  }
  const limit = `Limit for project ${file.project} is`;
  if (file.content.length > rules.fileLimit) {
    return bad(`File too large. ${limit} ${rules.fileLimit} bytes.`);
  }
  const others = [...stored.files.values()].filter((other) => other.project === file.project);
  const total = others.reduce((sum, other) => sum + other.content.length, file.content.length);
  if (total > rules.projectLimit) {
    return bad(`Project size too large. ${limit} ${rules.projectLimit} bytes.`);
  }
  const first = others
    .filter((other) => other.version === file.version)
    .map((other) => other.uploadTime.getTime());
  const age = (rules.now().getTime() - Math.min(...first)) / DAY;
  if (first.length > 0 && age > rules.releaseAge) {
    return bad(`Release is older than ${rules.releaseAge} days.`);
  }
  return undefined;
}

function checkLogin(
  authorization: string | undefined,
  project: string,
  rules: UploadRules,
): UploadReply | undefined {
  const [scheme, value = ''] = (authorization ?? '').split(' ');
  const [user, ...rest] = Buffer.from(value, 'base64').toString().split(':');
  if (scheme !== 'Basic' || user !== '__token__') {
    return { status: 403, reason: 'Username/Password authentication is no longer supported.' };
  }
  const token = rest.join(':');
  const valid = [rules.tokens.get(project), rules.tokens.get('*')].includes(token);
  return valid
    ? undefined
    : { status: 403, reason: 'Invalid or non-existent authentication information.' };
}

function bad(reason: string): UploadReply {
  return { status: 400, reason };
}
