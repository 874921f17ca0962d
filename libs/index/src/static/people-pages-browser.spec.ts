import { existsSync } from 'node:fs';
import { cp, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest } from '@jest/globals';
import { findBrowser, launchBrowser } from '@vllm-cpu/testing/browser';
import { makeFiveWheels } from '@vllm-cpu/testing/five-wheels';
import { putReports, realVariants } from '@vllm-cpu/testing/report-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { scratchFolder } from '@vllm-cpu/testing/temporary-folder';
import { serveFolder } from '@vllm-cpu/testing/static-server';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { addToStaticIndex } from './static-index.ts';

const program = findBrowser();
const it = requires(
  'Chromium, which npm test installs on Debian and Fedora',
  program !== undefined,
);
const TAG = 'cp38-abi3-manylinux_2_28_x86_64';
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
jest.setTimeout(120_000);

describe('the pages of a static index in a browser', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: Awaited<ReturnType<typeof serveFolder>>;
  let browser: Browser;
  let urls: string[];
  beforeAll(async () => {
    if (!program) return;
    folder = await scratchFolder('pages-browser');
    const made = join(folder.path, 'made');
    const wheels = await makeFiveWheels(join(folder.path, 'wheels'), '0.12.0', '', TAG);
    const reports = await putReports(folder.path, wheels.slice(1));
    const variants = realVariants();
    await addToStaticIndex(made, wheels, { pages: { variants, reports } });
    // A copy below another folder: nothing may depend on where it was made.
    const place = join(folder.path, 'site', 'some', 'where');
    await cp(made, place, { recursive: true });
    server = await serveFolder(join(folder.path, 'site'));
    const names = (await readdir(join(place, 'wheels'))).slice(0, 2);
    const pages = ['index.html', ...names.map((name) => `wheels/${name}`)];
    urls = pages.flatMap((page) => [
      `${server.origin}/some/where/${page}`,
      pathToFileURL(join(place, page)).href,
    ]);
    browser = await launchBrowser(program);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await folder?.remove();
  });

  async function withPage<T>(
    url: string,
    options: { colorScheme?: 'light' | 'dark'; width?: number },
    look: (page: Page) => Promise<T>,
  ): Promise<T> {
    const { colorScheme = 'light', width = 1200 } = options;
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 800 } });
    await page.goto(url);
    return look(page).finally(() => page.close());
  }

  it('ask nobody for anything, served from a subfolder or opened from a disk', async () => {
    for (const url of urls) {
      const page = await browser.newPage();
      const [requests, complaints]: [string[], string[]] = [[], []];
      page.on('request', (request) => requests.push(request.url()));
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(url, { waitUntil: 'networkidle' });
      await page.close();
      expect(requests.filter((asked) => !asked.startsWith('data:'))).toEqual([url]);
      expect(complaints).toEqual([]);
    }
  });

  it('have links that lead somewhere', async () => {
    for (const url of urls.filter((each) => each.startsWith('file:'))) {
      const links = await withPage(url, {}, (page) =>
        page.$$eval('a', (all) => all.map((link) => link.href)),
      );
      expect(links.length).toBeGreaterThan(2);
      for (const link of links) {
        const target = new URL(link);
        const anchor = decodeURIComponent(target.hash.slice(1));
        target.hash = '';
        expect([link, existsSync(fileURLToPath(target))]).toEqual([link, true]);
        const text = anchor ? await readFile(fileURLToPath(target), 'utf8') : '';
        if (anchor) expect(text).toContain(`id="${anchor}"`);
      }
    }
  });

  for (const [colorScheme, width] of [
    ['light', 1200],
    ['dark', 360],
  ] as const) {
    it(`pass axe in ${colorScheme} at a width of ${width}`, async () => {
      for (const url of urls.filter((each) => each.startsWith('http:'))) {
        const found = await withPage(url, { colorScheme, width }, violations);
        expect([url, found]).toEqual([url, []]);
      }
    });
  }

  it('fit a narrow screen: only blocks of their own scroll sideways', async () => {
    for (const url of urls) {
      const room = await withPage(url, { width: 320 }, (page) =>
        page.evaluate('document.documentElement.scrollWidth'),
      );
      expect([url, room]).toEqual([url, 320]);
    }
  });

  it('are read by keyboard: skip link first, the focus is always seen, down the page', async () => {
    for (const url of urls) {
      // In one column, where the order of reading is that of the lines.
      await withPage(url, { width: 360 }, async (page) => {
        await page.keyboard.press('Tab');
        expect(await focused(page)).toMatchObject({ text: 'Skip to the content', seen: true });
        await page.keyboard.press('Enter');
        expect(await page.evaluate('document.activeElement?.id')).toBe('main');
        const stops = await tabStops(page, 10);
        expect(stops.length).toBeGreaterThan(2);
        for (const stop of stops) expect(stop).toMatchObject({ seen: true, outline: true });
        const tops = stops.map(({ top }) => top);
        expect(tops).toEqual([...tops].sort((a, b) => a - b));
      });
    }
  });

  it('give the whole command to one click', async () => {
    const selected = await withPage(urls[0] ?? '', {}, async (page) => {
      await page.click('section pre code');
      return page.evaluate('String(getSelection()).trim()');
    });
    expect(selected).toMatch(/^pip install vllm-cpu==0\.12\.0 .*simple.*$/);
  });
});

/** What axe finds by the rules of WCAG 2.2 AA, and its advice on good practice. */
async function violations(page: Page): Promise<string[]> {
  // The page's policy lets no script in: the test's comes by the debugger.
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations: all } = await page.evaluate<AxeResults>('axe.run()');
  return all.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

interface Focused {
  text: string;
  /** It is on the screen. */
  seen: boolean;
  /** An outline marks it. */
  outline: boolean;
  /** From the top of the page. */
  top: number;
}

/** What Tab reaches, up to `most`; fewer where the page ends. */
async function tabStops(page: Page, most: number): Promise<Focused[]> {
  const stops: Focused[] = [];
  while (stops.length < most) {
    await page.keyboard.press('Tab');
    if ((await page.evaluate('document.activeElement === document.body')) === true) break;
    stops.push(await focused(page));
  }
  return stops;
}

function focused(page: Page): Promise<Focused> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return {
      text: element.textContent,
      seen: right > 0 && left < innerWidth && bottom > 0 && top < innerHeight,
      outline: outlineStyle !== 'none' && outlineWidth !== '0px',
      top: Math.round(top + scrollY),
    };
  })()`);
}
