import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closureFiles, WORKSPACE_SCOPE } from '@vllm-cpu/system/source-closure';

const NODE_MODULES = join(import.meta.dirname, '../../../node_modules');

/** The name in a specifier that is neither relative nor one of Node's own modules. */
const SPECIFIER = /\b(?:from\s+|import\()'((?:@[^/']+\/)?[^./@'][^/']*)(?:\/[^']*)?'/g;

/**
 * The packages that `entries` import, directly or not, with their installed versions: a new decoder or
 * compressor is a new result as much as new source is.
 */
export function importedPackages(
  entries: readonly string[],
  nodeModules: string = NODE_MODULES,
): Record<string, string> {
  const names = new Set<string>();
  for (const text of closureFiles(entries).values()) {
    for (const [, name = ''] of text.matchAll(SPECIFIER)) {
      if (!name.startsWith('node:') && !name.startsWith(WORKSPACE_SCOPE)) names.add(name);
    }
  }
  return Object.fromEntries([...names].sort().map((name) => [name, versionOf(nodeModules, name)]));
}

function versionOf(nodeModules: string, name: string): string {
  const text = readFileSync(join(nodeModules, name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
