import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '../system/run.ts';

/** Compiles small sources for tests; `remove()` deletes everything. */
export interface Fixtures {
  folder: string;
  /** Compiles `source` as `<name>` with these compiler arguments and answers its path. */
  compile(
    name: string,
    source: string,
    flags?: readonly string[],
    compiler?: string,
  ): Promise<string>;
  run(argv: readonly [string, ...string[]]): Promise<string>;
  read(name: string): Uint8Array;
  remove(): void;
}

const ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' };

/** A temporary folder and the real compiler. Sources are C unless the name of `compiler` says C++. */
export function createFixtures(): Fixtures {
  const folder = mkdtempSync(join(tmpdir(), 'vllm-cpu-fixture-'));
  const runner = createRunner();
  const run = async (argv: readonly [string, ...string[]]): Promise<string> =>
    (await runner.run({ argv, env: ENVIRONMENT, cwd: folder })).stdout;
  return {
    folder,
    run,
    compile: async (name, source, flags = ['-shared', '-fPIC', '-O2'], compiler = 'gcc') => {
      const input = join(folder, `${name}.${compiler.endsWith('++') ? 'cpp' : 'c'}`);
      writeFileSync(input, source);
      const output = join(folder, name);
      await run([compiler, input, '-o', output, ...flags]);
      return output;
    },
    read: (name) => readFileSync(join(folder, name)),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
