import fs from 'node:fs';
import path from 'node:path';
import { isRequired } from './markers.ts';

/** One installed distribution, as its .dist-info says. */
export interface Distribution {
  name: string;
  version: string;
  /** The .dist-info directory. */
  path: string;
  /** Requires-Dist lines, as they stand there. */
  requires: string[];
}

/** The distributions of the directories, in their order; a name counts once, the first time. */
export function installedDistributions(directories: readonly string[]): Distribution[] {
  const found = new Map<string, Distribution>();
  for (const directory of directories) {
    for (const name of namesIn(directory)) {
      if (!name.endsWith('.dist-info')) continue;
      const distribution = readDistribution(path.join(directory, name));
      if (distribution && !found.has(distribution.name)) {
        found.set(distribution.name, distribution);
      }
    }
  }
  return [...found.values()];
}

function namesIn(directory: string): string[] {
  try {
    return fs.readdirSync(directory).sort();
  } catch {
    return [];
  }
}

const INTERESTING = /^(vllm([-_.]cpu.*)?|torch)-/i;

/** Reads METADATA only of what can matter: torch, vllm and the packages of this project. */
function readDistribution(directory: string): Distribution | null {
  if (!INTERESTING.test(path.basename(directory))) return null;
  let text: string;
  try {
    text = fs.readFileSync(path.join(directory, 'METADATA'), 'utf8');
  } catch {
    return null;
  }
  const head = text.replaceAll('\r', '').split('\n\n', 1)[0] ?? '';
  const values = (name: string) =>
    head.split('\n').flatMap((line) => {
      return line.startsWith(`${name}: `) ? [line.slice(name.length + 2).trim()] : [];
    });
  const name = normalised(values('Name')[0] ?? '');
  if (name === '') return null;
  const version = values('Version')[0] ?? '';
  return { name, version, path: directory, requires: values('Requires-Dist') };
}

function normalised(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

/** The torch version that a distribution pins for this machine, without its local part. */
export function pinnedTorch(distribution: Distribution, machine: string): string | null {
  for (const line of distribution.requires) {
    const match = /^torch *\(?== *([^\s;,)]+)\)? *(?:;(.*))?$/.exec(line);
    if (match?.[1] && isRequired(match[2] ?? '', machine)) return publicVersion(match[1]);
  }
  return null;
}

/** A version without its local part: 2.9.1+cpu is 2.9.1. */
export function publicVersion(version: string): string {
  return version.split('+', 1)[0] ?? version;
}

/** What torch was built for, from the version.py that every torch wheel holds. */
export function torchBuild(distribution: Distribution): 'cpu' | 'cuda' | 'rocm' | 'unknown' {
  const file = path.join(path.dirname(distribution.path), 'torch', 'version.py');
  let text: string;
  try {
    text = fs.readFileSync(file, 'utf8');
  } catch {
    return distribution.version.endsWith('+cpu') ? 'cpu' : 'unknown';
  }
  const isSet = (name: string) => new RegExp(`^${name}\\b[^=\\n]*= *['"]`, 'm').test(text);
  if (isSet('cuda')) return 'cuda';
  return isSet('hip') ? 'rocm' : 'cpu';
}

/** Whether the files that a distribution recorded are still there; null: it has no RECORD. */
export function isComplete(distribution: Distribution): boolean | null {
  const entries = recordOf(distribution);
  if (entries === null) return null;
  const root = path.dirname(distribution.path);
  return entries.every(({ file }) => fs.existsSync(path.join(root, file)));
}

/** The extension modules and __init__ of the vllm package, as RECORD lists them. */
function recordOf(distribution: Distribution): { file: string; size: number }[] | null {
  let text: string;
  try {
    text = fs.readFileSync(path.join(distribution.path, 'RECORD'), 'utf8');
  } catch {
    return null;
  }
  return text.split('\n').flatMap((line) => {
    const match = /^(vllm\/(?:__init__\.py|[^/,]+\.so)),[^,]*,([0-9]*)\r?$/.exec(line);
    return match?.[1] ? [{ file: match[1], size: Number(match[2]) }] : [];
  });
}

/** Whether the extension modules on disk have the sizes that this distribution recorded. */
export function ownsFiles(distribution: Distribution): boolean {
  const root = path.dirname(distribution.path);
  const entries = recordOf(distribution) ?? [];
  if (entries.length === 0) return false;
  return entries.every(({ file, size }) => {
    const stat = fs.statSync(path.join(root, file), { throwIfNoEntry: false });
    return stat !== undefined && stat.size === size;
  });
}
