import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadVariants } from '@vllm-cpu/sources/catalogue';
import { singleLevels } from '@vllm-cpu/variant/sums';
import type { VariantName } from '../wheels/results.ts';

const FIXTURES = join(import.meta.dirname, '../../../packages/cpu-detect/fixtures');

interface Fixture {
  cpuinfo: { count: number; lines: string[] }[];
}

/** Writes the /proc/cpuinfo of another machine, of which the detector has the record, to `path`. */
export function writeCpuinfo(path: string, fixture: string): void {
  const { cpuinfo } = JSON.parse(
    readFileSync(join(FIXTURES, `${fixture}.json`), 'utf8'),
  ) as Fixture;
  const processors = cpuinfo.flatMap(({ lines }) => [[`processor\t: 0`, ...lines, ''].join('\n')]);
  writeFileSync(path, `${processors.join('\n')}\n`);
}

/**
 * The words before a command that let it and all its children see `cpuinfo` as /proc/cpuinfo, and
 * nobody else. Needs root.
 */
export function withCpuinfo(cpuinfo: string): string[] {
  const script = 'mount --bind "$0" /proc/cpuinfo && exec "$@"';
  return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, cpuinfo];
}

/** The levels that this machine's CPU can run, lowest first. */
export function runnableHere(root: string): VariantName[] {
  const cpuinfo = readFileSync('/proc/cpuinfo', 'utf8');
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(' ') ?? [];
  return singleLevels(loadVariants(root))
    .filter(({ platforms }) =>
      platforms['linux-x86_64']?.requires.every((feature) => flags.includes(feature)),
    )
    .map(({ name }) => name as VariantName);
}
