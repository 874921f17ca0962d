#!/usr/bin/env node
// Installs a proven wheel, with its dependencies, on every Python that the release supports, imports it
// and lets it compute. Where the CPU lacks the variant's features, the guard has to say so instead.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { capture, show } from '../processes.mjs';
import { fromExecutors } from './executors.mjs';
import { markdownTable, summarize } from './github-files.mjs';
import { ROOT } from './nx.mjs';
import { itemsOf, step } from './step.mjs';
import { filesIn, folderOf, stage } from './wheel-jobs.mjs';

const PROBE = join(ROOT, 'tools/executors/src/verify/probe/probe.py');

const inputs = {
  id: { about: "name of the wheel's artifacts", required: true },
  variant: { about: 'short name of the variant', required: true },
  release: { about: "name of the release's pin", required: true },
  platform: { about: 'linux-x86_64 or linux-aarch64', required: true },
  pythons: { about: 'versions of Python, for example 3.10,3.11', required: true },
};

await step(
  {
    file: 'install-test.mjs',
    about: 'Installs and imports the wheel of dist/ci/verified.',
    inputs,
  },
  (given) =>
    stage('install', given.id, async () => {
      const [wheel] = filesIn(folderOf('verified'), '.whl');
      if (!wheel) throw nothingHere();
      const subject = await subjectOf(given, wheel);
      const rows = [];
      for (const python of itemsOf(given.pythons)) rows.push(await tryOn(python, wheel, subject));
      summarize(`## ${basename(wheel)}\n\n${markdownTable(rows)}`);
      console.log(rows.map(({ python, result }) => `Python ${python}: ${result}`).join('\n'));
      const failed = rows.filter(({ ok }) => !ok);
      if (failed.length > 0) throw notOn(failed, wheel);
      rmSync(folderOf('proven'), { recursive: true, force: true });
      cpSync(folderOf('verified'), folderOf('proven'), { recursive: true });
      return { pythons: rows.map(({ python, result }) => `${python}: ${result}`) };
    }),
);

/** What the wheel promises, and what of it this CPU has. */
async function subjectOf({ variant: name, release: pin, platform }, wheel) {
  const tools = await fromExecutors(
    ...['sources/catalogue.ts', 'executors/verify/verification.ts', 'wheel/file-name.ts'],
    ...['verify/probe/expectations.ts', 'wheel/version.ts', 'requirements/torch-cpu-index.ts'],
  );
  const variant = tools.loadVariants(ROOT).find((each) => each.name === name);
  const { release } = tools.loadReleases(ROOT).find((each) => each.name === pin);
  const here = tools.hostFeatures();
  const embedded = release.source.kind === 'embedded';
  return {
    tools,
    embedded,
    lacking: variant.platforms[platform].requires.filter((feature) => !here.includes(feature)),
    expected: {
      distribution: variant.distribution,
      version: tools.parseVersion(tools.parseWheelFileName(basename(wheel)).version).public,
      withoutDependencies: embedded,
    },
  };
}

async function tryOn(python, wheel, subject) {
  const folder = mkdtempSync(join(tmpdir(), `vllm-cpu-install-${python}-`));
  try {
    const environment = join(folder, 'env');
    const installed = await install(python, environment, wheel, subject);
    if (installed !== true) return { python, ok: false, result: installed };
    const argv = [join(environment, 'bin/python'), PROBE, subject.expected.distribution];
    const { status, printed } = await capture(argv);
    return { python, ...judge(status, printed, subject) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** True, or what went wrong. uv is used where it is installed: its cache serves every Python. */
async function install(python, environment, wheel, { embedded, tools }) {
  const uv = (await capture(['uv', '--version'])).status === 0;
  const found = (await capture([`python${python}`, '--version'])).status === 0;
  if (!found && (await python3Is(python)) === false) return `python${python} is not here`;
  const base = found ? `python${python}` : 'python3';
  const more = embedded ? ['--no-deps'] : ['--extra-index-url', tools.TORCH_CPU_INDEX];
  // As pip does: the best version of all indexes, not those of the first that has any.
  const strategy = uv && !embedded ? ['--index-strategy', 'unsafe-best-match'] : [];
  const own = join(environment, 'bin/python');
  const steps = uv
    ? [
        ['uv', 'venv', '--quiet', '--python', base, environment],
        ['uv', 'pip', 'install', '--quiet', '--python', own, ...more, ...strategy, wheel],
      ]
    : [
        [base, '-m', 'venv', environment],
        [own, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...more, wheel],
      ];
  for (const argv of steps) {
    console.log(`$ ${argv.join(' ')}`);
    const status = await show(argv);
    if (status !== 0) return `${argv.slice(0, 3).join(' ')} ended with ${status}`;
  }
  return true;
}

async function python3Is(python) {
  const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
  return (await capture(['python3', '-c', code])).printed.trim() === python;
}

function judge(status, printed, { tools, lacking, expected }) {
  const line = printed.split('\n').find((text) => text.startsWith('{'));
  const answer = status === 0 && line ? JSON.parse(line) : undefined;
  const result = answer ? { answer } : { died: `it ended with exit status ${status}` };
  const verdict =
    lacking.length === 0
      ? tools.workingFindings(result, expected)
      : tools.guardFindings(result, expected);
  const errors = verdict.findings.filter(({ level }) => level === 'error');
  const here = lacking.length === 0 ? '' : ` (this CPU lacks ${lacking.join(', ')})`;
  const why = errors.map(({ place, message }) => `${place}: ${message}`).join('; ');
  const text = [`${verdict.figure}${here}`, verdict.incomplete, why].filter(Boolean).join(': ');
  return { ok: errors.length === 0, result: text };
}

function nothingHere() {
  return new BootstrapError({
    what: 'dist/ci/verified has no wheel',
    why: 'The stage before this one leaves it there.',
    next: 'Run scripts/ci/verify-wheel.mjs first, or put a wheel there.',
  });
}

function notOn(failed, wheel) {
  return new BootstrapError({
    what: `${basename(wheel)} does not work on Python ${failed.map(({ python }) => python).join(', ')}`,
    why: failed.map(({ python, result }) => `Python ${python}: ${result}`).join('\n'),
    next: 'Install the wheel of the artifact verified-<id> with that Python and look.',
  });
}
