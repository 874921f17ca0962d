import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';
import { batchExecutor, byProject } from '../batch.ts';
import type { CheckedProject, Verdict } from '../batch.ts';
import { countsOf, describeFile, RESULTS_FOLDER } from '../test-results.ts';
import type { JestResults } from '../test-results.ts';

/**
 * One run of jest over the specs of all projects: jest starts the slow files first and keeps every
 * worker busy. What it counted is written to dist/test-results, for the closing line of `npm test`.
 */
export default batchExecutor(async (projects, { root }) => {
  const { results, output } = await runJest(root, projects);
  const verdicts = new Map<string, Verdict>();
  const files = byProject(projects, results?.testResults ?? [], ({ name }) => relative(root, name));
  for (const { name } of projects) {
    const own = files.get(name) ?? [];
    const counts = countsOf(own);
    if (results) write(join(root, RESULTS_FOLDER, `${name}.json`), counts);
    verdicts.set(name, {
      success: results !== undefined && counts.failed === 0,
      text: results ? own.map(describeFile).join('') : `jest did not run:\n${output}\n`,
    });
  }
  return verdicts;
});

async function runJest(
  root: string,
  projects: readonly CheckedProject[],
): Promise<{ results: JestResults | undefined; output: string }> {
  const file = join(root, RESULTS_FOLDER, `.jest-${process.pid}.json`);
  mkdirSync(dirname(file), { recursive: true });
  const patterns = projects.map(
    ({ root: folder, files = '' }) => `^${escaped(join(root, folder) + sep)}${files}`,
  );
  const { stdout, stderr } = await createRunner().try({
    argv: [
      process.execPath,
      // execa and iced-x86 are ES modules, which jest only loads with the first flag.
      ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
      join(root, 'node_modules/jest/bin/jest.js'),
      ...['--passWithNoTests', '--json', `--outputFile=${file}`, ...patterns],
    ],
    cwd: root,
    env: environment(),
    onLine: (line) => process.stderr.write(`${line}\n`),
  });
  const results = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as JestResults)
    : undefined;
  rmSync(file, { force: true });
  return { results, output: `${stdout}\n${stderr}`.trim() };
}

/** The caller's, without what Nx sets for its own tasks: specs start Nx themselves. */
function environment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (each): each is [string, string] => each[1] !== undefined && !OF_NX.test(each[0]),
    ),
  );
}

const OF_NX = /^(NX_|LERNA_PACKAGE_NAME$|FORCE_COLOR$)/;

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

function write(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
}
