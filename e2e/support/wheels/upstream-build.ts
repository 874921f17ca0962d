import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { embeddedFolders, loadReleases, releaseNamed } from '@vllm-cpu/sources/catalogue';
import { checkOutEmbedded } from '@vllm-cpu/sources/checkout';
import { gitWith } from '@vllm-cpu/sources/git';
import { createRunner } from '@vllm-cpu/system/run';
import { findProgram } from '@vllm-cpu/system/programs';
import { SHARED_WORKSPACE } from '../clone.ts';
import { sharedInterpreter } from '../interpreter.ts';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Builds the embedded release `name` as upstream does, in the new folder `tree`, on a host whose programs are
 * those of `path`.
 * @returns the wheel, absolute
 */
export async function buildAsUpstream(name: string, tree: string, path: string): Promise<string> {
  const runner = createRunner();
  const { source } = releaseNamed(loadReleases(ROOT), name);
  const folders = embeddedFolders(source).map((folder) => join(ROOT, folder));
  const git = gitWith(runner, { PATH: path, HOME: tree });
  await checkOutEmbedded(git, folders, tree, source.tag, source.commitTime);
  const python = sharedInterpreter(name);
  await runner.run({
    argv: [python, 'setup.py', 'bdist_wheel', `--py-limited-api=${source.pyLimitedApi}`],
    cwd: tree,
    env: {
      ...{ PATH: `${dirname(python)}:${path}`, HOME: tree, MAX_JOBS: '2' },
      ...{ VLLM_TARGET_DEVICE: 'cpu', CMAKE_BUILD_TYPE: 'Release' },
      ...(findProgram('ccache', path) ? cached(tree) : {}),
    },
  });
  const [wheel = ''] = await readdir(join(tree, 'dist'));
  return join(tree, 'dist', wheel);
}

/** Objects of an earlier run, in whatever folder that was. */
function cached(tree: string): Record<string, string> {
  return {
    ...{ CMAKE_C_COMPILER_LAUNCHER: 'ccache', CMAKE_CXX_COMPILER_LAUNCHER: 'ccache' },
    ...{ CCACHE_DIR: join(SHARED_WORKSPACE, 'ccache'), CCACHE_BASEDIR: tree },
    CCACHE_NOHASHDIR: 'true',
  };
}
