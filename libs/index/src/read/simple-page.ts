import { z } from 'zod';
import { parseJson } from '@vllm-cpu/system/parse-json';

/** PEP 691 content negotiation: JSON first, HTML where the index has nothing else. */
export const SIMPLE_ACCEPT =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1';

/** One file of a project as its index lists it. */
export interface IndexFile {
  fileName: string;
  /** Absolute. */
  url: string;
  /** Lower-case hexadecimal; undefined where the index gives another digest, or none. */
  sha256: string | undefined;
  /** Bytes; only JSON pages say it (PEP 700). */
  size: number | undefined;
  /** Only JSON pages say it (PEP 700). */
  uploadTime: Date | undefined;
  yanked: boolean;
}

/** What an index says about one project. */
export interface ProjectPage {
  /** False where the index does not know the project: the first upload makes it. */
  exists: boolean;
  files: readonly IndexFile[];
}

const jsonPage = z.looseObject({
  files: z.array(
    z.looseObject({
      filename: z.string(),
      url: z.string(),
      hashes: z.record(z.string(), z.string()),
      size: z.int().optional(),
      'upload-time': z.string().optional(),
      yanked: z.union([z.boolean(), z.string()]).optional(),
    }),
  ),
});

/**
 * Parses a project page in JSON (PEP 691). `pageUrl` resolves relative file URLs.
 * @throws VllmCpuError INVALID_JSON, INVALID_CONTENT
 */
export function parseJsonPage(text: string, pageUrl: string): ProjectPage {
  const page = parseJson(text, jsonPage, pageUrl);
  const files = page.files.map((file) => ({
    fileName: file.filename,
    url: new URL(file.url, pageUrl).href,
    sha256: file.hashes['sha256']?.toLowerCase(),
    size: file.size,
    uploadTime: parseTime(file['upload-time']),
    yanked: file.yanked !== undefined && file.yanked !== false,
  }));
  return { exists: true, files };
}

/** An anchor with its attributes, whose quoted values may hold `>`, and its text. */
const ANCHOR = /<a\b((?:[^>"']|"[^"]*"|'[^']*')*)>([^<]*)<\/a\s*>/gi;
const ATTRIBUTE = /([^\s=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

/** Parses a project page in HTML (PEP 503). Anchors without an address are passed over. */
export function parseHtmlPage(text: string, pageUrl: string): ProjectPage {
  const files = [...text.matchAll(ANCHOR)].flatMap((anchor) => {
    const attributes = parseAttributes(anchor[1] ?? '');
    const href = attributes.get('href');
    if (!href) return [];
    const url = new URL(href, pageUrl);
    const sha256 = /(?:^#|&)sha256=([0-9a-f]{64})/i.exec(url.hash)?.[1]?.toLowerCase();
    url.hash = '';
    const fileName = decodeURIComponent(url.pathname.split('/').at(-1) ?? '');
    return [
      {
        fileName,
        url: url.href,
        sha256,
        size: undefined,
        uploadTime: undefined,
        yanked: attributes.has('data-yanked'),
      },
    ];
  });
  return { exists: true, files };
}

function parseAttributes(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(ATTRIBUTE)].map((found) => [
      (found[1] ?? '').toLowerCase(),
      unescapeHtml(found[2] ?? found[3] ?? found[4] ?? ''),
    ]),
  );
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(Number.parseInt(String(hex), 16));
    return named[String(name).toLowerCase()] ?? whole;
  });
}

function parseTime(text: string | undefined): Date | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}
