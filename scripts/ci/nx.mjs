import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { BootstrapError } from '../bootstrap-error.mjs';

/** The repository that these scripts are in. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

const argvOf = (words) => [join(ROOT, 'node_modules', 'nx', 'dist', 'bin', 'nx.js'), ...words];

/**
 * A workflow sets a variable that has no value to an empty text; for settings that is another thing. Nx's
 * own report of each command would bury the tables on the run's page.
 */
function environment(more) {
  const given = { ...process.env, ...more, NX_DAEMON: 'false', NX_TUI: 'false' };
  delete given['GITHUB_STEP_SUMMARY'];
  return Object.fromEntries(
    Object.entries(given).filter(([name, value]) => value || !name.startsWith('VLLM_CPU_')),
  );
}

/** Nx reads an option's 0.10 as the number 0.1; 0.10.0 is the same version, and a text. */
export const versionWord = (text) => (/^\d+\.\d+$/.test(text.trim()) ? `${text.trim()}.0` : text);

/**
 * Runs Nx with its output shown; resolves to its exit status and the first error of ours that it printed
 * (`error [CODE]: what happened`).
 */
export function runNx(words, env = {}) {
  console.log(`$ nx ${words.join(' ')}`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argvOf(words), {
      cwd: ROOT,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let error;
    for (const [stream, shown] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.setEncoding('utf8').on('data', (text) => {
        shown.write(text);
        error ??= /error (\[[A-Z_]+\]: .+)/.exec(stripVTControlCharacters(text))?.[1];
      });
    }
    child.on('error', (cause) => resolve({ status: 1, error: cause.message }));
    child.on('close', (status) => resolve({ status: status ?? 1, error }));
  });
}

/** Runs a target that prints JSON (`--json`); throws with what it printed where it fails. */
export function nxJson(words, env = {}) {
  console.log(`$ nx ${words.join(' ')} --json`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, argvOf([...words, '--json', '--outputStyle=static']), {
      cwd: ROOT,
      env: environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (printed += text));
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
    child.on('error', reject);
    child.on('close', (status) => {
      const json = lastJson(printed);
      if (status === 0 && json !== undefined) return resolve(json);
      reject(failed(words, status, `${printed}\n${said}`));
    });
  });
}

/** The last line that is JSON; colours and Nx's own words are around it. */
function lastJson(printed) {
  const lines = stripVTControlCharacters(printed).split('\n');
  const line = lines.filter((text) => /^(\{.*\}|\[.*\])$/.test(text.trim())).at(-1);
  return line === undefined ? undefined : JSON.parse(line);
}

function failed(words, status, output) {
  const text = stripVTControlCharacters(output);
  const error = /error \[\w+\][\s\S]*?(?=\n\s*\n|$)/.exec(text)?.[0];
  return new BootstrapError({
    what: `nx ${words.join(' ')} ended with exit status ${status}`,
    why: error ?? text.trim().split('\n').slice(-20).join('\n'),
    next: 'Run the same command on your machine; docs/operate.md says what to do about it.',
  });
}
