import { BootstrapError } from './bootstrap-error.mjs';
import { findMissing } from './requirements.mjs';
import { findPackageManager, installPackages, packagesFor } from './system-packages.mjs';

/** @typedef {import('./requirements.mjs').Requirement} Requirement */

/**
 * The names of requirements, for a person.
 * @param {Requirement[]} requirements
 */
function names(requirements) {
  return requirements.map(({ name }) => name).join(', ');
}

/**
 * What some tests need: they are skipped, with the reason, where it cannot be installed.
 * @param {Requirement[]} missing
 * @param {(line: string) => void} say
 */
export async function installWanted(missing, say) {
  if (missing.length === 0) return;
  say(`missing for some tests: ${names(missing)}`);
  const manager = await findPackageManager();
  const packages = manager ? packagesFor(missing, manager) : [];
  if (manager && packages.length > 0 && !(await triedToInstall(manager, packages, say))) {
    // A system may lack one of them, as Ubuntu lacks a package of Chromium: the others are wanted all the same.
    const others = packages.length > 1 ? packages : [];
    for (const one of others) await triedToInstall(manager, [one], say);
  }
  const still = await findMissing(missing);
  if (still.length > 0) say(`tests that need these are skipped: ${names(still)}`);
}

/**
 * Installs what nothing works without, or throws BootstrapError.
 * @param {Requirement[]} missing
 * @param {(line: string) => void} say
 */
export async function installNeeded(missing, say) {
  if (missing.length === 0) return;
  say(`missing: ${names(missing)}`);
  const manager = await findPackageManager();
  if (!manager) {
    throw new BootstrapError({
      what: `missing: ${names(missing)}`,
      why: 'Neither apt-get nor dnf is here to install them with.',
      next: `Install them with this system's package manager. On Debian they are in: ${packagesFor(missing, { key: 'apt' }).join(' ')}`,
    });
  }
  const packages = packagesFor(missing, manager);
  await installPackages(manager, packages, say);
  const still = await findMissing(missing);
  if (still.length === 0) return;
  throw new BootstrapError({
    what: `still missing after ${packagesFor(still, manager).join(', ')} was installed: ${names(still)}`,
    why: 'Either this system is too old to have it, or another program of that name comes first on PATH.',
    next: `Look at PATH (${process.env['PATH']}), or use one of: Debian 12 or 13, Ubuntu 24.04, a current Fedora.`,
  });
}

/**
 * Whether that worked; where it did not, what it said was printed.
 * @param {Parameters<typeof installPackages>[0]} manager
 * @param {string[]} packages
 * @param {(line: string) => void} say
 */
async function triedToInstall(manager, packages, say) {
  try {
    await installPackages(manager, packages, say);
    return true;
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    say(error.message);
    return false;
  }
}
