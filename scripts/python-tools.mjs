import { join } from 'node:path';

/**
 * The calls that make an environment in `folder` of what tools/python/<lock>.txt says: the very files
 * whose digests are there, and no source archive, whose code would run when it is installed.
 */
export function lockedEnvironment(root, lock, folder) {
  const python = join(folder, 'bin', 'python');
  const pip = [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  const checked = ['--require-hashes', '--only-binary', ':all:'];
  const list = join(root, 'tools', 'python', `${lock}.txt`);
  return [
    ['python3', '-m', 'venv', folder],
    [...pip, ...checked, '-r', list],
  ];
}
