import { join } from 'node:path';
import { PIP } from '@vllm-cpu/python/locked-install';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { addPath } from '../../actions/github-files.ts';
import { capture, show } from '../../programs/processes.ts';
import { ROOT } from '../../root.ts';
import { defineStep } from '../../step.ts';

const FOLDER = join(ROOT, '.workspace', 'publisher');
const LOCK = join(ROOT, 'tools', 'python', 'publisher.txt');

/**
 * Puts twine and pypi-attestations on PATH for the next steps: the very files whose digests are in
 * tools/python/publisher.txt, and no source archive, whose code would run when it is installed.
 */
export const publisherTools = defineStep(
  {
    name: 'publisher-tools',
    about: 'Installs twine and pypi-attestations.',
    inputs: {
      useInstalled: {
        about: 'true: use the twine on PATH, if there is one; default: false',
        kind: 'flag',
      },
    },
  },
  async ({ useInstalled }) => {
    if (useInstalled && (await capture(['twine', '--version'])).status === 0) {
      console.log('twine is here');
      return 0;
    }
    await must(PIP.environment('python3', FOLDER));
    await must(PIP.install(join(FOLDER, 'bin', 'python'), LOCK));
    addPath(join(FOLDER, 'bin'));
    return (await show([join(FOLDER, 'bin', 'twine'), '--version'])) ?? 1;
  },
);

async function must(argv: [string, ...string[]]): Promise<void> {
  const status = await show(argv);
  if (status === 0) return;
  throw new VllmCpuError({
    code: 'PUBLISHER_TOOLS_NOT_INSTALLED',
    what: `${argv.slice(0, 4).join(' ')} failed with ${status}`,
    why: 'See its output above.',
    next: 'Re-run this job. If a file was removed from the index, regenerate the lock: npx nx run upstream:relock --tools',
  });
}
