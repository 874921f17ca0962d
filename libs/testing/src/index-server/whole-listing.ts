import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sha256 } from '@vllm-cpu/system/digest';
import { parseHtmlPage, parseJsonPage } from '@vllm-cpu/index/simple-page';
import type { ProjectPage } from '@vllm-cpu/index/simple-page';

/**
 * The names of all files that a static index lists, sorted; throws where a page is half, or where
 * a listed file or its metadata is not there with exactly the listed bytes.
 */
export async function wholeListing(index: string): Promise<string[]> {
  const simple = join(index, 'simple');
  const projects = await readdir(simple, { withFileTypes: true }).catch(() => []);
  const names: string[] = [];
  for (const project of projects.filter((entry) => entry.isDirectory())) {
    const html = await page(join(simple, project.name, 'index.html'), parseHtmlPage);
    await page(join(simple, project.name, 'index.json'), parseJsonPage);
    names.push(...html.files.map((file) => file.fileName));
  }
  return names.sort();
}

async function page(
  path: string,
  parse: (text: string, url: string) => ProjectPage,
): Promise<ProjectPage> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  // Between the two renames of a new project one of its pages is there already.
  if (text === undefined) return { exists: false, files: [] };
  if (!/(<\/html>|\})\n$/.test(text)) throw new Error(`${path} is half`);
  const parsed = parse(text, pathToFileURL(path).href);
  for (const file of parsed.files) {
    const content = await readFile(new URL(file.url));
    if (sha256(content) !== file.sha256) throw new Error(`${file.fileName} has other bytes`);
    await readFile(new URL(`${file.url}.metadata`));
  }
  return parsed;
}
