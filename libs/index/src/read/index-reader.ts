import { sha256 } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { normalizeProjectName } from '@vllm-cpu/wheel/file-name';
import { parseIndexUrl, withSlash } from '../target/index-url.ts';
import { parseHtmlPage, parseJsonPage, SIMPLE_ACCEPT } from './simple-page.ts';
import type { HttpClient, HttpResponse } from './http-client.ts';
import type { IndexFile, ProjectPage } from './simple-page.ts';

/** Reads what an index lists; one over HTTP, one on disk (static-index.ts). */
export interface IndexReader {
  /** For messages; never holds a password. */
  readonly location: string;
  /** @throws VllmCpuError INDEX_REFUSED, INDEX_UNREACHABLE, INVALID_CONTENT */
  project(name: string): Promise<ProjectPage>;
  /** Digest of the file's bytes, from the listing where it has one, else from the file itself. */
  sha256Of(file: IndexFile): Promise<string>;
  /** The file itself. */
  download(file: IndexFile): Promise<Uint8Array>;
}

export interface SimpleClientOptions {
  /** It stands for another index, to which it may redirect. */
  isMirror?: boolean;
}

/** Reads an index by the simple API: JSON (PEP 691), or HTML (PEP 503) where it has no JSON. */
export function createSimpleClient(
  baseUrl: string,
  http: HttpClient,
  options: SimpleClientOptions = {},
): IndexReader {
  // Insecure URLs were refused when the target was resolved.
  const base = parseIndexUrl(baseUrl, { allowInsecure: true });
  const headers = base.authorization ? { authorization: base.authorization } : {};
  const sameHost = (url: string): boolean => new URL(url).origin === new URL(base.href).origin;
  const download = async (file: IndexFile): Promise<Uint8Array> => {
    const answer = await http.send({ url: file.url, headers: sameHost(file.url) ? headers : {} });
    if (answer.status !== 200) throw refused(file.url, answer.status);
    return answer.body;
  };
  return {
    location: base.href,
    download,
    sha256Of: async (file) => file.sha256 ?? sha256(await download(file)),
    project: async (name) => {
      const url = new URL(`${normalizeProjectName(name)}/`, withSlash(base.href)).href;
      const answer = await http.send({
        url,
        headers: { ...headers, accept: SIMPLE_ACCEPT, 'cache-control': 'no-cache' },
      });
      const elsewhere = !options.isMirror && leadsAway(url, answer.url);
      if (answer.status === 404 || elsewhere) return { exists: false, files: [] };
      if (answer.status !== 200) throw refused(url, answer.status);
      return parsePage(answer);
    },
  };
}

/** pypiserver answers for a project that it lacks by a redirect to another index. */
function leadsAway(asked: string, ended: string): boolean {
  return new URL(asked).hostname !== new URL(ended).hostname;
}

function parsePage(answer: HttpResponse): ProjectPage {
  const json = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
  return json ? parseJsonPage(answer.text(), answer.url) : parseHtmlPage(answer.text(), answer.url);
}

function refused(url: string, status: number): VllmCpuError {
  const login = status === 401 || status === 403;
  return new VllmCpuError({
    code: 'INDEX_REFUSED',
    what: `${url} answered ${status}`,
    why: login ? 'The index requires a login for reading.' : 'The index does not allow reading.',
    next: login
      ? 'Add the user name and password to the index URL in the pip configuration.'
      : 'Check the URL of the index (--read-url, or index-url in pip).',
  });
}
