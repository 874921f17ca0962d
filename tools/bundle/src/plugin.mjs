// The two plugins of this workspace as one: Nx starts a process for each that nx.json names.
import { load } from './load.mjs';

const executors = await load('tools/executors/src/plugin.ts');
const workspace = await load('tools/workspace/src/plugin.ts');

const isRelease = (file) => file.startsWith('packages/upstream/releases/');
const isVariant = (file) => file.endsWith('/variant.json');

export const name = 'vllm-cpu-nx';

export const createNodesV2 = [
  `{${executors.createNodesV2[0]},${workspace.createNodesV2[0]}}`,
  async (files, ...given) => [
    ...(await executors.createNodesV2[1](
      files.filter((file) => isRelease(file) || isVariant(file)),
      ...given,
    )),
    ...(await workspace.createNodesV2[1](
      files.filter((file) => !isRelease(file)),
      ...given,
    )),
  ],
];

export const createNodes = createNodesV2;
