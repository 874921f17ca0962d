import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeFiveWheels } from '@vllm-cpu/testing/five-wheels';
import { aReportModule, putReports, realVariants } from '@vllm-cpu/testing/report-fixture';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import { addToStaticIndex } from './static-index.ts';
import type { PageSources } from './page-sources.ts';

// Wheels are flushed to the disk, which takes seconds on a busy machine.
jest.setTimeout(120_000);
const TAG = 'cp38-abi3-manylinux_2_28_x86_64';
const variants = realVariants();

describe('the pages for people of a static index', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let wheels: PublishableWheel[];
  let pages: PageSources;
  beforeAll(async () => {
    folder = await scratchFolder('people-pages');
    wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0', '', TAG);
    const reports = await putReports(folder.path, wheels);
    pages = { variants, reports, indexUrl: 'https://example.org/vllm/simple' };
  });
  afterAll(() => folder.remove());
  const now = new Date('2026-01-01T00:00:00Z');
  const index = (name: string) => join(folder.path, name);
  const front = (name: string) => readFile(join(index(name), 'index.html'), 'utf8');

  async function allPages(name: string): Promise<Record<string, string>> {
    const root = index(name);
    const files = await readdir(root, { recursive: true });
    const texts = files.filter((file) => /\.(html|json)$/.test(file)).sort();
    const read = async (file: string) => [file, await readFile(join(root, file), 'utf8')] as const;
    return Object.fromEntries(await Promise.all(texts.map(read)));
  }

  it('name a package for each level, with the command that installs its newest version', async () => {
    await addToStaticIndex(index('levels'), wheels, { now, pages });
    const next = await makeFiveWheels(join(folder.path, 'next'), '0.12.0.post10', '', TAG);
    await addToStaticIndex(index('levels'), next, { now, pages });
    const text = await front('levels');
    for (const { project } of wheels) {
      const url = 'https://example.org/vllm/simple';
      expect(text).toContain(`pip install ${project}==0.12.0.post10 --extra-index-url ${url}`);
    }
    expect(text).toContain(`wheels/vllm_cpu_avx512-0.12.0-${TAG}.html`);
    expect(text).toContain('needs AVX-512');
  });

  it('are the same bytes however the wheels came in', async () => {
    await addToStaticIndex(index('at-once'), wheels, { now, pages });
    for (const wheel of [...wheels].reverse()) {
      // A later run has only its own report: those of the others are kept by the index.
      const reports = new Map([...pages.reports].filter(([digest]) => digest === wheel.sha256));
      await addToStaticIndex(index('one-by-one'), [wheel], { now, pages: { ...pages, reports } });
    }
    expect(await allPages('one-by-one')).toEqual(await allPages('at-once'));
  });

  it('praise no other bytes: a report about another file is not shown', async () => {
    const other = new Map(
      wheels.map(({ sha256 }) => [sha256, pages.reports.get(wheels[0]?.sha256 ?? '') ?? '']),
    );
    const last = wheels.slice(1);
    await addToStaticIndex(index('other'), last, { now, pages: { ...pages, reports: other } });
    expect(await front('other')).not.toContain('checks passed');
    expect(await front('other')).toContain('no report');
  });

  it('show what a wheel is called, and never run it', async () => {
    const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>\u202E`;
    const reports = await putReports(folder.path, wheels, {
      modules: [aReportModule({ file: hostile, histogram: { [hostile]: 3 } })],
      checks: [
        {
          ...{ name: 'archive', status: 'failed', figure: hostile },
          findings: [{ level: 'error', place: hostile, message: hostile }],
        },
      ],
      packages: [
        {
          ...{ name: hostile, version: hostile, licences: [hostile], purl: hostile },
          ...{ sha256: hostile, contained: true, description: hostile },
        },
      ],
    });
    await addToStaticIndex(index('hostile'), wheels, { now, pages: { ...pages, reports } });
    const texts = Object.entries(await allPages('hostile')).filter(([file]) =>
      file.endsWith('.html'),
    );
    expect(texts.length).toBeGreaterThan(10);
    for (const [, text] of texts) expect(text).not.toMatch(/<script|<img|onerror='|\u202E/);
    expect(texts.some(([, text]) => text.includes('&lt;script&gt;alert(1)'))).toBe(true);
  });
});
