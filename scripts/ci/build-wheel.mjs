#!/usr/bin/env node
// Builds one wheel of a release run and leaves it, with its manifest, in dist/ci/built.
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { capture } from '../processes.mjs';
import { markdownTable, summarize } from './github-files.mjs';
import { ROOT, runNx } from './nx.mjs';
import { step } from './step.mjs';
import { filesIn, folderOf, stage } from './wheel-jobs.mjs';

const inputs = {
  id: { about: "name of the wheel's artifacts", required: true },
  variant: { about: 'short name of the variant', required: true },
  release: { about: "name of the release's pin", required: true },
  postfix: { about: 'postfix of the published version' },
  python: { about: 'Python to build for, where the extension is not abi3, for example 3.12' },
};

await step(
  { file: 'build-wheel.mjs', about: 'Builds one wheel into dist/ci/built.', inputs },
  (wheel) =>
    stage('build', wheel.id, async () => {
      const path = wheel.python ? await pathWith(wheel.python) : process.env['PATH'];
      const { status, error } = await runNx(
        ['run', `variant-${wheel.variant}:build-${wheel.release}`, '--outputStyle=stream'],
        { PATH: path, VLLM_CPU_POSTFIX: wheel.postfix ?? '' },
      );
      if (status !== 0) throw notBuilt(wheel, error ?? `exit status ${status}`);
      const built = take(wheel);
      summarize(`## Built\n\n${markdownTable([built])}`);
      return built;
    }),
);

/** PATH with a folder before it in which that Python is `python3`: the first one that builds try. */
async function pathWith(python) {
  const { status, printed } = await capture([
    `python${python}`,
    '-c',
    'import sys; print(sys.executable)',
  ]);
  if (status !== 0) {
    throw new BootstrapError({
      what: `python${python} is not here`,
      why: 'This wheel is for one version of Python, which has to build it.',
      next: `Put python${python} on PATH; the manylinux images have every version.`,
    });
  }
  const folder = mkdtempSync(join(tmpdir(), 'vllm-cpu-python-'));
  symlinkSync(printed.trim(), join(folder, 'python3'));
  return [folder, process.env['PATH']].join(delimiter);
}

function take({ variant, release }) {
  const from = join(ROOT, 'dist', `variant-${variant}`, release, 'build');
  const [wheel, ...others] = filesIn(from, '.whl');
  if (!wheel || others.length > 0) {
    throw new BootstrapError({
      what: `${from} has ${wheel ? others.length + 1 : 'no'} wheels`,
      why: 'A build leaves exactly one.',
      next: 'Look at the log above.',
    });
  }
  const to = folderOf('built');
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  copyFileSync(wheel, join(to, basename(wheel)));
  copyFileSync(join(from, 'manifest.json'), join(to, `${basename(wheel)}.manifest.json`));
  const manifest = JSON.parse(readFileSync(join(from, 'manifest.json'), 'utf8'));
  return { file: basename(wheel), sha256: manifest.wheel.sha256 };
}

function notBuilt({ variant, release }, reason) {
  return new BootstrapError({
    what: `${variant} ${release} was not built: ${reason}`,
    why: 'The log above has the reason, and names the whole log of the compile.',
    next: `Run it on your machine: npx nx run variant-${variant}:build-${release}`,
  });
}
