import { annotate } from '../../actions/annotate.ts';
import { setVariable } from '../../actions/github-files.ts';
import { defineStep } from '../../step.ts';

/**
 * Nx stops when its remote cache does not answer, so that is asked first: a build without a cache is
 * better than none.
 */
export const remoteCache = defineStep(
  {
    name: 'remote-cache',
    about: 'Switches the remote cache off where it does not answer.',
    inputs: {
      nxSelfHostedRemoteCacheServer: { about: 'address of the cache server' },
      nxSelfHostedRemoteCacheAccessToken: {
        about: 'its token; never printed',
      },
      timeoutMs: {
        about: 'time to wait for an answer, in ms',
        fallback: '5000',
        kind: 'number',
      },
    },
  },
  async (given) => {
    const { nxSelfHostedRemoteCacheServer: server, timeoutMs } = given;
    if (!server) say('no remote cache: NX_SELF_HOSTED_REMOTE_CACHE_SERVER is not set');
    else if (!given.nxSelfHostedRemoteCacheAccessToken) {
      say('no remote cache: this job has no token for it, as jobs of forks have none');
      setVariable('NX_SKIP_REMOTE_CACHE', 'true');
    } else if (await isHealthy(server, timeoutMs)) say('the remote cache answers');
    else {
      annotate('warning', 'the remote cache does not answer: this job works without it');
      setVariable('NX_SKIP_REMOTE_CACHE', 'true');
    }
    return 0;
  },
);

function say(text: string): void {
  console.log(text);
}

async function isHealthy(server: string, timeout: number): Promise<boolean> {
  try {
    const url = `${server.replace(/\/+$/, '')}/health`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
