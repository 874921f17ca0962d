import fs from 'node:fs';
import path from 'node:path';
import type { DetectOptions } from '../src/detect.ts';

const FOLDER = path.resolve(import.meta.dirname, '../fixtures');

/** One real CPU: what it shows, and what is right for it. */
export interface Vector {
  file: string;
  name: string;
  source: string;
  amx?: 'permitted' | 'refused' | 'not checked';
  header?: string[];
  cpuinfo?: { count: number; lines: string[] }[];
  trailer?: string[];
  system?: 'darwin' | 'windows';
  machine?: string;
  sysctl?: string[];
  processorIdentifier?: string;
  expect: {
    package: string | null;
    code: string;
    level?: string | null;
    microarchitecture?: string | null;
    missing?: string[];
    nextMissing?: string[];
    masked?: string[];
    inside?: string | null;
  };
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

/** What the detection is given for a vector. */
export function detectOptions(vector: Vector): DetectOptions {
  if (vector.system === undefined) {
    const amx = vector.amx === undefined ? {} : { amx: vector.amx };
    return { cpuinfoText: cpuinfoText(vector), cpuinfoName: vector.file, ...amx };
  }
  const system = vector.system === 'darwin' ? 'macos' : 'windows';
  const text = vector.sysctl?.join('\n') ?? vector.processorIdentifier ?? '';
  return { foreign: { system, machine: vector.machine ?? '', text } };
}
