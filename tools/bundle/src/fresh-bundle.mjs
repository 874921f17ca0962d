// Finds a bundle of the sources as they are now, or has one made.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renewed } from './notes.mjs';

/** Below the repository; `npm ci` empties it. */
const KEPT = 'node_modules/.cache/vllm-cpu-bundle';
/** What a bundle is for beside its sources. */
const ENVIRONMENT = `${process.version} ${process.platform} ${process.arch}`;

/** Folder of a bundle of the sources in `root`: one that was kept, or a new one. */
export async function freshBundle(root) {
  const kept = join(root, KEPT);
  const manifest = readManifest(kept);
  if (manifest?.environment === ENVIRONMENT && existsSync(manifest.folder)) {
    const inputs = renewed(root, manifest.inputs);
    if (inputs && inputs !== manifest.inputs) writeManifest(kept, { ...manifest, inputs });
    if (inputs) return manifest.folder;
  }
  // esbuild is loaded only where it is needed.
  const { makeBundle } = await import('./make-bundle.mjs');
  const { folder, inputs } = await makeBundle(root, kept);
  writeManifest(kept, { environment: ENVIRONMENT, folder, inputs });
  return folder;
}

function readManifest(kept) {
  try {
    return JSON.parse(readFileSync(join(kept, 'manifest.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Several processes may write theirs: each is whole, and right for its own folder. */
function writeManifest(kept, manifest) {
  const own = join(kept, `manifest-${process.pid}.json`);
  try {
    writeFileSync(own, JSON.stringify(manifest));
    renameSync(own, join(kept, 'manifest.json'));
  } catch {
    // The repository is not ours to write to: the next process makes its own.
  }
}
