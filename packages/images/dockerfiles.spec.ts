import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findProgram } from '@vllm-cpu/system/programs';
import { pythonTools } from '@vllm-cpu/testing/python-tools';
import { requires } from '@vllm-cpu/testing/requires';

const FILES = ['runtime/Dockerfile', 'Dockerfile.build'];
const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

/** hadolint of this machine, else the locked one; undefined where it is not to be had. */
function hadolint(): string | undefined {
  const own = findProgram('hadolint', process.env['PATH']);
  if (own) return own;
  const tools = pythonTools('hadolint');
  return tools.available ? tools.program('hadolint') : undefined;
}

describe('the Dockerfiles', () => {
  const linter = hadolint();

  requires('hadolint, on PATH or from a package index', linter !== undefined)(
    'have nothing that hadolint complains about',
    () => {
      const words = ['--no-color', ...FILES.map((name) => join(import.meta.dirname, name))];
      const { status, stdout } = spawnSync(linter ?? '', words, { encoding: 'utf8' });
      expect([status, stdout]).toEqual([0, '']);
    },
    60_000,
  );

  it.each(FILES)('%s takes every image by an argument, so that all of them can be set', (name) => {
    const stages = [...read(name).matchAll(/^FROM (\S+)(?: AS (\S+))?$/gm)];
    const known = new Set(['scratch', ...stages.map(([, , stage]) => stage)]);
    const others = stages.map(([, image = '']) => image).filter((image) => !known.has(image));
    for (const image of others) expect(image).toMatch(/^\$\{[A-Z_]+\}$/);
    expect(others.length).toBeGreaterThan(0);
  });

  it.each(FILES)('%s keeps what reaches the package index out of every layer', (name) => {
    const text = read(name);
    expect(text).toContain('--mount=type=secret,id=pip,target=/etc/pip.conf');
    expect(text).not.toMatch(/^(ARG|ENV) .*(PIP_|INDEX_URL|TOKEN|PASSWORD)/m);
  });

  it('makes a user for the uid 1000 where the base has none, as Ubuntu has', () => {
    const [, step = ''] =
      /^RUN (\{ getent passwd 1000 .*?[^\\])$/ms.exec(read(FILES[0] ?? '')) ?? [];
    const run = (taken: boolean) => {
      const stubs = `getent() { ${taken}; }; useradd() { echo useradd; }; install() { echo install; }`;
      const { status, stdout } = spawnSync('sh', ['-c', `${stubs}\n${step}`], { encoding: 'utf8' });
      return [status, ...stdout.trim().split('\n')];
    };
    expect(run(true)).toEqual([0, 'install']);
    expect(run(false)).toEqual([0, 'useradd', 'install']);
  });
});
