#!/usr/bin/env node
// Puts twine and pypi-attestations on PATH for the next steps: the very files whose digests stand in
// tools/python/publisher.txt, and no source archive, whose code would run when it is installed.
import { join } from 'node:path';
import { BootstrapError } from '../bootstrap-error.mjs';
import { capture, show } from '../processes.mjs';
import { lockedEnvironment } from '../python-tools.mjs';
import { addPath } from './github-files.mjs';
import { ROOT } from './nx.mjs';
import { step } from './step.mjs';

const FOLDER = join(ROOT, '.workspace', 'publisher');

const inputs = {
  useInstalled: { about: 'true: take the twine of PATH, where there is one' },
};

await step(
  { file: 'publisher-tools.mjs', about: 'Installs twine and pypi-attestations.', inputs },
  async ({ useInstalled }) => {
    if (useInstalled === 'true' && (await capture(['twine', '--version'])).status === 0) {
      return console.log('twine is here');
    }
    for (const argv of lockedEnvironment(ROOT, 'publisher', FOLDER)) {
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
    next: 'Re-run this job; where a file is gone from the index, write its lock anew: npx nx run upstream:relock --tools',
  });
}
