import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { detect } from '../packages/cpu-detect/src/index.ts';
import { createRunner } from '@vllm-cpu/system/run';
import { clones } from './support/clone.ts';
import type { Clone } from './support/clone.ts';
import type { NxRun } from './support/nx.ts';
import { rewriteWheel, WHEELS } from './support/wheels/results.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 15 * 60_000;
const STREAM = '--output-style=stream';
const RETAGLED = ['noavx512', 'avx512'] as const;

const made = clones();
let clone: Clone;
let index: string;
let dry: NxRun;

/** With the sample as the only active release, the umbrellas are about it alone. */
function activateOnlySample(): void {
  const pins = join(clone.root, 'packages/upstream/releases');
  for (const name of readdirSync(pins).filter((each) => each.endsWith('.json'))) {
    const pin = JSON.parse(readFileSync(join(pins, name), 'utf8')) as Record<string, unknown>;
    writeFileSync(join(pins, name), JSON.stringify({ ...pin, active: name === 'sample.json' }));
  }
}

const publish = (...words: string[]) =>
  clone.nx(['run-many', '-t', 'publish', `--index=file:${index}`, STREAM, ...words]);
const run = (target: string, words: string[], env: Record<string, string> = {}) =>
  clone.nx(['run', target, ...words, STREAM], env);
const shell = (argv: [string, ...string[]], cwd = clone.root) =>
  createRunner().try({ argv, cwd, env: { PATH: process.env['PATH'] ?? '', HOME: clone.root } });
const wheelsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.whl'));
/** The detector is published beside the wheels; it is not counted. */
const wheelsSaid = (output: string, words: string, version = '0.0.1') =>
  output
    .split('\n')
    .filter((line) => line.includes(`${words} vllm_cpu`) && line.includes(`-${version}-`)).length;

/** Counts who connects, and hangs up. */
async function listener() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: () => connections,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

function expectDone(result: { exitCode: number | null; output: string }): void {
  expect(result.exitCode === 0 ? '' : result.output).toBe('');
}

beforeAll(async () => {
  clone = await made.makeBuilt();
  index = join(await made.folder('indexes'), 'index');
  activateOnlySample();
  dry = await publish('--dry-run');
}, TIMEOUT);
afterAll(() => made.remove(), TIMEOUT);

describe('the umbrella', () => {
  it('builds, proves and compares for a dry run, and sends nothing', () => {
    expectDone(dry);
    const stages = WHEELS.flatMap((name) =>
      ['build', 'verify'].map((stage) => `variant-${name}:${stage}-sample`),
    );
    const before = [...stages, 'wheels:equivalence-sample'];
    expect(dry.tasks.map(({ id }) => id)).toEqual(expect.arrayContaining(before));
    expect(wheelsSaid(dry.output, 'dry run: would upload')).toBe(WHEELS.length);
    expect(existsSync(index)).toBe(false);
  });

  it(
    'refuses a mistyped option instead of publishing',
    async () => {
      const { exitCode, output } = await publish('--dryrun', '-p', 'variant-noavx512');
      expect(output).toContain('Did you mean --dry-run?');
      expect(exitCode).not.toBe(0);
      expect(existsSync(index)).toBe(false);
    },
    TIMEOUT,
  );

  it(
    'publishes all, and says of a wheel that it is there already the second time',
    async () => {
      const first = await publish();
      expectDone(first);
      expect(wheelsSaid(first.output, 'uploaded')).toBe(WHEELS.length);
      expect(first.output).toContain(`index: ${pathToFileURL(join(index, 'simple')).href}`);
      const second = await publish('-p', 'variant-noavx512');
      expectDone(second);
      expect(wheelsSaid(second.output, 'there already:')).toBe(1);
      expect(second.output).not.toContain('uploaded vllm_cpu');
    },
    TIMEOUT,
  );
});

