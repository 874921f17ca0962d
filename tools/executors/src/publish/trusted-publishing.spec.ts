import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startIndexServer } from '../testing/index-server/server.ts';
import { createHttpClient } from './http-client.ts';
import { mintUploadToken } from './trusted-publishing.ts';
import type { IndexServer } from '../testing/index-server/server.ts';

describe('trusted publishing', () => {
  let index: IndexServer;
  beforeEach(async () => void (index = await startIndexServer()));
  afterEach(() => index.close());
  const mint = (requestToken = index.publisher.requestToken) =>
    mintUploadToken({
      http: createHttpClient(),
      uploadUrl: index.uploadUrl,
      env: {
        ACTIONS_ID_TOKEN_REQUEST_URL: `${index.origin}/github-identity?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
      },
    });

  it("exchanges the job's identity for the token of the index", async () => {
    expect(await mint()).toBe('pypi-minted-token');
    expect(index.requests.map((request) => request.line)).toEqual([
      'GET /_/oidc/audience',
      'GET /github-identity?api-version=2.0&audience=index-for-tests',
      'POST /_/oidc/mint-token',
    ]);
  });

  it('says what the index has against the publisher', async () => {
    index.publisher.registered = false;
    await expect(mint()).rejects.toMatchObject({
      code: 'TRUSTED_PUBLISHING_FAILED',
      why: expect.stringContaining('invalid-publisher'),
    });
  });

  it('says that GitHub gives the job no identity', async () => {
    await expect(mint('wrong')).rejects.toMatchObject({
      code: 'TRUSTED_PUBLISHING_FAILED',
      what: expect.stringContaining('GitHub'),
    });
  });
});
