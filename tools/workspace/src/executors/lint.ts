import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { ESLint } from 'eslint';
import * as prettier from 'prettier';
import { batchExecutor, byProject } from '../batch.ts';
import type { CheckedProject, Verdict } from '../batch.ts';
import { trackedFiles } from '../tracked-files.ts';

const LINTED = /\.(ts|js|mjs)$/;

export default batchExecutor(async (projects, context) => {
  const { root } = context;
  const files = await filesOf(projects, context);
  const eslint = new ESLint({ cwd: root, warnIgnored: false });
  const linted = [...files.values()].flat().filter((path) => LINTED.test(path));
  const results = byProject(projects, await eslint.lintFiles(linted), ({ filePath }) =>
    relative(root, filePath),
  );
  const formatter = await eslint.loadFormatter('stylish');
  const verdicts = new Map<string, Verdict>();
  for (const { name } of projects) {
    const found = results.get(name) ?? [];
    const unformatted = await unformattedOf(root, files.get(name) ?? []);
    const text = [
      await formatter.format(found, {}),
      ...unformatted.map((path) => `${path}: not formatted (npm run format)\n`),
    ].join('');
    const errors = found.some(({ errorCount }) => errorCount > 0);
    verdicts.set(name, { success: !errors && unformatted.length === 0, text });
  }
  return verdicts;
});

async function filesOf(
  projects: readonly CheckedProject[],
  { root, projectGraph }: ExecutorContext,
): Promise<Map<string, string[]>> {
  const roots = Object.values(projectGraph.nodes).map(({ data }) => data.root);
  const files = new Map<string, string[]>();
  for (const project of projects) {
    const tracked = await trackedFiles(root, project, roots);
    files.set(
      project.name,
      tracked.filter((path) => existsSync(join(root, path))),
    );
  }
  return files;
}

/** Those that prettier knows how to format and would write otherwise. */
async function unformattedOf(root: string, paths: readonly string[]): Promise<string[]> {
  const ignorePath = [join(root, '.prettierignore'), join(root, '.gitignore')];
  const found: string[] = [];
  for (const path of paths) {
    const file = join(root, path);
    const { ignored, inferredParser } = await prettier.getFileInfo(file, { ignorePath });
    if (ignored || inferredParser === null) continue;
    const options = { ...(await prettier.resolveConfig(file)), filepath: file };
    if (!(await prettier.check(await readFile(file, 'utf8'), options))) found.push(path);
  }
  return found;
}
