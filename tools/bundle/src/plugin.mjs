// The two plugins of this workspace as one, because Nx starts a process for each that nx.json names. What they infer
// is kept beside the bundle: they are loaded only after a file changed that decides it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleFolder, KEPT, load, ROOT } from './load.mjs';
import { note, renewed } from './notes.mjs';
import { writeWhole } from './write-whole.mjs';

const RELEASES = 'packages/upstream/releases';
const isRelease = (file) => file.startsWith(`${RELEASES}/`);
const isVariant = (file) => file.endsWith('/variant.json');

/** What is loaded before can change what the plugins see of the machine. */
const PRELOADED = process.env['NODE_OPTIONS'] ?? '';

const folder = await bundleFolder();
const kept = join(ROOT, KEPT, 'nodes.json');
const known = read();
const pattern = known?.folder === folder ? known.pattern : await patterns();

export const name = 'vllm-cpu-nx';

export const createNodesV2 = [pattern, createNodesOf];

export const createNodes = createNodesV2;

async function createNodesOf(files, ...given) {
  const paths = [
    ...files,
    ...readdirSync(join(ROOT, RELEASES)).map((each) => join(RELEASES, each)),
  ];
  // A variant without its README is refused; what the README says decides nothing here.
  const readmes = files.filter(isVariant).map(hasReadme).join();
  const same =
    known?.folder === folder &&
    known.readmes === readmes &&
    known.preloaded === PRELOADED &&
    known.notes.map(({ path }) => path).join() === paths.join();
  const notes = same ? renewed(ROOT, known.notes) : undefined;
  if (notes && notes === known.notes) return known.nodes;
  const before = paths.map((path) => note(ROOT, path));
  const nodes = notes ? known.nodes : await inferred(files, ...given);
  writeWhole(kept, { folder, readmes, preloaded: PRELOADED, pattern, notes: before, nodes });
  return nodes;
}

const hasReadme = (file) => existsSync(join(ROOT, dirname(file), 'README.md'));

async function inferred(files, ...given) {
  const [executors, workspace] = await plugins();
  const of = ({ createNodesV2: [, infer] }, wanted) => infer(files.filter(wanted), ...given);
  return [
    ...(await of(executors, (file) => isRelease(file) || isVariant(file))),
    ...(await of(workspace, (file) => !isRelease(file))),
  ];
}

async function patterns() {
  const each = (await plugins()).map(({ createNodesV2: [own] }) => own);
  return `{${each.join()}}`;
}

function plugins() {
  return Promise.all(['executors', 'workspace'].map((each) => load(`tools/${each}/src/plugin.ts`)));
}

function read() {
  try {
    return JSON.parse(readFileSync(kept, 'utf8'));
  } catch {
    return undefined;
  }
}
