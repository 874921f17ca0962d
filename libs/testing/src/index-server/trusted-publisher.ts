import type { IncomingMessage, ServerResponse } from 'node:http';

/** The two sides of trusted publishing: GitHub, which knows the job, and the index. */
export interface TrustedPublisherState {
  /** What GitHub's request token must be. */
  requestToken: string;
  /** The identity that GitHub gives and that the index knows. */
  identity: string;
  /** The index knows this publisher. */
  registered: boolean;
  /** Token that is handed out. */
  token: string;
  /** How often a token was asked for. */
  exchanges: number;
}

const AUDIENCE = 'index-for-tests';

/** A JSON Web Token as GitHub gives it to a job, without a real signature: clients read the audience. */
export function identityOfJob(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ aud: AUDIENCE })}.c2lnbmF0dXJl`;
}

/** Answers the requests of trusted publishing; false where the address is another's. */
export function answerTrustedPublishing(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  state: TrustedPublisherState,
): boolean {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const reply = (status: number, value: unknown) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (url.pathname === '/github-identity') {
    const known = request.headers.authorization === `bearer ${state.requestToken}`;
    const right = url.searchParams.get('audience') === AUDIENCE;
    if (known && right) reply(200, { value: state.identity });
    else reply(401, { message: 'Bad credentials' });
  } else if (url.pathname === '/_/oidc/audience') {
    reply(200, { audience: AUDIENCE });
  } else if (url.pathname === '/_/oidc/mint-token' && request.method === 'POST') {
    state.exchanges += 1;
    const sent = JSON.parse(body.toString()) as { token?: string };
    if (sent.token === state.identity && state.registered) {
      reply(200, { success: true, token: state.token });
    } else {
      const description = 'Known to GitHub, but no publisher of this index matches it.';
      const errors = [{ code: 'invalid-publisher', description }];
      reply(422, { message: 'Token request failed', errors });
    }
  } else {
    return false;
  }
  return true;
}
