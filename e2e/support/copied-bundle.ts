import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where tools/bundle keeps what it made, below a repository. */
const KEPT = 'node_modules/.cache/vllm-cpu-bundle';

/**
 * Gives the clone at `root` the bundle that Nx's plugin made of the sources of `repository`, with the clone's paths
 * in it: to make one takes as long as Nx takes to start. Nx notices what is different in the clone, by the digests in
 * the manifest, and makes its own then.
 */
export function copyBundle(repository: string, root: string): void {
  const kept = join(repository, KEPT);
  if (!existsSync(join(kept, 'manifest.json'))) return;
  const manifest = readFileSync(join(kept, 'manifest.json'), 'utf8');
  const { folder } = JSON.parse(manifest) as { folder: string };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(kept, join(entry.parentPath, entry.name)));
  for (const name of [...files, 'nodes.json', 'manifest.json']) {
    if (!existsSync(join(kept, name))) continue;
    const to = join(root, KEPT, name);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, moved(readFileSync(join(kept, name), 'utf8'), repository, root));
  }
}

function moved(text: string, from: string, to: string): string {
  return text.replaceAll(pathToFileURL(from).href, pathToFileURL(to).href).replaceAll(from, to);
}
