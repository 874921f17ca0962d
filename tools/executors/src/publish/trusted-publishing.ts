import { z } from 'zod';
import { VllmCpuError } from '../system/errors.ts';
import { parseJson } from '../system/parse-json.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';

const audienceAnswer = z.looseObject({ audience: z.string().min(1) });
const identityAnswer = z.looseObject({ value: z.string().min(1) });
const tokenAnswer = z.looseObject({ token: z.string().min(1) });
const errorAnswer = z.looseObject({
  message: z.string().optional(),
  errors: z.array(z.looseObject({ code: z.string(), description: z.string() })).optional(),
});

export interface TrustedPublisher {
  http: HttpClient;
  /** Upload URL of the index; the exchange happens on its host. */
  uploadUrl: string;
  /** GitHub's two variables are read: ACTIONS_ID_TOKEN_REQUEST_URL and ..._TOKEN. */
  env: Readonly<Record<string, string | undefined>>;
}

/**
 * Exchanges the identity of a GitHub job for an upload token, which serves every project of the
 * publisher for 15 minutes; PyPI documents it under "Trusted publishers", "The manual way".
 * @throws VllmCpuError TRUSTED_PUBLISHING_FAILED
 */
export async function mintUploadToken(publisher: TrustedPublisher): Promise<string> {
  const { http, uploadUrl } = publisher;
  const asked = await http.send({ url: new URL('/_/oidc/audience', uploadUrl).href });
  if (asked.status !== 200) throw failed('the index offers no trusted publishing', asked);
  const { audience } = parseJson(asked.text(), audienceAnswer, 'the audience of the index');
  const identity = await githubIdentity(publisher, audience);
  const minted = await http.send({
    url: new URL('/_/oidc/mint-token', uploadUrl).href,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: identity }),
  });
  if (minted.status !== 200) throw failed('the index refused the identity of this job', minted);
  return parseJson(minted.text(), tokenAnswer, 'the token of the index').token;
}

async function githubIdentity(publisher: TrustedPublisher, audience: string): Promise<string> {
  const url = new URL(publisher.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  url.searchParams.set('audience', audience);
  const answer = await publisher.http.send({
    url: url.href,
    headers: { authorization: `bearer ${publisher.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] ?? ''}` },
  });
  if (answer.status !== 200) throw failed('GitHub gave this job no identity', answer);
  return parseJson(answer.text(), identityAnswer, "GitHub's identity").value;
}

function failed(what: string, answer: HttpResponse): VllmCpuError {
  return new VllmCpuError({
    code: 'TRUSTED_PUBLISHING_FAILED',
    what: `trusted publishing: ${what}`,
    why: `${new URL(answer.url).host} answered ${answer.status}. ${reasons(answer)}`.trim(),
    next: 'Register this repository and workflow as a trusted publisher of every project, or set an API token.',
  });
}

/** The index explains itself in JSON; anything else is left out. */
function reasons(answer: HttpResponse): string {
  let value: unknown;
  try {
    value = JSON.parse(answer.text());
  } catch {
    return '';
  }
  const parsed = errorAnswer.safeParse(value);
  if (!parsed.success) return '';
  const { errors, message } = parsed.data;
  return errors?.map((error) => `${error.code}: ${error.description}`).join('; ') ?? message ?? '';
}
