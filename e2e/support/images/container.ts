import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRunner } from '@vllm-cpu/system/run';
import type { Finished } from '@vllm-cpu/system/run';

/** What a container engine takes of an image's configuration. */
export interface ImageConfig {
  Env: string[];
  Entrypoint: string[];
  Cmd: string[] | null;
  User: string;
  Volumes: Record<string, unknown>;
  Labels: Record<string, string>;
  Healthcheck?: { Test: string[] };
}

/** The root file system of an image, mounted by buildah. */
export interface MountedImage {
  root: string;
  config: ImageConfig;
}

/** Engine and skopeo with a storage of their own. */
export interface Tools {
  storageConf: string;
  /** Prints of a program that succeeds. */
  run: (...argv: [string, ...string[]]) => Promise<string>;
  try: (...argv: [string, ...string[]]) => Promise<Finished>;
  mount: (image: string) => Promise<MountedImage>;
  /** Unmounts and removes everything. */
  clear: () => Promise<void>;
}

export function tools(storageConf: string): Tools {
  const runner = createRunner();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/root',
    CONTAINERS_STORAGE_CONF: storageConf,
  };
  const run: Tools['run'] = async (...argv) => (await runner.run({ argv, env })).stdout;
  const attempt: Tools['try'] = (...argv) => runner.try({ argv, env });
  return {
    storageConf,
    run,
    try: attempt,
    clear: async () => {
      await attempt('buildah', 'rm', '--all');
      await attempt('buildah', 'rmi', '--all', '--force');
    },
    mount: async (image) => {
      const container = (await run('buildah', 'from', '--pull-never', image)).trim();
      const root = (await run('buildah', 'mount', container)).trim();
      const told = await run('buildah', 'inspect', '--type=image', image);
      const { Docker } = JSON.parse(told) as { Docker: { config: ImageConfig } };
      return { root, config: Docker.config };
    },
  };
}

export interface Started {
  /** Number of process 1 as it is seen from here. */
  pid: () => Promise<number>;
  ended: Promise<number | null>;
  output: () => string;
}

/**
 * Runs an image as an engine would, as far as that needs no engine: its own process and mount namespaces, the
 * root file system read-only, /tmp and its volumes writable, user and environment of the image.
 */
export function startContainer(
  { root, config }: MountedImage,
  args: readonly string[],
  more: { env?: Record<string, string>; user?: string; files?: Record<string, string> } = {},
): Started {
  const volumes = Object.keys(config.Volumes);
  const script = [
    'set -e; root=$1; shift',
    'mount --bind "$root" "$root"',
    ...['/tmp', ...volumes].map((path) => `mount -t tmpfs -o mode=1777 tmpfs "$root${path}"`),
    ...Object.entries(more.files ?? {}).map(([to, from]) => `cp '${from}' "$root/tmp/${to}"`),
    'chmod -R a+rX "$root/tmp"',
    'mount --bind /dev "$root/dev"',
    'mount -t proc proc "$root/proc"',
    'mount --bind /sys "$root/sys"',
    'mount -o remount,bind,ro "$root"',
    'exec "$@"',
  ].join('\n');
  const env = [...config.Env, ...Object.entries(more.env ?? {}).map((pair) => pair.join('='))];
  const inside = [
    ...['chroot', `--userspec=${more.user ?? config.User}`, '--groups=', root],
    ...['/usr/bin/env', '-i', ...env, ...config.Entrypoint, ...args],
  ];
  const words = ['--pid', '--fork', '--mount', '--propagation=private', '--kill-child'];
  const child = spawn('unshare', [...words, 'sh', '-c', script, 'sh', root, ...inside], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  return {
    pid: () => firstChild(child),
    ended: new Promise((resolve) => child.on('close', resolve)),
    output: () => text,
  };
}

async function firstChild({ pid }: ChildProcess): Promise<number> {
  for (;;) {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    if (children) return Number(children);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Status and body of what the server in a container answers, as soon as it does. */
export async function answerOf(port: number, path: string, running: Started): Promise<string> {
  let over = false;
  void running.ended.then(() => (over = true));
  for (;;) {
    const text = await fetch(`http://127.0.0.1:${port}${path}`).then(
      async (response) => `${response.status} ${await response.text()}`,
      () => undefined,
    );
    if (text !== undefined) return text;
    if (over) throw new Error(running.output());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
