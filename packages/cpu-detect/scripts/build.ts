/** Builds both packages of the detector: the pure-Python wheel and the npm tarball. */
import fs from 'node:fs';
import path from 'node:path';
import { atBoundary } from '@vllm-cpu/system/errors';
import { createRunner } from '@vllm-cpu/system/run';
import { installerEnv } from './locked-environment.ts';
import { buildNpmPackage } from './npm-package.ts';
import { buildWheel } from './wheel.ts';

const project = path.resolve(import.meta.dirname, '..');

/** What one build made: absolute paths. */
export interface BuiltPackages {
  wheel: string;
  tarball: string;
}

/** Builds into `folder`, which is emptied first. */
export async function build(
  folder: string,
  env: Record<string, string | undefined>,
): Promise<BuiltPackages> {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const text = fs.readFileSync(path.join(project, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  const runner = createRunner();
  const own = installerEnv(env);
  const wheel = await buildWheel(project, version, folder, runner, own);
  const tarball = await buildNpmPackage(project, folder, runner, own);
  return { wheel, tarball };
}

async function main(): Promise<void> {
  const folder = path.resolve(process.argv[2] ?? path.join(project, '../../dist/cpu-detect'));
  const done = await atBoundary(async () => {
    const { wheel, tarball } = await build(folder, process.env);
    process.stdout.write(`${wheel}\n${tarball}\n`);
    return true;
  });
  if (!done) process.exitCode = 1;
}

if (process.argv[1] === import.meta.filename) void main();
