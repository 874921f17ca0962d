#!/usr/bin/env node
// Puts twine and pypi-attestations on PATH for the next steps: the very files whose digests stand in
// publisher-requirements.txt, and no source archive, whose code would run when it is installed.
import { join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { capture, show } from '../processes.mjs';
import { addPath } from './github-files.mjs';
import { ROOT } from './nx.mjs';
import { step } from './step.mjs';

const FOLDER = join(ROOT, '.workspace', 'publisher');
const REQUIREMENTS = join(ROOT, 'scripts', 'ci', 'publisher-requirements.txt');

const inputs = {
  useInstalled: { about: 'true: take the twine of PATH, where there is one' },
};

await step(
  { file: 'publisher-tools.mjs', about: 'Installs twine and pypi-attestations.', inputs },
  async ({ useInstalled }) => {
    if (useInstalled === 'true' && (await capture(['twine', '--version'])).status === 0) {
      return console.log('twine is here');
    }
    const python = join(FOLDER, 'bin', 'python');
    const pip = [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
    const exactly = ['--require-hashes', '--only-binary', ':all:', '-r', REQUIREMENTS];
    for (const argv of [
      ['python3', '-m', 'venv', FOLDER],
      [...pip, ...exactly],
    ]) {
      const status = await show(argv);
      if (status !== 0) throw notInstalled(argv, status);
    }
    addPath(join(FOLDER, 'bin'));
    return show([join(FOLDER, 'bin', 'twine'), '--version']);
  },
);

function notInstalled(argv, status) {
  return new BootstrapError({
    what: `${argv.slice(0, 4).join(' ')} ended with ${status}`,
    why: 'Its own message stands above.',
    next: 'Re-run this job; where a file is gone from the index, write scripts/ci/publisher-requirements.txt anew.',
  });
}
