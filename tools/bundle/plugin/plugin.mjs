// What Nx loads as the plugin of this workspace, from node_modules. For a plugin that is a project of the workspace
// Nx first infers all projects without it, and starts its workers for project.json and package.json twice.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import root from 'nx/src/utils/workspace-root.js';

const plugin = join(root.workspaceRoot, 'tools/bundle/src/plugin.mjs');

export const { name, createNodesV2, createNodes } = await import(pathToFileURL(plugin).href);
