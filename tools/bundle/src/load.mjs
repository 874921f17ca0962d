// Modules of this repository, compiled beforehand. Nx's plugins, executors and hashers and the command lines
// come through here: compiling hundreds of files in every process took longer than a run in which nothing changed.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freshBundle } from './fresh-bundle.mjs';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** Below the repository; `npm ci` empties it. */
export const KEPT = 'node_modules/.cache/vllm-cpu-bundle';

/** Looked for once per process: what a process has loaded does not change under it. */
let bundle;

/** The folder of a bundle of the sources as they are now. */
export function bundleFolder() {
  bundle ??= freshBundle(ROOT, join(ROOT, KEPT));
  return bundle;
}

/** The module at `path`, a TypeScript file relative to the repository, as its sources are now. */
export async function load(path) {
  return import(pathToFileURL(join(await bundleFolder(), path.replace(/\.ts$/, '.js'))).href);
}
