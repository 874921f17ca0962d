import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pythonTools } from '@vllm-cpu/testing/python-tools';

/**
 * `path` and behind it the new directory `bin` with uv, which makes an environment in a tenth of the time that pip
 * needs. What pip makes is tested by e2e/locked-build.spec.ts: the same.
 */
export function withUv(path: string, bin: string): string {
  const tools = pythonTools('uv');
  if (!tools.available) return path;
  mkdirSync(bin);
  symlinkSync(tools.program('uv'), join(bin, 'uv'));
  return [path, bin].join(delimiter);
}
