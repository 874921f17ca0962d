import { capture, show } from './processes.mjs';
import { BootstrapError } from './bootstrap-error.mjs';

/**
 * @typedef {object} Manager
 * @property {'apt' | 'dnf'} key
 * @property {string} program
 * @property {string} environment
 * @property {{ argv: string[], options?: string[], mayFail?: boolean }[]} steps
 */
/**
 * `become`: what to put before a command to run it as root; null where this user cannot.
 * @typedef {Manager & { become: string[] | null }} PackageManager
 */

/** @type {Manager[]} */
const MANAGERS = [
  {
    key: 'apt',
    program: 'apt-get',
    environment: 'DEBIAN_FRONTEND=noninteractive',
    // Another apt may be at work, as on a machine that was just started: wait for it.
    steps: [
      { argv: ['apt-get', '-o', 'DPkg::Lock::Timeout=600', '-q', 'update'], mayFail: true },
      {
        argv: ['apt-get', '-o', 'DPkg::Lock::Timeout=600', '-q', 'install', '-y'],
        options: ['--no-install-recommends'],
      },
    ],
  },
  {
    key: 'dnf',
    program: 'dnf',
    environment: 'LC_ALL=C.UTF-8',
    steps: [
      { argv: ['dnf', '-q', 'install', '-y'], options: ['--setopt=install_weak_deps=False'] },
    ],
  },
];

/**
 * The package manager of this system and how it becomes root, or undefined where there is none.
 * @returns {Promise<PackageManager | undefined>}
 */
export async function findPackageManager() {
  for (const manager of MANAGERS) {
    if ((await capture([manager.program, '--version'])).status === 0) {
      return { ...manager, become: await findWayToRoot() };
    }
  }
  return undefined;
}

/** What to put before a command to run it as root: nothing, sudo, or null where neither works. */
async function findWayToRoot() {
  if ((await capture(['id', '-u'])).printed.trim() === '0') return [];
  return (await capture(['sudo', '-n', 'true'])).status === 0 ? ['sudo', '-n'] : null;
}

/**
 * The packages that bring `missing`, each once.
 * @param {import('./requirements.mjs').Requirement[]} missing
 * @param {{ key: 'apt' | 'dnf' }} manager
 */
export function packagesFor(missing, { key }) {
  return [...new Set(missing.flatMap(({ packages }) => packages[key]))];
}

/**
 * The commands that install `packages`, as argv without becoming root.
 * @param {Manager} manager
 * @param {string[]} packages
 */
function installSteps({ steps }, packages) {
  return steps.map(({ argv, options, mayFail }) => ({
    argv: options ? [...argv, ...options, ...packages] : argv,
    mayFail,
  }));
}

/**
 * One line for a person to paste into a shell.
 * @param {PackageManager} manager
 * @param {string[]} packages
 */
export function installCommand(manager, packages) {
  const plain = installSteps(manager, packages).map(({ argv }) =>
    argv.filter((word, index) => word !== '-o' && argv[index - 1] !== '-o' && word !== '-q'),
  );
  const prefix = manager.become?.length === 0 ? '' : 'sudo ';
  return plain.map((argv) => `${prefix}${argv.join(' ')}`).join(' && ');
}

/**
 * Installs `packages`, or throws with the command that a person with more rights can run.
 * @param {PackageManager} manager
 * @param {string[]} packages
 * @param {(line: string) => void} say
 */
export async function installPackages(manager, packages, say) {
  if (!manager.become) {
    throw new BootstrapError({
      what: 'programs are missing, and this user may not install them',
      why: 'It is not root, and sudo wants a password or does not exist.',
      next: `Run this, then the same command again:\n  ${installCommand(manager, packages)}`,
    });
  }
  for (const { argv, mayFail } of installSteps(manager, packages)) {
    say(`$ ${[...manager.become, ...argv].join(' ')}`);
    const status = await show([...manager.become, 'env', manager.environment, ...argv]);
    if (status === 0) continue;
    // One broken third-party source must not stop what the others can give.
    if (mayFail) say(`${argv[0]} ended with ${status}; trying to install all the same`);
    else throw installFailed(manager, packages, status);
  }
}

/**
 * @param {PackageManager} manager
 * @param {string[]} packages
 * @param {number | null} status
 */
function installFailed(manager, packages, status) {
  return new BootstrapError({
    what: `${manager.program} could not install ${packages.join(', ')} (exit status ${status})`,
    why: 'See its output above; usually the network or a package source is unreachable.',
    next: `Fix that, or install them yourself:\n  ${installCommand(manager, packages)}`,
  });
}
