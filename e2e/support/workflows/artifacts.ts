import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** What upload-artifact and download-artifact do, with folders in the place of GitHub's storage. */
export interface Artifacts {
  /** False where the action would fail. */
  upload(root: string, given: Readonly<Record<string, string>>): boolean;
  download(root: string, given: Readonly<Record<string, string>>): boolean;
  names(): string[];
}

export function artifactStore(store: string): Artifacts {
  mkdirSync(store, { recursive: true });
  const names = (): string[] => readdirSync(store).sort();
  return {
    names,
    upload: (root, given) => {
      const from = join(root, given['path'] ?? '');
      if (!existsSync(from)) return given['if-no-files-found'] !== 'error';
      const to = join(store, given['name'] ?? 'artifact');
      if (existsSync(to) && given['overwrite'] !== 'true') return false;
      rmSync(to, { recursive: true, force: true });
      cpSync(from, to, { recursive: true });
      return true;
    },
    download: (root, given) => {
      const to = join(root, given['path'] ?? '.');
      const wanted = given['name'] ?? given['pattern'] ?? '*';
      const pattern = new RegExp(`^${wanted.replaceAll('*', '.*')}$`);
      const found = names().filter((name) => pattern.test(name));
      mkdirSync(to, { recursive: true });
      for (const name of found) {
        const apart = given['pattern'] && given['merge-multiple'] !== 'true';
        cpSync(join(store, name), apart ? join(to, name) : to, { recursive: true });
      }
      // A name that is not there is an error; a pattern that finds nothing is not.
      return given['name'] === undefined || found.length > 0;
    },
  };
}
