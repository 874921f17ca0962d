import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';
import { show } from './processes.mjs';

/** An `npm install` writes the lock file first and its own record a moment later, or the reverse. */
const SAME_INSTALL_MS = 2000;

/**
 * Whether node_modules is missing, or was installed from an older package-lock.json.
 * @param {string} root
 */
export function npmPackagesAreStale(root) {
  const installed = modified(join(root, 'node_modules', '.package-lock.json'));
  const locked = modified(join(root, 'package-lock.json'));
  return installed === undefined || (locked ?? 0) > installed + SAME_INSTALL_MS;
}

/** @param {string} path */
function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * The argv that installs what package-lock.json says, and nothing else. `more`: npm's own words.
 * @param {string} root
 * @param {string[]} more
 */
function npmInstallation(root, more = []) {
  // Under `npm run` this is the npm that was called, which need not be the one on PATH.
  const own = process.env['npm_execpath'];
  const npm = own?.endsWith('.js') ? [process.execPath, own] : ['npm'];
  return [...npm, '--prefix', root, 'ci', '--no-audit', '--no-fund', ...more];
}

/**
 * Installs what package-lock.json says. Throws BootstrapError.
 * @param {string} root
 * @param {(line: string) => void} say
 * @param {string[]} more
 */
export async function installNpmPackages(root, say, more = []) {
  say(`$ ${['npm ci', ...more].join(' ')}`);
  const status = await show(npmInstallation(root, more));
  if (status === 0) return;
  throw new BootstrapError({
    what: `npm ci failed (${status === null ? 'npm could not be started' : `exit status ${status}`})`,
    why: 'npm says more above; most often the package registry is out of reach.',
    next: 'Correct that and run the same command again. A mirror is set with: npm config set registry <url>. Where npm says that the lock file is out of date: npm install --package-lock-only',
  });
}
