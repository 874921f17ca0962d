import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { begin } from './test/begun-request.ts';
import { freePort } from './test/free-port.ts';
import { CAN_ISOLATE, commandLines, layImage, runImage, startImage } from './test/laid-image.ts';

const folder = temporaryFolders();
const isolated = requires('the right to make a process namespace', CAN_ISOLATE);
const MODEL = 'org/Some-1B';
const LONG = 60_000;

/** A server on the UNIX socket of --uds that says when its first client comes and goes. */
const LISTENER = `import socket, sys, time
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[-1])
listener.listen()
print("listening", flush=True)
client, _ = listener.accept()
print("a client", flush=True)
client.recv(1)
print("gone", flush=True)
client.close()
time.sleep(600)
`;

const local = (port: string) => ['--host', '127.0.0.1', '--port', port];

describe('vLLM under process 1', () => {
  isolated(
    'serves, and ends with 0 after SIGTERM',
    async () => {
      const image = layImage(folder(), 'sample');
      const port = await freePort();
      const container = await startImage(image, [MODEL, ...local(port)]);
      await container.says(/on http:/);
      const health = await fetch(`http://127.0.0.1:${port}/health`);
      expect(health.status).toBe(200);
      container.stop('SIGTERM');
      expect(await container.ended).toBe(0);
      expect(container.log()).toContain('SIGTERM, stopping');
    },
    LONG,
  );

  isolated(
    'answers what was asked before SIGTERM',
    async () => {
      const image = layImage(folder(), 'sample');
      const port = await freePort();
      const container = await startImage(image, [MODEL, ...local(port)]);
      await container.says(/on http:/);
      const body = JSON.stringify({ prompt: 'one two three', max_tokens: 4 });
      const answers = Array.from({ length: 8 }, () => begin(Number(port), body));
      const halves = await Promise.all(answers.map(({ begun }) => begun));
      container.stop('SIGTERM');
      await container.says(/when its connections have ended/);
      halves.forEach((socket) => socket.write(body.slice(10)));
      const replies = await Promise.all(answers.map(({ reply }) => reply));
      expect(replies.map((text) => /HTTP\/1\.\d 200 .*"finish_reason"/s.test(text))).toEqual(
        replies.map(() => true),
      );
      expect(await container.ended).toBe(0);
    },
    LONG,
  );

  isolated(
    'is held up by a silent connection no longer than the time limit, nor after a second signal',
    async () => {
      const image = layImage(folder(), 'sample');
      const seconds: NodeJS.Signals[][] = [[], ['SIGTERM']];
      const outcomes = seconds.map(async (more) => {
        const port = await freePort();
        const env = { VLLM_CPU_STOP_TIMEOUT: more.length === 0 ? '2' : '4' };
        const container = await startImage(image, [MODEL, ...local(port)], env);
        await container.says(/on http:/);
        await begin(Number(port), '{"prompt": "nothing follows"}').begun;
        container.stop('SIGTERM');
        await container.says(/when its connections have ended/);
        more.forEach((signal) => container.stop(signal));
        return { code: await container.ended, log: container.log() };
      });
      const [silent, hurried] = await Promise.all(outcomes);
      // The server waits for the connection as well, in vain.
      expect([silent?.code, hurried?.code]).toEqual([137, 137]);
      expect(silent?.log).toContain('are cut off now: 1');
      expect(hurried?.log).not.toContain('cut off');
    },
    LONG,
  );

  isolated(
    'counts the connections of a UNIX socket',
    async () => {
      const image = layImage(folder(), 'teller');
      const path = join(image.root, 'a socket');
      writeFileSync(join(image.root, 'bin/vllm'), `#!/usr/bin/env python3\n${LISTENER}`);
      const container = await startImage(image, [MODEL, '--uds', path]);
      await container.says(/listening/);
      const client = connect(path);
      await container.says(/a client/);
      container.stop('SIGTERM');
      await container.says(/when its connections have ended/);
      client.end();
      expect(await container.ended).toBe(143);
      expect(container.log()).toContain('gone');
    },
    LONG,
  );

  isolated(
    'never has the key in a command line or in the log, and asks for it',
    async () => {
      const image = layImage(folder(), 'sample');
      const key = 'sk-nobody-may-see-this';
      const port = await freePort();
      const container = await startImage(image, [MODEL, ...local(port)], { VLLM_API_KEY: key });
      await container.says(/on http:/);
      const models = (headers: Record<string, string>) =>
        fetch(`http://127.0.0.1:${port}/v1/models`, { headers });
      expect((await models({})).status).toBe(401);
      expect((await models({ Authorization: `Bearer ${key}` })).status).toBe(200);
      expect(commandLines().filter((line) => line.includes(key))).toEqual([]);
      container.stop('SIGTERM');
      await container.ended;
      expect(container.log()).not.toContain(key);
    },
    LONG,
  );
});

