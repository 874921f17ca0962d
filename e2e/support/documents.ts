import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** The tracked documents, except for changelogs, which nx release writes. */
export function documents(): string[] {
  const listed = spawnSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' });
  return listed.stdout.split('\n').filter((file) => file && !file.endsWith('CHANGELOG.md'));
}

export function readDocument(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

/** A fenced block, of no language where it is output. */
export interface Block {
  /** `README.md:12` */
  place: string;
  language: string;
  text: string;
}

/** All fenced blocks of the documents. */
export function blocks(): Block[] {
  return documents().flatMap((file) => {
    const text = readDocument(file);
    return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map((found) => ({
      place: `${file}:${text.slice(0, found.index).split('\n').length}`,
      language: found[1] ?? '',
      text: found[2] ?? '',
    }));
  });
}

/** What a reader types of a shell block or of a session, with placeholders as plain words. */
export function typed({ language, text }: Block): string {
  const lines = text.split('\n');
  const commands =
    language === 'console'
      ? lines.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2))
      : lines;
  return commands.join('\n').replaceAll(/<[a-z][^<>\n]*>/gi, 'placeholder');
}
