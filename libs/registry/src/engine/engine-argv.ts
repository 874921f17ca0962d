import type { Engine } from './engine.ts';

export type Argv = readonly [string, ...string[]];

/** One build of a Dockerfile; paths are absolute. */
export interface EngineBuild {
  dockerfile: string;
  context: string;
  /** Stage that is wanted. */
  target: string;
  /** `linux/amd64`; the host's own where it is left out. */
  platform?: string | undefined;
  arguments: Readonly<Record<string, string>>;
  labels?: Readonly<Record<string, string>>;
  /** Files that steps may read and that no layer keeps, by the name that the Dockerfile knows. */
  secrets: Readonly<Record<string, string>>;
  /** What becomes of it: an image with names in the engine's storage, or a folder with its files. */
  result: { tags: readonly string[] } | { folder: string };
  /** Words that this host's engine needs besides. */
  more: readonly string[];
}

/** The command that builds; the three engines agree in all but a few words. */
export function buildArgv(engine: Engine, build: EngineBuild): Argv {
  const words = build.more.slice();
  if (build.platform) words.push(`--platform=${build.platform}`);
  for (const [name, value] of Object.entries(build.arguments)) {
    words.push('--build-arg', `${name}=${value}`);
  }
  for (const [name, value] of Object.entries(build.labels ?? {})) {
    words.push('--label', `${name}=${value}`);
  }
  for (const [id, path] of Object.entries(build.secrets)) {
    words.push('--secret', `id=${id},src=${path}`);
  }
  const ends = [`--target=${build.target}`, `--file=${build.dockerfile}`, build.context];
  return [...beginning(engine, build), ...words, ...resultWords(build), ...ends];
}

function beginning({ name, program }: Engine, { result }: EngineBuild): Argv {
  if (name === 'docker') {
    // Provenance would make an index of two manifests out of one image; --load is for builders that
    // keep what they built to themselves.
    const plain: Argv = [program, 'buildx', 'build', '--progress=plain'];
    return 'tags' in result ? [...plain, '--provenance=false', '--load'] : plain;
  }
  // The OCI format has no place for a health check. Both keep no steps to be reused unless told to.
  return [program, 'build', '--format=docker', '--layers'];
}

function resultWords({ result }: EngineBuild): string[] {
  if ('folder' in result) return ['--output', `type=local,dest=${result.folder}`];
  return result.tags.flatMap((tag) => ['--tag', tag]);
}

/**
 * The commands that copy an image out of the engine's storage into the folder `to`, layers compressed;
 * `folder` is one to work in. docker is asked for a file: skopeo knows the daemon, but not the contexts and
 * variables by which docker's client finds it.
 */
export function packArgv(engine: Engine, tag: string, folder: string, to: string): Argv[] {
  const copy = (from: string): Argv => ['skopeo', 'copy', '--dest-compress', from, `dir:${to}`];
  if (engine.name !== 'docker') return [copy(`containers-storage:localhost/${tag}`)];
  const file = `${folder}/image.tar`;
  return [[engine.program, 'save', '--output', file, tag], copy(`docker-archive:${file}`)];
}

/** The command that prints the ID (docker) or the configuration of an image in the engine's storage. */
export function identifyArgv(engine: Engine, tag: string): Argv {
  return engine.name === 'docker'
    ? [engine.program, 'image', 'inspect', '--format', '{{.Id}}', tag]
    : ['skopeo', 'inspect', '--config', '--raw', `containers-storage:localhost/${tag}`];
}

/** The commands that copy an image from the folder `from` into the engine's storage: `packArgv` back again. */
export function unpackArgv(
  engine: Engine,
  tags: readonly [string, ...string[]],
  folder: string,
  from: string,
): Argv[] {
  const copy = (...to: string[]): Argv => ['skopeo', 'copy', `dir:${from}`, ...to];
  if (engine.name !== 'docker') {
    return tags.map((tag) => copy(`containers-storage:localhost/${tag}`));
  }
  const file = `${folder}/image.tar`;
  const [first, ...others] = tags;
  const additional = others.map((tag) => `--additional-tag=${tag}`);
  return [
    copy(...additional, `docker-archive:${file}:${first}`),
    [engine.program, 'load', '--input', file],
  ];
}
