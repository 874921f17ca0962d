import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './nx.mjs';

/** Imports TypeScript modules of tools/executors/src; Node 22.18 and later do that by themselves. */
export async function fromExecutors(...modules) {
  if (!process.features.typescript) await import('@swc-node/register/esm-register');
  const folder = join(ROOT, 'tools', 'executors', 'src');
  const loaded = await Promise.all(
    modules.map((module) => import(pathToFileURL(join(folder, module)).href)),
  );
  return Object.assign({}, ...loaded);
}
