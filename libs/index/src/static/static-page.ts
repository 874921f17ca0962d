import { escapeHtml } from '@vllm-cpu/report/html';
import { z } from 'zod';

/** The version of the simple API that the pages speak (PEP 700). */
const API_VERSION = '1.1';

/** One file of a JSON page (PEP 691, 700, 714). What else stands in an entry is kept. */
const entrySchema = z.looseObject({
  filename: z.string(),
  /** Relative to the project's page. */
  url: z.string(),
  hashes: z.looseObject({ sha256: z.string() }),
  size: z.int(),
  'upload-time': z.string(),
  'requires-python': z.string().optional(),
  'core-metadata': z.looseObject({ sha256: z.string() }),
  yanked: z.union([z.boolean(), z.string()]),
});

export type StaticEntry = z.infer<typeof entrySchema>;

export const projectSchema = z.looseObject({
  name: z.string(),
  versions: z.array(z.string()),
  files: z.array(entrySchema),
});

export type StaticProject = z.infer<typeof projectSchema>;

/** The JSON page of a project. */
export function projectJson(project: StaticProject): string {
  const { name, versions } = project;
  // Keys in one order, so that the same listing is the same bytes whoever wrote the entries.
  const files = project.files.map((file) =>
    Object.fromEntries(Object.entries(file).sort(([a], [b]) => (a < b ? -1 : 1))),
  );
  return pretty({ meta: { 'api-version': API_VERSION }, name, versions, files });
}

/** The HTML page of a project (PEP 503, with the attributes of PEP 592, 658 and 714). */
export function projectHtml(project: StaticProject): string {
  return page(`Links for ${project.name}`, project.files.map(anchor));
}

/** The JSON page that lists the projects. */
export function rootJson(projects: readonly string[]): string {
  return pretty({
    meta: { 'api-version': API_VERSION },
    projects: projects.map((name) => ({ name })),
  });
}

/** The HTML page that lists the projects. */
export function rootHtml(projects: readonly string[]): string {
  return page(
    'Simple index',
    projects.map((name) => `<a href="${escapeHtml(name)}/">${escapeHtml(name)}</a>`),
  );
}

function anchor(file: StaticEntry): string {
  const metadata = `sha256=${file['core-metadata'].sha256}`;
  const attributes: Record<string, string> = {
    href: `${file.url}#sha256=${file.hashes.sha256}`,
    ...(file['requires-python'] ? { 'data-requires-python': file['requires-python'] } : {}),
    'data-core-metadata': metadata,
    // The name of PEP 658, which pip before 23.2 reads (PEP 714).
    'data-dist-info-metadata': metadata,
    ...(file.yanked === false
      ? {}
      : { 'data-yanked': file.yanked === true ? '' : String(file.yanked) }),
  };
  const written = Object.entries(attributes).map(([key, value]) => `${key}="${escapeHtml(value)}"`);
  return `<a ${written.join(' ')}>${escapeHtml(file.filename)}</a>`;
}

function page(title: string, anchors: readonly string[]): string {
  return [
    '<!DOCTYPE html>',
    '<html>',
    '<head>',
    '<meta charset="utf-8">',
    `<meta name="pypi:repository-version" content="${API_VERSION}">`,
    `<title>${escapeHtml(title)}</title>`,
    '</head>',
    '<body>',
    `<h1>${escapeHtml(title)}</h1>`,
    ...anchors.map((link) => `${link}<br>`),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