describe('the published index', () => {
  it(
    'gives real pip the wheel that fits this CPU, and it imports',
    async () => {
      const { package: fitting } = (await detect()).recommendation;
      const environment = join(await made.folder('venv'), 'fitting');
      const url = pathToFileURL(join(index, 'simple')).href;
      const python = join(environment, 'bin/python');
      const env = { PATH: process.env['PATH'] ?? '' };
      const argv = ['python3', '-m', 'venv', '--without-pip', environment] as const;
      await createRunner().run({ argv, env });
      const install = ['install', '--no-deps', '--index-url', url, fitting ?? ''];
      const installed = await shell(['python3', '-m', 'pip', '--python', python, ...install]);
      expect(`${installed.stdout}${installed.stderr}`).toContain('Successfully installed');
      const code = `import vllm, importlib.metadata as m; print(m.version('vllm'), m.version('${fitting}'))`;
      expect((await shell([python, '-c', code])).stdout).toBe('0.0.1+cpu 0.0.1\n');
    },
    TIMEOUT,
  );
});

describe('a new suffix', () => {
  it(
    'is made of the built wheels, proven, published and counted',
    async () => {
      const folder = join(await made.folder('retagged'), 'post1');
      const projects = RETAGLED.map((name) => `variant-${name}`).join();
      const words = ['--suffix=.post1', '--release=sample', `--to=${folder}`, STREAM];
      expectDone(await clone.nx(['run-many', '-t', 'retag', '-p', projects, ...words]));
      expect(wheelsIn(folder).map((name) => name.split('-')[1])).toEqual(
        RETAGLED.map(() => '0.0.1.post1'),
      );
      expectDone(await run('wheels:verify', [`--wheels=${folder}`]));
      const done = await run('wheels:publish', [`--wheels=${folder}`, `--index=file:${index}`]);
      expectDone(done);
      expect(wheelsSaid(done.output, 'uploaded', '0.0.1.post1')).toBe(RETAGLED.length);
      const next = await run('variant-avx512:next-suffix', [`--index=file:${index}`]);
      expectDone(next);
      expect(next.output).toContain('highest 0.0.1.post1; next free .post2');
    },
    TIMEOUT,
  );

  it(
    'is refused where PEP 440 has none, and nothing is made',
    async () => {
      const words = ['--suffix=-final', '--release=sample'];
      const { exitCode, output } = await run('variant-avx512:retag', words);
      expect(output).toContain('error [POSTFIX_INVALID]');
      expect(exitCode).not.toBe(0);
      expect(existsSync(join(clone.root, 'dist/variant-avx512/sample/retag'))).toBe(false);
    },
    TIMEOUT,
  );
});

describe('the gathered wheels', () => {
  let folder: string;
  beforeAll(async () => {
    folder = join(await made.folder('gathered'), 'sample');
    expectDone(await run('wheels:collect', ['--release=sample', `--to=${folder}`]));
  }, TIMEOUT);

  it('are all there, with checksums that sha256sum accepts', async () => {
    expect(wheelsIn(folder)).toHaveLength(WHEELS.length);
    const checked = await shell(['sha256sum', '--check', '--strict', 'SHA256SUMS'], folder);
    expect(checked.exitCode).toBe(0);
    expect(checked.stdout.match(/: OK$/gm)).toHaveLength(WHEELS.length);
  });

  it(
    'are refused by a public index before any connection is made, because they are the sample',
    async () => {
      const { address, asked, close } = await listener();
      const env = { PIP_INDEX_URL: `${address}/simple`, https_proxy: address, http_proxy: address };
      for (const [target, words] of [
        ['variant-noavx512:publish-sample', []],
        ['wheels:publish', [`--wheels=${folder}`]],
      ] as const) {
        const { exitCode, output } = await run(target, [...words, '--index=pypi'], env);
        expect(output).toContain('error [SAMPLE_NOT_FOR_THIS_INDEX]');
        expect(exitCode).not.toBe(0);
      }
      expect(asked()).toBe(0);
      await close();
    },
    TIMEOUT,
  );

  it(
    'are refused when one changed after it was proven',
    async () => {
      const name = wheelsIn(folder)[0] ?? '';
      await rewriteWheel(join(folder, name));
      const other = join(await made.folder('indexes'), 'other');
      const words = [`--wheels=${folder}`, `--index=file:${other}`];
      const { exitCode, output } = await run('wheels:publish', words);
      expect(output).toContain('[REPORT_OF_OTHER_BYTES]');
      expect(output).toContain(name);
      expect(exitCode).not.toBe(0);
      expect(existsSync(other)).toBe(false);
    },
    TIMEOUT,
  );
});
