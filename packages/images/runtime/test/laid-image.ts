import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll } from '@jest/globals';

const RUNTIME = resolve(import.meta.dirname, '..');
const PACKAGES = resolve(RUNTIME, '../..');

/** The files of an image, laid into a folder as the Dockerfile lays them into /usr/local. */
export interface LaidImage {
  root: string;
  entrypoint: string;
  env: Record<string, string>;
}

/** A program on PATH that prints, as JSON, the argv and the environment that it was given. */
const TELLER = `import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ)}))
`;

const SAMPLE = `import sys
from vllm.entrypoints.cli.main import main
sys.exit(main())
`;

/** Stands in for the sample's compiled module, of which the server calls one function. */
const KERNELS = `import hashlib

def token_hash(tokens):
    return int.from_bytes(hashlib.blake2b(tokens, digest_size=8).digest(), "little")
`;

/**
 * Lays an image into `root`. Its `vllm` is the sample's real server, or a program that tells what it
 * was given. Everybody may read everything, as in an image.
 */
export function layImage(root: string, vllm: 'sample' | 'teller', python = 'python3'): LaidImage {
  cpSync(laidOut(vllm, python), root, { recursive: true });
  spawnSync('chmod', ['-R', 'a+rX', root]);
  const env = {
    PATH: `${join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
    PYTHONPATH: join(root, 'site'),
    PYTHONDONTWRITEBYTECODE: '1',
    HOME: '/nonexistent',
    HF_HOME: join(root, 'models'),
    VLLM_CPU_VARIANT: 'noavx512',
    VLLM_CPU_RELEASE: '0.12.0',
    VLLM_CPU_IMAGE: 'docker.io/example/vllm-cpu',
  };
  return { root, entrypoint: join(root, 'bin/vllm-cpu-entrypoint'), env };
}

/** One folder for each `vllm` and interpreter. */
const laid = new Map<string, string>();
afterAll(() => laid.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** What images are copied from: compiled as the Dockerfile does it, or each start would compile everything again. */
function laidOut(vllm: 'sample' | 'teller', python: string): string {
  const known = laid.get(`${vllm} ${python}`);
  if (known) return known;
  const root = mkdtempSync(join(tmpdir(), 'vllm-cpu-laid-'));
  laid.set(`${vllm} ${python}`, root);
  for (const name of ['bin', 'lib/vllm-cpu', 'site']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  const entrypoint = join(root, 'bin/vllm-cpu-entrypoint');
  script(entrypoint, python, withoutFirstLine(join(RUNTIME, 'entrypoint.py')));
  copyPython(join(RUNTIME, 'vllm_cpu_entrypoint'), join(root, 'lib/vllm-cpu/vllm_cpu_entrypoint'));
  const detector = join(PACKAGES, 'cpu-detect/python/vllm_cpu_detect');
  copyPython(detector, join(root, 'site/vllm_cpu_detect'));
  script(join(root, 'bin/vllm'), python, vllm === 'sample' ? SAMPLE : TELLER);
  if (vllm === 'sample') laySample(join(root, 'site'));
  const compile = ['-m', 'compileall', '-q', '--invalidation-mode', 'unchecked-hash'];
  spawnSync(python, [...compile, join(root, 'lib'), join(root, 'site')]);
  return root;
}

function script(file: string, python: string, text: string): void {
  writeFileSync(file, `#!/usr/bin/env ${python}\n${text}`);
  chmodSync(file, 0o755);
}

function withoutFirstLine(file: string): string {
  return readFileSync(file, 'utf8').replace(/^.*\n/, '');
}

function copyPython(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (name) => !name.endsWith('__pycache__') });
}

function laySample(site: string): void {
  copyPython(join(PACKAGES, 'upstream/sample/vllm'), join(site, 'vllm'));
  writeFileSync(join(site, 'vllm/_C.py'), KERNELS);
  const metadata = join(site, 'vllm-0.0.1+cpu.dist-info');
  mkdirSync(metadata);
  const fields = 'Metadata-Version: 2.1\nName: vllm\nVersion: 0.0.1+cpu\n';
  writeFileSync(join(metadata, 'METADATA'), fields);
}

export interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the entrypoint to its end. */
export function runImage(
  image: LaidImage,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  ids: { uid?: number; gid?: number } = {},
): Ended {
  const { status, stdout, stderr, error } = spawnSync(image.entrypoint, args, {
    env: { ...image.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
    ...ids,
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** A running container of the image: the entrypoint is process 1 of a namespace of its own. */
export interface Running {
  /** Number of the entrypoint as it is seen from here. */
  pid: number;
  /** What it has written to both streams so far. */
  log: () => string;
  stop: (signal: NodeJS.Signals) => void;
  ended: Promise<number | null>;
  /** Resolves with the match as soon as the log has it; rejects when the process ends before. */
  says: (pattern: RegExp) => Promise<RegExpMatchArray>;
}

/** Starts the entrypoint, in a process namespace where `isolated`. */
export async function startImage(
  image: LaidImage,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  isolated = true,
): Promise<Running> {
  const options: SpawnOptions = {
    env: { ...image.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  };
  const wrapper = ['--fork', '--pid', '--mount-proc', '--kill-child', image.entrypoint, ...args];
  const child = isolated
    ? spawn('unshare', wrapper, options)
    : spawn(image.entrypoint, [...args], options);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  }
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
  const pid = isolated ? await firstChild(child) : (child.pid ?? 0);
  return {
    pid,
    log: () => text,
    stop: (signal) => process.kill(pid, signal),
    ended,
    says: (pattern) => said(child, () => text, pattern),
  };
}

async function firstChild(parent: ChildProcess): Promise<number> {
  const file = `/proc/${parent.pid}/task/${parent.pid}/children`;
  for (;;) {
    const [number] = readFileSync(file, 'utf8').split(' ');
    if (number) return Number(number);
    await pause();
  }
}

async function said(
  child: ChildProcess,
  text: () => string,
  pattern: RegExp,
): Promise<RegExpMatchArray> {
  for (;;) {
    const found = text().match(pattern);
    if (found) return found;
    if (child.exitCode !== null) throw new Error(`ended without ${pattern}:\n${text()}`);
    await pause();
  }
}

export function pause(milliseconds = 20): Promise<void> {
  return new Promise((done) => setTimeout(done, milliseconds));
}

/** Whether a process namespace can be made here, which takes root or an engine's rights. */
export const CAN_ISOLATE =
  spawnSync('unshare', ['--fork', '--pid', '--mount-proc', 'true']).status === 0;

/** The command lines of all processes. */
export function commandLines(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((number) => {
      try {
        return readFileSync(`/proc/${number}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    });
}
