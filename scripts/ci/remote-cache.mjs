#!/usr/bin/env node
// Nx stops when its remote cache does not answer, so that is asked first: a build without a cache is
// better than none.
import { setVariable } from './github-files.mjs';
import { annotate, step } from './step.mjs';

const inputs = {
  nxSelfHostedRemoteCacheServer: { about: 'address of the cache server' },
  nxSelfHostedRemoteCacheAccessToken: {
    about: 'its token, of which only is said whether it is there',
  },
  timeoutMs: { about: 'how long an answer is waited for, in ms', fallback: '5000' },
};

await step(
  {
    file: 'remote-cache.mjs',
    about: 'Switches the remote cache off where it does not answer.',
    inputs,
  },
  async (given) => {
    const { nxSelfHostedRemoteCacheServer: server, timeoutMs } = given;
    if (!server)
      return console.log('no remote cache: NX_SELF_HOSTED_REMOTE_CACHE_SERVER is not set');
    if (!given.nxSelfHostedRemoteCacheAccessToken) {
      console.log('no remote cache: this job has no token for it, as jobs of forks have none');
      return setVariable('NX_SKIP_REMOTE_CACHE', 'true');
    }
    if (await isHealthy(server, Number(timeoutMs))) return console.log('the remote cache answers');
    annotate('warning', 'the remote cache does not answer: this job works without it');
    setVariable('NX_SKIP_REMOTE_CACHE', 'true');
  },
);

async function isHealthy(server, timeout) {
  try {
    const url = `${server.replace(/\/+$/, '')}/health`;
    const answer = await globalThis.fetch(url, { signal: globalThis.AbortSignal.timeout(timeout) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
