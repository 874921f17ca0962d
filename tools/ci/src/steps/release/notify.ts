import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isLoopback } from '@vllm-cpu/system/loopback';
import { annotate } from '../../actions/annotate.ts';
import { defineStep } from '../../step.ts';
import { folderOf } from '../../wheels/wheel-jobs.ts';

const SECRET = 'RELEASE_WEBHOOK_URL';

/** Why a delivery failed, and whether another try makes sense. */
interface Problem {
  again: boolean;
  text: string;
}

/**
 * Posts the report of a release run to a webhook. Its URL is a secret: it is read from the environment
 * and never printed. A message that cannot be delivered is said and fails nothing.
 */
export const notify = defineStep(
  {
    name: 'notify',
    about: `Posts the report to the URL in ${SECRET}, if that is set.`,
    inputs: {
      report: {
        about: 'file with the report',
        fallback: join(folderOf('.'), 'release-report.json'),
      },
      tries: { about: 'how often a delivery is tried', fallback: '3', kind: 'number' },
      waitMs: {
        about: 'wait after the first failed try in ms, doubled for each further one',
        fallback: '2000',
        kind: 'number',
      },
      timeoutMs: {
        about: 'time to wait for an answer, in ms',
        fallback: '10000',
        kind: 'number',
      },
    },
  },
  async ({ report, tries, waitMs, timeoutMs }) => {
    const given = process.env[SECRET]?.trim();
    if (!given) {
      console.log(`nobody is notified: ${SECRET} is not set`);
      return 0;
    }
    const url = parse(given);
    if (!url) return undelivered('the address is not an https URL');
    const body = readReport(report);
    if (!body) return undelivered('there is no report to send; the previous step writes it');
    for (let number = 1, wait = waitMs; ; number++, wait *= 2) {
      const problem = await post(url, body, timeoutMs);
      if (!problem) {
        console.log(`notified (try ${number})`);
        return 0;
      }
      if (!problem.again || number >= tries) return undelivered(problem.text);
      console.log(`try ${number}: ${problem.text}; another one in ${wait} ms`);
      await pause(wait);
    }
  },
);

function readReport(file: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** https, or this machine. */
function parse(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const plain = url.protocol === 'http:' && isLoopback(url.hostname);
  return url.protocol === 'https:' || plain ? url : undefined;
}

/** Undefined where it arrived. Errors of the network can have the address in them: only codes are told. */
async function post(url: URL, body: string, timeout: number): Promise<Problem | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'vllm-cpu-wheels' },
      body,
      // Elsewhere nobody is meant.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
    });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    const again = answer.status === 429 || answer.status >= 500;
    return { again, text: `the webhook answered ${answer.status}` };
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    const reason = name === 'TimeoutError' ? 'no answer in time' : (cause?.code ?? name);
    return { again: true, text: `the webhook was not reached (${reason})` };
  }
}

function undelivered(why: string): number {
  annotate('warning', `the release was not notified: ${why}`);
  return 0;
}
