// Modules of this repository, compiled beforehand. Nx's plugins, executors and hashers and the command lines
// come through here: compiling hundreds of files in every process took longer than a run in which nothing changed.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { freshBundle } from './fresh-bundle.mjs';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** Looked for once per process: what a process has loaded does not change under it. */
let bundle;

/** The module at `path`, a TypeScript file relative to the repository, as its sources are now. */
export async function load(path) {
  bundle ??= freshBundle(ROOT);
  return import(pathToFileURL(join(await bundle, path.replace(/\.ts$/, '.js'))).href);
}
