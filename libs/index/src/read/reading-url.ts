import { z } from 'zod';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import { allowedEnv } from '@vllm-cpu/system/run';
import { parseIndexUrl, withSlash } from '../target/index-url.ts';
import { SIMPLE_ACCEPT } from './simple-page.ts';
import type { Runner } from '@vllm-cpu/system/run';
import type { HttpClient } from './http-client.ts';
import type { UploadRepository } from '../target/upload-repository.ts';
import type { UrlRules } from '../target/index-url.ts';

export interface ReadingContext extends UrlRules {
  runner: Runner;
  http: HttpClient;
  /** A Python with pip. */
  python: string;
  /** The machine's environment; pip's own variables are picked from it. */
  env: Readonly<Record<string, string | undefined>>;
  /** Answers the question: the URL of the simple API, given by the user. */
  readUrl?: string | undefined;
}

/** pip decides: its own option defaults are its configuration files and PIP_ variables merged. */
const ASK_PIP = [
  'import json',
  'from pip._internal.commands import create_command',
  'from pip._internal.models.index import TestPyPI',
  'options = create_command("download").parser.get_default_values()',
  'print(json.dumps({"pypi": options.index_url, "testpypi": TestPyPI.simple_url}))',
].join('\n');

const PIP_VARIABLES = ['PIP_INDEX_URL', 'PIP_CONFIG_FILE', 'XDG_CONFIG_HOME', 'XDG_CONFIG_DIRS'];

const pipAnswer = z.strictObject({ pypi: z.string(), testpypi: z.string() });

/**
 * The URL under which `repository` is read (PEP 503, PEP 691), with a slash at its end: what the user
 * gave, what pip is configured with for `pypi` and `testpypi`, else what the server itself answers
 * beside its upload URL. May hold user information: print only parseIndexUrl(...).href.
 * @throws VllmCpuError PIP_NOT_USABLE, INDEX_READ_URL_UNKNOWN
 */
export async function readingUrl(
  repository: UploadRepository,
  context: ReadingContext,
): Promise<string> {
  if (context.readUrl) return checked(context.readUrl, context);
  if (repository.name === 'pypi') return checked((await askPip(context)).pypi, context);
  if (repository.name === 'testpypi' && !repository.uploadUrl) {
    return checked((await askPip(context)).testpypi, context);
  }
  return findBeside(repository.uploadUrl ?? '', context);
}

function checked(url: string, rules: UrlRules): string {
  parseIndexUrl(url, rules);
  return withSlash(url);
}

async function askPip(context: ReadingContext): Promise<z.infer<typeof pipAnswer>> {
  const answer = await context.runner.try({
    argv: [context.python, '-c', ASK_PIP],
    env: { ...allowedEnv(context.env), ...allowedEnv(context.env, PIP_VARIABLES) },
  });
  if (answer.exitCode === 0) return parseJson(answer.stdout, pipAnswer, "pip's answer");
  throw new VllmCpuError({
    code: 'PIP_NOT_USABLE',
    what: `cannot determine which index pip of ${context.python} uses`,
    why: answer.stderr.trim().split('\n').at(-1) ?? '',
    next: `Install pip (${context.python} -m ensurepip), or give the URL with --read-url.`,
  });
}

/**
 * The usual places: `/legacy/` beside `/simple/` (PyPI's own layout), pypiserver's `/simple/` below
 * the upload URL, and devpi's `+simple/`. The root page of a simple API answers without a project.
 */
async function findBeside(uploadUrl: string, context: ReadingContext): Promise<string> {
  const base = withSlash(uploadUrl);
  const places = [new URL('simple/', base), new URL('+simple/', base), new URL('/simple/', base)];
  for (const place of places) {
    const answer = await context.http.send({ url: place.href, headers: { accept: SIMPLE_ACCEPT } });
    if (answer.status === 200 && looksSimple(answer.headers.get('content-type'))) return place.href;
  }
  throw new VllmCpuError({
    code: 'INDEX_READ_URL_UNKNOWN',
    what: `cannot determine the simple-API URL for ${uploadUrl}`,
    why: `None of ${places.map((place) => place.href).join(', ')} returned an index page.`,
    next: 'Give the URL of its simple API with --read-url=https://.../simple/.',
  });
}

function looksSimple(contentType: string | null): boolean {
  return /text\/html|vnd\.pypi\.simple\.v1\+(json|html)/.test(contentType ?? '');
}
