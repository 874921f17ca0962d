import { runImage } from './laid-image.ts';
import type { LaidImage } from './laid-image.ts';

/** What the program `vllm` was given. */
function given(stdout: string): { argv: string[]; env: Record<string, string> } {
  return JSON.parse(stdout) as { argv: string[]; env: Record<string, string> };
}

/** Runs an image whose `vllm` tells what it was given. */
export function vllmWith(
  image: LaidImage,
  args: readonly string[],
  env: Record<string, string> = {},
) {
  const { status, stdout, stderr } = runImage(image, args, env);
  if (status !== 0) throw new Error(`ended with ${status}: ${stderr}`);
  return { ...given(stdout), stderr };
}
