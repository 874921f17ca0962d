import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** TypeScript files of libraries and tools, relative to the root; without specs and test helpers. */
export function productSources(root: string): string[] {
  return ['libs', 'tools']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name}`,
      ),
    )
    .filter((name) => /(?<!\.spec|\.d)\.ts$/.test(name))
    .filter((name) => !/(^|\/)(node_modules|test|testing)\//.test(name))
    .sort();
}
