import fs from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../fixtures');

/** One real CPU: what it shows, and what is right for it; python/tests/vectors.py reads all of it. */
export interface Vector {
  file: string;
  name: string;
  header?: string[];
  cpuinfo?: { count: number; lines: string[] }[];
  trailer?: string[];
  expect: { package: string | null };
}

export function readVectors(): Vector[] {
  return fs
    .readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => ({
      file,
      ...(JSON.parse(fs.readFileSync(path.join(FOLDER, file), 'utf8')) as Omit<Vector, 'file'>),
    }));
}

/** The /proc/cpuinfo that a vector stands for; python/tests/vectors.py writes the same. */
export function cpuinfoText(vector: Vector): string {
  let text = (vector.header ?? []).map((line) => `${line}\n`).join('');
  let processor = 0;
  for (const { count, lines } of vector.cpuinfo ?? []) {
    for (let index = 0; index < count; index += 1) {
      text += `processor\t: ${processor}\n${lines.join('\n')}\n\n`;
      processor += 1;
    }
  }
  return text + (vector.trailer ?? []).map((line) => `${line}\n`).join('');
}
