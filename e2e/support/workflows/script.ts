import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const REPOSITORY = join(import.meta.dirname, '../../..');
const HANDING = ['OUTPUT', 'ENV', 'PATH', 'STEP_SUMMARY'];

export interface ScriptRun {
  status: number | null;
  output: string;
  /** The content of GITHUB_OUTPUT, GITHUB_ENV, ..., by the last part of that name. */
  handed: Readonly<Record<string, string>>;
  /** Outputs of the step, by name. */
  outputs: Readonly<Record<string, string>>;
}

/** Runs a step of tools/ci as a workflow does, with nothing of this process's environment but PATH and HOME. */
export async function runScript(
  name: string,
  env: Readonly<Record<string, string>> = {},
  root = REPOSITORY,
): Promise<ScriptRun> {
  const files = mkdtempSync(join(tmpdir(), 'vllm-cpu-step-'));
  const fileOf = (what: string) => join(files, what);
  const given = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? root,
    ...Object.fromEntries(HANDING.map((what) => [`GITHUB_${what}`, fileOf(what)])),
    ...env,
  };
  const { status, output } = await ended([join(root, 'tools/ci/bin/ci.mjs'), name], root, given);
  const read = (what: string) =>
    existsSync(fileOf(what)) ? readFileSync(fileOf(what), 'utf8') : '';
  const handed = Object.fromEntries(HANDING.map((what) => [what, read(what)]));
  rmSync(files, { recursive: true });
  return { status, output, handed, outputs: pairsOf(handed['OUTPUT'] ?? '') };
}

function ended(
  words: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, words, { cwd, env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('close', (status) => resolve({ status, output }));
  });
}

/** `name<<end`, lines, `end`: what GITHUB_OUTPUT and GITHUB_ENV have for a value of any form. */
export function pairsOf(text: string): Record<string, string> {
  const found = text.matchAll(/^([^\n]+?)<<([^\n]+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name = '', , value = '']) => [name, value]));
}

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface Server {
  url: string;
  /** What was asked for so far. */
  asked: { line: string; body: string }[];
  close: () => void;
}

/** A real HTTP server on this machine. */
export async function serve(answer: Answer): Promise<Server> {
  const asked: Server['asked'] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      asked.push({ line: `${request.method} ${request.url}`, body });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, close };
}
