import fs from 'node:fs';
import path from 'node:path';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';
import { lockedEnvironment } from './locked-environment.ts';

/** Semantic versions and PEP 440 agree on these only. */
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+$/;

/** What hatchling reads; the folder has more, and an ignore file of its own decides nothing. */
const SOURCES = ['pyproject.toml', 'README.md', 'LICENSE', 'python/vllm_cpu_detect'];

/** 1980-01-01, which a ZIP archive can express: the same sources give the same bytes on any day. */
const SOURCE_DATE_EPOCH = '315532800';

/**
 * Builds the pure-Python wheel of the detector into `folder` with hatchling, from its lock.
 * @returns path of the wheel
 * @throws VllmCpuError DETECTOR_VERSION, DETECTOR_WHEEL
 */
export async function buildWheel(
  root: string,
  version: string,
  folder: string,
  runner: Runner,
  env: Record<string, string>,
): Promise<string> {
  if (!VERSION.test(version)) throw impossible(version);
  const python = await lockedEnvironment('build', 'python3', runner, env);
  const source = path.join(folder, 'wheel-source');
  for (const name of SOURCES) {
    const target = path.join(source, name);
    const filter = (file: string) => path.basename(file) !== '__pycache__';
    fs.cpSync(path.join(root, name), target, { recursive: true, filter });
  }
  const argv = [python, '-m', 'hatchling', 'build', '-t', 'wheel', '-d', folder] as const;
  await runner.run({ argv, cwd: source, env: { ...env, SOURCE_DATE_EPOCH } });
  fs.rmSync(source, { recursive: true });
  const wheels = fs.readdirSync(folder).filter((name) => name.endsWith('.whl'));
  const [wheel] = wheels;
  if (wheel === undefined || wheels.length > 1) throw notOne(wheels);
  return path.join(folder, wheel);
}

function impossible(version: string): VllmCpuError {
  return new VllmCpuError({
    code: 'DETECTOR_VERSION',
    what: `version ${version} cannot be used for both packages`,
    why: 'npm and Python write pre-releases differently, but both packages share one version.',
    next: 'Set a version like 1.2.3 in packages/cpu-detect/package.json.',
  });
}

function notOne(wheels: readonly string[]): VllmCpuError {
  return new VllmCpuError({
    code: 'DETECTOR_WHEEL',
    what: `expected one wheel from hatchling, found ${wheels.length}`,
    why: wheels.join(', ') || 'It reported no error.',
    next: 'Build it again into an empty folder: npx nx run cpu-detect:build',
  });
}
