import { statSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';
import { show } from './processes.mjs';

/** One `npm install` writes the lock file first and its own record a moment later, or the reverse. */
const SAME_INSTALL_MS = 2000;

/** Whether node_modules is missing, or was installed from an older package-lock.json. */
export function npmPackagesAreStale(root) {
  const installed = modified(join(root, 'node_modules', '.package-lock.json'));
  const locked = modified(join(root, 'package-lock.json'));
  return installed === undefined || (locked ?? 0) > installed + SAME_INSTALL_MS;
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/**
 * Installs what package-lock.json says, and leaves that file alone. Not `npm ci`: where the registry or
 * a mirror lacks binaries of other systems the lock file has no entry for them, and npm ci then refuses
 * the whole of it, while an install passes over optional packages that are not to be had.
 */
export async function installNpmPackages(root, say) {
  say('$ npm install --no-save');
  // Under `npm run` this is the npm that was called, which need not be the one on PATH.
  const own = process.env['npm_execpath'];
  const npm = own?.endsWith('.js') ? [process.execPath, own] : ['npm'];
  const status = await show([
    ...npm,
    ...['--prefix', root, 'install', '--no-save', '--no-audit', '--no-fund'],
  ]);
  if (status === 0) return;
  throw new BootstrapError({
    what: `npm install failed (${status === null ? 'npm could not be started' : `exit status ${status}`})`,
    why: 'npm says more above; most often the package registry is out of reach.',
    next: 'Mend that and run the same command again. A mirror is set with: npm config set registry <url>',
  });
}
