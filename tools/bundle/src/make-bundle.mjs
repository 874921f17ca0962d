// Makes a bundle with esbuild: a module for each entry, and chunks that they share.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { note } from './notes.mjs';

/** What is loaded by name. */
const ENTRIES = [
  { folder: 'tools/executors/src', name: /^(plugin|cli\/vllm-wheel)\.ts$/ },
  { folder: 'tools/executors/src/executors', name: /^[^/]+\/(executor|hasher)\.ts$/ },
  { folder: 'tools/workspace/src', name: /^(plugin|executors\/[^/.]+)\.ts$/ },
  { folder: 'tools/ci/src', name: /^main\.ts$/ },
  { folder: 'tools/cache-server/src', name: /^main\.ts$/ },
];

/** Packages that read files beside their own code, or that are large and needed by few. */
const EXTERNAL = [
  ...['nx', '@nx/*', 'typescript', 'eslint', 'prettier', '@tktco/*', '@actions/*'],
  ...['iced-x86', 'undici', 'tar', '@octokit/*'],
];

/** Bundles of earlier sources are left for so long: a running process may yet load a part of one. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Bundles the sources in `root` into a new folder in `kept`; answers it, and notes of all that went in. */
export async function makeBundle(root, kept) {
  const inputs = resolvedBy(root).map((path) => note(root, path));
  const folder = newFolder(root, kept);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.flatMap(({ folder: own, name }) =>
      filesIn(join(root, own), name).map((path) => join(own, path)),
    ),
    outdir: folder,
    outbase: root,
    ...{ bundle: true, splitting: true, format: 'esm', platform: 'node', target: 'node20.19' },
    ...{ metafile: true, sourcemap: true, logLevel: 'error', tsconfigRaw: '{}' },
    external: EXTERNAL,
    // For CommonJS packages that ask for modules at run time.
    banner: {
      js: "import { createRequire as $require } from 'node:module'; const require = $require(import.meta.url);",
    },
    plugins: [sources(root, inputs)],
  });
  const packages = new Set(Object.keys(metafile.inputs).flatMap((path) => packageOf(path) ?? []));
  return { folder, inputs: [...inputs, ...[...packages].map((path) => note(root, path))] };
}

/** Reads this repository's own files, notes them, and tells each where it lies: a bundle lies elsewhere. */
function sources(root, inputs) {
  return {
    name: 'sources',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        let text = '';
        inputs.push(
          note(root, relative(root, path), (file) => (text = readFileSync(file, 'utf8'))),
        );
        const contents = text
          // A namespace, so that esbuild leaves out what nobody uses: error texts in 50 languages.
          .replaceAll("import { z } from 'zod'", "import * as z from 'zod'")
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** Files that decide which module an import leads to, or what becomes of it here. */
function resolvedBy(root) {
  const packages = ['libs', 'tools'].flatMap((group) =>
    filesIn(join(root, group), /^[^/]+\/package\.json$/).map((path) => join(group, path)),
  );
  const own = filesIn(join(root, 'tools/bundle/src'), /\.mjs$/);
  return [
    ...packages,
    ...own.map((path) => join('tools/bundle/src', path)),
    'node_modules/.package-lock.json',
  ];
}

/** The package.json of the npm package that a file belongs to: it changes with the version. */
function packageOf(path) {
  return /^.*node_modules\/(?:@[^/]+\/)?[^/]+\//.exec(path)?.[0].concat('package.json');
}

/** In `kept`; or a temporary one for this process, where the repository belongs to somebody else. */
function newFolder(root, kept) {
  try {
    mkdirSync(kept, { recursive: true });
    removeOld(kept);
    return mkdtempSync(join(kept, 'bundle-'));
  } catch {
    const folder = mkdtempSync(join(tmpdir(), 'vllm-cpu-bundle-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return folder;
  }
}

function removeOld(kept) {
  const old = (folder) => statSync(folder).mtimeMs < Date.now() - DAY_MS;
  for (const folder of readdirSync(kept).map((name) => join(kept, name))) {
    if (old(folder)) rmSync(folder, { recursive: true, force: true });
  }
}

/** Files below `folder` whose relative path matches. */
function filesIn(folder, name) {
  return readdirSync(folder, { recursive: true }).filter((path) => name.test(path));
}
