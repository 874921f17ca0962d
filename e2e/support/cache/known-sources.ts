import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where tools/bundle keeps what it made, below a repository. */
const BUNDLE = 'node_modules/.cache/vllm-cpu-bundle';
/** Where Nx keeps it, and the files in which it notes the imports of each file by its digest. */
const DATA = '.nx/workspace-data';
const GRAPH = [
  ...['lockfile-dependencies.json', 'lockfile-nodes.json'],
  ...['file-map.json', 'project-graph.json'],
];

/**
 * Gives the clone at `root` the bundle that Nx's plugin made of the sources of `repository`, with the clone's paths
 * in it: to make one takes as long as Nx takes to start. Nx notices what is different in the clone, by the digests in
 * the manifest, and makes its own then.
 */
export function copyBundle(repository: string, root: string): void {
  const kept = join(repository, BUNDLE);
  if (!existsSync(join(kept, 'manifest.json'))) return;
  const manifest = readFileSync(join(kept, 'manifest.json'), 'utf8');
  const { folder } = JSON.parse(manifest) as { folder: string };
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(kept, join(entry.parentPath, entry.name)));
  for (const name of [...files, 'nodes.json', 'manifest.json']) {
    if (!existsSync(join(kept, name))) continue;
    const to = join(root, BUNDLE, name);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, moved(readFileSync(join(kept, name), 'utf8'), repository, root));
  }
}

function moved(text: string, from: string, to: string): string {
  return text.replaceAll(pathToFileURL(from).href, pathToFileURL(to).href).replaceAll(from, to);
}

/**
 * Puts into Nx's new data folder `data` what Nx knows of the sources of `repository`, and nothing of what it ran: it
 * looks only at files that are different then.
 */
export function copyGraph(repository: string, data: string): void {
  mkdirSync(data, { recursive: true });
  for (const name of GRAPH.filter((each) => existsSync(join(repository, DATA, each)))) {
    copyFileSync(join(repository, DATA, name), join(data, name));
  }
}
