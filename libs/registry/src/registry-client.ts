import { z } from 'zod';
import { DEFAULT_RETRIES, withRetries } from '@vllm-cpu/system/retry';
import type { RetryPolicy } from '@vllm-cpu/system/retry';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Finished } from '@vllm-cpu/system/run';
import type { Argv } from './engine/engine-argv.ts';
import { engineFailed } from './engine/run-engine.ts';
import type { EngineTools } from './engine/run-engine.ts';
import { parseManifest } from './manifest-list.ts';
import type { RemoteManifest } from './manifest-list.ts';
import type { Registry } from './registries.ts';

/** What is asked of a repository in a registry, and done there. */
export interface RegistryClient {
  /** All tags; none where the repository does not exist yet. */
  tags(): Promise<string[]>;
  /** What is under a tag or a digest; undefined where nothing is. */
  manifest(reference: string): Promise<RemoteManifest | undefined>;
  /** Copies a packed image, or the list alone without the images that it names, to `:tag` or `@digest`. */
  copy(folder: string, reference: string, kind: 'image' | 'list'): Promise<void>;
}

/** Registries of this machine mostly have no certificate; all others must have one. */
function tls({ local }: Registry, name: string): string[] {
  return local ? [`${name}=false`] : [];
}

export function listTagsArgv(registry: Registry): Argv {
  return ['skopeo', 'list-tags', ...tls(registry, '--tls-verify'), `docker://${registry.name}`];
}

/** `reference` begins with `:` or `@`. */
export function inspectArgv(registry: Registry, reference: string): Argv {
  const address = `docker://${registry.name}${reference}`;
  return ['skopeo', 'inspect', '--raw', ...tls(registry, '--tls-verify'), address];
}

/** Digests are kept: what arrives is what was packed, byte by byte, or nothing. */
export function copyArgv(
  folder: string,
  registry: Registry,
  reference: string,
  kind: 'image' | 'list',
): Argv {
  const only = kind === 'list' ? ['--multi-arch=index-only'] : [];
  return [
    ...(['skopeo', 'copy', '--preserve-digests', ...only] as const),
    ...tls(registry, '--dest-tls-verify'),
    `dir:${folder}`,
    `docker://${registry.name}${reference}`,
  ];
}

/** Talks to one registry by skopeo, with retries where another try may help. */
export function openRegistry(
  registry: Registry,
  tools: EngineTools,
  retries: RetryPolicy = DEFAULT_RETRIES,
): RegistryClient {
  const attempt = (argv: Argv, missing?: RegExp): Promise<Finished | undefined> =>
    withRetries(
      retries,
      async () => {
        const finished = await tools.runner.try({ argv, env: tools.env });
        if (finished.exitCode === 0) return { done: finished };
        if (missing?.test(finished.stderr)) return { done: undefined };
        return { error: registryFailed(registry, argv, finished), again: mayPass(finished) };
      },
      tools.print,
    );
  return {
    tags: async () => {
      const answer = await attempt(listTagsArgv(registry), NO_REPOSITORY);
      return answer ? read(registry, () => parseTags(answer.stdout)) : [];
    },
    manifest: async (reference) => {
      const answer = await attempt(inspectArgv(registry, reference), NO_MANIFEST);
      return answer && read(registry, () => parseManifest(answer.stdout));
    },
    copy: async (folder, reference, kind) => {
      await attempt(copyArgv(folder, registry, reference, kind));
    },
  };
}

const NO_REPOSITORY = /\b404\b|name unknown|repository name not known/i;
const NO_MANIFEST = /manifest unknown|name unknown|\b404\b|repository name not known/i;
const DENIED = /unauthorized|authentication required|denied|\b40[13]\b/i;
const PASSING =
  /connection (refused|reset)|timeout|timed out|\bEOF\b|no such host|temporary failure|network is unreachable|too many requests|broken pipe|closed network connection|stream error|goaway|\b(429|50\d)\b/i;

/** Whether the same command may succeed later. No refusal is ever repeated. */
function mayPass({ stderr }: Finished): boolean {
  return PASSING.test(stderr) && !DENIED.test(stderr);
}

function registryFailed(registry: Registry, argv: Argv, finished: Finished): VllmCpuError {
  const why = reasonOf(finished);
  if (/no space left on device/i.test(finished.stderr) && !PASSING.test(finished.stderr)) {
    return engineFailed(argv, finished);
  }
  if (DENIED.test(finished.stderr)) {
    return new VllmCpuError({
      code: 'REGISTRY_DENIED',
      what: `${registry.name}: authentication failed or missing`,
      why,
      next: `Log in (skopeo login ${registry.name.split('/')[0]}), or set REGISTRY_AUTH_FILE to a file with the login. Some registries, such as Docker Hub, answer the same for a repository that does not exist: create it first.`,
    });
  }
  const passing = mayPass(finished);
  return new VllmCpuError({
    code: passing ? 'REGISTRY_UNREACHABLE' : 'REGISTRY_FAILED',
    what: `${registry.name}: ${passing ? 'no response' : 'request failed'}`,
    why,
    next: 'Run the same command again: it keeps what exists and adds what is missing.',
  });
}

/** skopeo's last line, without the frame of its log. */
function reasonOf({ stderr }: Finished): string {
  const last = stderr.trim().split('\n').at(-1) ?? '';
  const text = /msg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1] ?? last;
  return text.replaceAll('\\"', '"');
}

const tagsSchema = z.looseObject({ Tags: z.array(z.string()).nullable() });

function parseTags(text: string): string[] {
  return parseJson(text, tagsSchema, 'the list of tags').Tags ?? [];
}

/** What a registry answers is not ours to fix: a proxy, or another program behind the address. */
function read<T>({ name }: Registry, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof VllmCpuError)) throw cause;
    throw new VllmCpuError({
      code: 'REGISTRY_FAILED',
      what: `${name}: unusable response`,
      why: [cause.what, cause.why].filter(Boolean).join(': '),
      next: 'Check the address of the registry and the proxy, then run the same command again.',
      cause,
    });
  }
}
