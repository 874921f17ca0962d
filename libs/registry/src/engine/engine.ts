import { VllmCpuError } from '@vllm-cpu/system/errors';
import { findProgram } from '@vllm-cpu/system/programs';
import { allowedEnv } from '@vllm-cpu/system/run';
import type { Runner } from '@vllm-cpu/system/run';

/** The programs that can build an image, in the order in which they are looked for. */
export const ENGINES = ['docker', 'podman', 'buildah'] as const;
export type EngineName = (typeof ENGINES)[number];

/** A program that answered. */
export interface Engine {
  name: EngineName;
  /** Absolute path. */
  program: string;
}

/** What an engine, skopeo and their storage need to know of this machine; nothing else passes. */
const ENGINE_VARIABLES = [
  ...['PATH', 'HOME', 'TMPDIR', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'],
  // Logins: a file, never a value.
  ...['REGISTRY_AUTH_FILE', 'DOCKER_CONFIG'],
  // https://docs.docker.com/reference/cli/docker/#environment-variables
  ...['DOCKER_HOST', 'DOCKER_CONTEXT', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY', 'SSH_AUTH_SOCK'],
  ...['BUILDX_BUILDER', 'BUILDX_CONFIG'],
  // https://github.com/containers/common/blob/main/docs and containers-storage.conf(5)
  ...['CONTAINERS_CONF', 'CONTAINERS_REGISTRIES_CONF', 'CONTAINERS_STORAGE_CONF'],
  ...['STORAGE_DRIVER', 'STORAGE_OPTS', 'BUILDAH_ISOLATION', 'CONTAINER_HOST'],
  // Rootless engines keep their state below these.
  ...['XDG_RUNTIME_DIR', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'DBUS_SESSION_BUS_ADDRESS'],
];

/** The whole environment of an engine or of skopeo. */
export function engineEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  return allowedEnv(env, ENGINE_VARIABLES);
}

/**
 * The engine that was asked for, else the first that works here. docker counts with its buildx and a
 * daemon only: its client alone is on many machines.
 * @throws VllmCpuError ENGINE_UNKNOWN, ENGINE_NOT_USABLE, ENGINE_NOT_FOUND
 */
export async function findEngine(
  wanted: string | undefined,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<Engine> {
  const names = wanted === undefined ? ENGINES : [engineNamed(wanted)];
  const reasons: string[] = [];
  for (const name of names) {
    const program = findProgram(name, env['PATH']);
    const reason = program ? await whyNot(name, program, runner, env) : 'not on PATH';
    if (program && reason === undefined) return { name, program };
    reasons.push(`${name}: ${reason}`);
  }
  throw new VllmCpuError({
    code: wanted === undefined ? 'ENGINE_NOT_FOUND' : 'ENGINE_NOT_USABLE',
    what: wanted === undefined ? 'no image engine found' : `image engine ${wanted} is not usable`,
    why: `${reasons.join('; ')}.`,
    next: 'Install docker with buildx, podman or buildah (apt-get install buildah, dnf install buildah), or choose another with --engine.',
  });
}

function engineNamed(name: string): EngineName {
  const found = ENGINES.find((engine) => engine === name);
  if (found) return found;
  throw new VllmCpuError({
    code: 'ENGINE_UNKNOWN',
    what: `unknown image engine ${JSON.stringify(name)}`,
    next: `Use --engine=${ENGINES.join(', --engine=')}. Without --engine, the first usable one is chosen.`,
  });
}

/** Options that not every podman and buildah has; docker's buildx has them. */
const NEEDED = ['--output', '--secret'];

/** Why an engine does not work, or undefined where it does. */
async function whyNot(
  name: EngineName,
  program: string,
  runner: Runner,
  env: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const questions: [string, ...string[]][] =
    name === 'docker'
      ? [
          [program, 'buildx', 'version'],
          [program, 'info', '--format', '{{.ServerVersion}}'],
        ]
      : [[program, 'build', '--help']];
  for (const argv of questions) {
    const { exitCode, stdout, stderr } = await runner.try({ argv, env });
    const said = stderr.trim().split('\n')[0];
    if (exitCode !== 0) {
      return `"${argv.slice(1).join(' ')}" failed${said ? ` (${said})` : ''}`;
    }
    const lacking = argv.includes('--help') ? NEEDED.filter((word) => !stdout.includes(word)) : [];
    if (lacking.length > 0) return `too old, it does not know ${lacking.join(' and ')}`;
  }
  return undefined;
}
