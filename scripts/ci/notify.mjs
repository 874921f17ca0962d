#!/usr/bin/env node
// Posts the report of a release run to a webhook. Its URL is a secret: it is read from the environment
// and never printed. A message that cannot be delivered is said and fails nothing.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { annotate, step } from './step.mjs';
import { folderOf } from './wheel-jobs.mjs';

const inputs = {
  report: {
    about: 'file with the report',
    fallback: join(folderOf('.'), 'release-report.json'),
  },
  tries: { about: 'how often a delivery is tried', fallback: '3' },
  waitMs: {
    about: 'wait after the first failed try in ms, doubled for each further one',
    fallback: '2000',
  },
  timeoutMs: { about: 'how long an answer is waited for, in ms', fallback: '10000' },
};
const SECRET = 'RELEASE_WEBHOOK_URL';

await step(
  {
    file: 'notify.mjs',
    about: `Posts the report to the URL in ${SECRET}, if that is set.`,
    inputs,
  },
  async ({ report, tries, waitMs, timeoutMs }) => {
    const given = process.env[SECRET]?.trim();
    if (!given) return console.log(`nobody is notified: ${SECRET} is not set`);
    const url = parse(given);
    if (!url) return undelivered('the address is not an https URL');
    let body;
    try {
      body = JSON.stringify(JSON.parse(readFileSync(report, 'utf8')));
    } catch {
      return undelivered('there is no report to send; the step before this one writes it');
    }
    for (let number = 1, wait = Number(waitMs); ; number++, wait *= 2) {
      const problem = await post(url, body, Number(timeoutMs));
      if (!problem) return console.log(`notified (try ${number})`);
      if (!problem.again || number >= Number(tries)) return undelivered(problem.text);
      console.log(`try ${number}: ${problem.text}; another one in ${wait} ms`);
      await pause(wait);
    }
  },
);

/** https, or this machine. */
function parse(text) {
  if (!globalThis.URL.canParse(text)) return undefined;
  const url = new URL(text);
  const here = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  return url.protocol === 'https:' || (url.protocol === 'http:' && here) ? url : undefined;
}

/** Undefined where it arrived. Errors of the network can have the address in them: only codes are told. */
async function post(url, body, timeout) {
  try {
    const answer = await globalThis.fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'vllm-cpu-wheels' },
      body,
      // Elsewhere nobody is meant.
      redirect: 'manual',
      signal: globalThis.AbortSignal.timeout(timeout),
    });
    await answer.body?.cancel();
    if (answer.ok) return undefined;
    const again = answer.status === 429 || answer.status >= 500;
    return { again, text: `the webhook answered ${answer.status}` };
  } catch (error) {
    const reason =
      error.name === 'TimeoutError' ? 'no answer in time' : (error.cause?.code ?? error.name);
    return { again: true, text: `the webhook was not reached (${reason})` };
  }
}

function undelivered(why) {
  annotate('warning', `the release was not notified: ${why}`);
}
