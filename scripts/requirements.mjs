import { capture } from './processes.mjs';

// The embedded upstream supports what upstream does: cmake stops at any other Python.
const PYTHONS = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const PYTHON_IS_COMPLETE = `
import ensurepip, os, sys, sysconfig, venv
header = os.path.join(sysconfig.get_paths()["include"], "Python.h")
sys.exit(not ((3, 10) <= sys.version_info[:2] <= (3, 13) and os.path.exists(header)))
`;

/** Programs of tests: what each is for, and its packages with dnf. @type {[string, string, string[]][]} */
const FOR_TESTS = [
  ['buildah', 'builds images in tests', ['buildah']],
  ['skopeo', 'copies images in tests', ['skopeo']],
  ['docker-registry', 'takes images in tests', []],
  ['shellcheck', 'reads the shell lines of the workflows', ['ShellCheck']],
  ['redis-server', 'shares a compiler cache in tests', ['redis']],
];
// Debian, Fedora's headless build, and what others call it; libs/testing/src/machine/browser.ts has the same.
const CHROMIUM = [
  ...['chromium-headless-shell', 'chromium', 'chromium-browser'],
  '/usr/lib64/chromium-browser/headless_shell',
];
// Where the programs are that only other programs call.
const HELPER_FOLDERS = ['/usr/libexec/podman/', '/usr/lib/podman/', '/usr/local/libexec/podman/'];

/**
 * @typedef {object} Requirement
 * @property {string} name
 * @property {string[][]} probes argv of each
 * @property {{ apt: string[], dnf: string[] }} packages
 * @property {(printed: string) => boolean} [accepts]
 * @property {boolean} [onlyForTests]
 * @property {boolean} [optional]
 * @property {string} [architecture] Node's name; without it, all
 */

/**
 * What the two commands need besides Node. Each entry is met when one of `probes` (argv) ends with
 * status 0 and `accepts` says yes to what it printed. Without an `optional` one the tests that need it
 * are skipped, and say so. cmake and ninja are not here: they come with pip into the build environment.
 * @type {Requirement[]}
 */
const REQUIREMENTS = [
  {
    name: 'git',
    probes: [['git', '--version']],
    packages: { apt: ['git'], dnf: ['git'] },
  },
  {
    name: 'Python 3.10 to 3.13 with venv, ensurepip and headers',
    probes: PYTHONS.map((python) => [python, '-c', PYTHON_IS_COMPLETE]),
    packages: {
      apt: ['python3', 'python3-venv', 'python3-dev'],
      // By version: Fedora's python3 is newer than upstream supports.
      dnf: ['python3.13', 'python3.13-devel'],
    },
  },
  {
    name: 'g++ 11 or later',
    probes: [['g++', '-dumpfullversion', '-dumpversion']],
    accepts: (printed) => Number.parseInt(printed, 10) >= 11,
    packages: { apt: ['g++'], dnf: ['gcc-c++'] },
  },
  {
    name: 'objdump',
    probes: [['objdump', '--version']],
    packages: { apt: ['binutils'], dnf: ['binutils'] },
  },
  {
    name: 'strip',
    probes: [['strip', '--version']],
    packages: { apt: ['binutils'], dnf: ['binutils'] },
  },
  {
    name: 'patchelf',
    probes: [['patchelf', '--version']],
    packages: { apt: ['patchelf'], dnf: ['patchelf'] },
  },
  {
    name: 'libnuma headers (numa.h)',
    // As C, so that C_INCLUDE_PATH counts: that is how a libnuma under a home directory is named.
    probes: [['g++', '-fsyntax-only', '-x', 'c', '-include', 'numa.h', '/dev/null']],
    packages: { apt: ['libnuma-dev'], dnf: ['numactl-devel'] },
  },
  {
    name: 'ccache (or sccache)',
    probes: [
      ['ccache', '--version'],
      ['sccache', '--version'],
    ],
    packages: { apt: ['ccache'], dnf: ['ccache'] },
  },
  {
    name: 'file',
    probes: [['file', '--version']],
    packages: { apt: ['file'], dnf: ['file'] },
  },
  {
    name: 'pip of python3',
    onlyForTests: true,
    probes: [['python3', '-m', 'pip', '--version']],
    packages: { apt: ['python3-pip'], dnf: ['python3-pip'] },
  },
  {
    name: 'curl (the calls in docs/serving.md)',
    onlyForTests: true,
    probes: [['curl', '--version']],
    packages: { apt: ['curl'], dnf: ['curl'] },
  },
  {
    name: 'qemu-x86_64 (runs wheels as on older CPUs)',
    onlyForTests: true,
    architecture: 'x64',
    probes: [['qemu-x86_64', '--version']],
    packages: { apt: ['qemu-user'], dnf: ['qemu-user'] },
  },
  ...FOR_TESTS.map(([name, whatFor, dnf]) => ({
    name: `${name} (${whatFor})`,
    onlyForTests: true,
    optional: true,
    probes: [[name, '--version']],
    packages: { apt: [name], dnf },
  })),
  {
    // Newer ones of buildah start nothing without it, and Debian only recommends it with buildah.
    name: 'netavark (the network of buildah)',
    onlyForTests: true,
    optional: true,
    probes: [...HELPER_FOLDERS, ''].map((folder) => [`${folder}netavark`, '--version']),
    packages: { apt: ['netavark'], dnf: ['netavark'] },
  },
  {
    // The headless build alone is less than half of a desktop's browser.
    name: 'chromium (looks at the pages of the index in tests)',
    onlyForTests: true,
    optional: true,
    probes: CHROMIUM.map((program) => [program, '--version']),
    packages: { apt: ['chromium-headless-shell'], dnf: ['chromium-headless'] },
  },
  {
    name: 'aarch64-linux-gnu-g++ (cross-compiles for tests)',
    onlyForTests: true,
    optional: true,
    architecture: 'x64',
    probes: [['aarch64-linux-gnu-g++', '--version']],
    packages: { apt: ['g++-aarch64-linux-gnu'], dnf: [] },
  },
];

/**
 * The entries that count here: `tests` adds what only `npm test` needs.
 * @param {{ tests: boolean }} options
 */
export function requirementsFor({ tests }) {
  return REQUIREMENTS.filter(
    ({ onlyForTests, architecture }) =>
      (tests || !onlyForTests) && (!architecture || architecture === process.arch),
  );
}

/** The interpreter that meets the requirement above, or undefined. */
export async function findPython() {
  for (const python of PYTHONS) {
    if ((await capture([python, '-c', PYTHON_IS_COMPLETE])).status === 0) return python;
  }
  return undefined;
}

/**
 * Those of `requirements` that this machine does not meet, each tried by running it.
 * @param {Requirement[]} requirements
 */
export async function findMissing(requirements) {
  const met = await Promise.all(requirements.map(isMet));
  return requirements.filter((_, index) => !met[index]);
}

/** @param {Requirement} requirement */
async function isMet({ probes, accepts = () => true }) {
  for (const argv of probes) {
    const { status, printed } = await capture(argv);
    if (status === 0 && accepts(printed)) return true;
  }
  return false;
}
