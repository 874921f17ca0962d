// Finds a bundle of the sources as they are now, or has one made.
import { existsSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { renewed } from './notes.mjs';
import { writeWhole } from './write-whole.mjs';

/** What a bundle is for beside its sources and its place. */
const ENVIRONMENT = `${process.version} ${process.platform} ${process.arch}`;

/** Folder of a bundle of the sources in `root`: one that is in `kept`, or a new one. */
export async function freshBundle(root, kept) {
  const environment = `${ENVIRONMENT} ${root}`;
  const file = join(kept, 'manifest.json');
  const manifest = read(file);
  if (manifest?.environment === environment && existsSync(manifest.folder)) {
    const inputs = renewed(root, manifest.inputs);
    if (inputs && inputs !== manifest.inputs) writeWhole(file, { ...manifest, inputs });
    if (inputs) return used(manifest.folder);
  }
  // esbuild is loaded only where it is needed.
  const { makeBundle } = await import('./make-bundle.mjs');
  const { folder, inputs } = await makeBundle(root, kept);
  writeWhole(file, { environment, folder, inputs });
  return folder;
}

/** Those that nobody has used for a day are removed. */
function used(folder) {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch {
    // The repository is somebody else's.
  }
  return folder;
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