describe('process 1', () => {
  isolated(
    'reaps what others leave behind',
    async () => {
      const image = layImage(folder(), 'teller');
      // Each inner shell ends at once and leaves its sleep to process 1.
      const leave = 'for i in 1 2 3 4 5 6 7 8; do sh -c "sleep 0.2 &"; done; sleep 1;';
      // ps is not everywhere; a row is "row 7 (sleep) S 1 ...".
      const count = 'cat /proc/[0-9]*/stat | sed "s/^/row /"';
      const container = await startImage(image, ['sh', '-c', `${leave} ${count}`]);
      expect(await container.ended).toBe(0);
      const rows = container.log().match(/^row .*$/gm) ?? [];
      expect(rows.length).toBeGreaterThan(1);
      expect(rows.filter((row) => /\) Z|sleep/.test(row))).toEqual([]);
    },
    LONG,
  );

  isolated(
    'kills what does not end within the time limit, and says so',
    async () => {
      const image = layImage(folder(), 'teller');
      const deaf = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
      const env = { VLLM_CPU_STOP_TIMEOUT: '0.5' };
      const container = await startImage(image, ['sh', '-c', deaf], env);
      await container.says(/ready/);
      container.stop('SIGTERM');
      expect(await container.ended).toBe(137);
      expect(container.log()).toContain('did not end within 0.5 s of being asked to: SIGKILL');
    },
    LONG,
  );

  for (const name of ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2'] as const) {
    isolated(
      `passes SIG${name} on`,
      async () => {
        const image = layImage(folder(), 'teller');
        const wait = `trap "echo got ${name}; exit 5" ${name}; echo ready; while :; do sleep 0.1; done`;
        const container = await startImage(image, ['bash', '-c', wait]);
        await container.says(/ready/);
        container.stop(`SIG${name}`);
        expect(await container.ended).toBe(5);
        expect(container.log()).toContain(`got ${name}`);
      },
      LONG,
    );
  }

  isolated(
    'stops when it is asked to before vLLM runs',
    async () => {
      const image = layImage(folder(), 'sample');
      // Reading the key takes until it is written.
      const file = join(image.root, 'key');
      execFileSync('mkfifo', [file]);
      const args = [MODEL, ...local(await freePort())];
      const container = await startImage(image, args, { VLLM_API_KEY_FILE: file });
      const key = await open(file, 'w');
      container.stop('SIGTERM');
      await key.write('sk-x');
      await key.close();
      expect(await container.ended).toBe(143);
      expect(container.log()).not.toContain('on http:');
    },
    LONG,
  );

  it('ends as its child ended', () => {
    const image = layImage(folder(), 'teller');
    const run = (script: string) => runImage(image, ['sh', '-c', script]);
    expect(run('exit 7').status).toBe(7);
    const killed = run('kill -KILL $$');
    expect({ status: killed.status, memory: /out of memory/.test(killed.stderr) }).toEqual({
      status: 137,
      memory: true,
    });
    expect(run('kill -ILL $$').stderr).toContain('SIGILL');
    expect(runImage(image, [MODEL], { PATH: '/usr/bin:/bin' })).toMatchObject({ status: 127 });
  });

  it('learns how its child ended also where SIGCHLD is ignored by whoever starts it', () => {
    const image = layImage(folder(), 'teller');
    const ignoring = [
      'import os, signal, sys',
      'signal.signal(signal.SIGCHLD, signal.SIG_IGN)',
      'os.execv(sys.argv[1], sys.argv[1:])',
    ].join('\n');
    const words = ['-c', ignoring, image.entrypoint, 'sh', '-c', 'exit 7'];
    const { status } = spawnSync('python3', words, { env: image.env, timeout: 30_000 });
    expect(status).toBe(7);
  });

  it('gives its child no blocked and no ignored signals', () => {
    const image = layImage(folder(), 'teller');
    const { stdout } = runImage(image, ['grep', '-E', '^Sig(Blk|Ign)', '/proc/self/status']);
    expect(stdout.match(/[0-9a-f]{16}/g)).toEqual(['0'.repeat(16), '0'.repeat(16)]);
  });
});
