import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { allowedEnv, createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { checkSourceFlags, nameOfFlag } from './source-flags.ts';
import type { ModuleFlags } from './source-flags.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 120_000;

const AMX = ['-mamx-bf16', '-mamx-tile'];
const EXPECTED: ModuleFlags = {
  ...{ module: '_C', all: [...AMX, '-mavx2'], some: AMX },
  definitions: ['CAPABILITY_AMX'],
};
const TILES = `#include <immintrin.h>
#if defined(CAPABILITY_AMX) && defined(__AMX_TILE__)
void zero() { _tile_zero(0); }
#endif
`;

describe('the flags of single sources', () => {
  const folder = temporaryFolders();
  const runner = createRunner();
  const env = allowedEnv(process.env);
  let tree: string;
  let sources: Record<string, string>;
  let properties: string;
  beforeEach(() => {
    tree = folder();
    sources = { 'tiles.cpp': TILES, 'plain.cpp': '#include <immintrin.h>\n' };
    properties = `tiles.cpp PROPERTIES COMPILE_OPTIONS "${AMX.join(';')}" COMPILE_DEFINITIONS CAPABILITY_AMX`;
  });

  /** Compiles `sources` as upstream does, with cmake and ninja, below the folder that setuptools makes. */
  const compiled = async (expected: Partial<ModuleFlags> = {}) => {
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(tree, name), text);
    const files = Object.keys(sources).filter((name) => name.endsWith('.cpp'));
    writeFileSync(
      join(tree, 'CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.18)
project(p LANGUAGES CXX)
add_library(_C MODULE ${files.join(' ')})
target_compile_options(_C PRIVATE -mavx2)
set_source_files_properties(${properties})
`,
    );
    const build = join(tree, 'build/temp.linux-x86_64-cpython-311');
    mkdirSync(build, { recursive: true });
    await runner.run({ argv: ['cmake', '-G', 'Ninja', tree], cwd: build, env });
    await runner.run({ argv: ['ninja', '_C'], cwd: build, env });
    return checkSourceFlags(runner, { tree, env }, { ...EXPECTED, ...expected });
  };
  const refused = (text: string) => ({
    code: 'SOURCE_FLAGS_DIFFER',
    what: expect.stringContaining(text),
  });

  it(
    'may be fewer where nothing depends on the others',
    async () => {
      expect(await compiled()).toEqual({ flags: AMX, files: ['tiles.cpp'] });
    },
    TIMEOUT,
  );

  it(
    'are not said where each source has the same',
    async () => {
      const files = Object.keys(sources).join(' ');
      properties = properties.replace('tiles.cpp', files);
      expect(await compiled()).toBeUndefined();
    },
    TIMEOUT,
  );

  it(
    'may not be fewer where a header asks for them: its code would be missing without a word',
    async () => {
      sources['plain.cpp'] = '#include "level.h"\n';
      sources['level.h'] = '#define HAS(it) defined(__##it##__)\n#if HAS(AMX_TILE)\n#endif\n';
      await expect(compiled()).rejects.toMatchObject(
        refused(
          `plain.cpp lacks -mamx-bf16 -mamx-tile, but ${join(tree, 'level.h')} asks for AMX_TILE`,
        ),
      );
    },
    TIMEOUT,
  );

  it(
    'may not be fewer where a definition that comes with them is asked for',
    async () => {
      sources['plain.cpp'] = '#ifdef CAPABILITY_AMX\n#endif\n';
      await expect(compiled()).rejects.toMatchObject(refused('plain.cpp asks for CAPABILITY_AMX'));
    },
    TIMEOUT,
  );

  it(
    'come with the definitions of the module',
    async () => {
      properties = properties.replace(/ COMPILE_DEFINITIONS.*/, '');
      await expect(compiled()).rejects.toMatchObject(
        refused('tiles.cpp is compiled without -DCAPABILITY_AMX'),
      );
    },
    TIMEOUT,
  );

  it(
    'are never others than the level’s',
    async () => {
      properties = properties.replace('-mamx-tile', '-mamx-tile;-mamx-int8');
      await expect(compiled()).rejects.toMatchObject(
        refused('tiles.cpp has -mamx-bf16 -mamx-int8 -mamx-tile -mavx2'),
      );
      properties = 'tiles.cpp PROPERTIES COMPILE_OPTIONS -mavx512f';
      await expect(compiled({ all: ['-mavx2'], some: [] })).rejects.toMatchObject(
        refused('tiles.cpp has -mavx2 -mavx512f'),
      );
    },
    TIMEOUT,
  );

  it(
    'define what they are found by',
    async () => {
      const macros = async (flags: readonly string[]) => {
        const argv = ['g++', '-dM', '-E', '-x', 'c++', ...flags, '/dev/null'] as const;
        return (await runner.run({ argv, env })).stdout.split('\n');
      };
      const before = await macros(['-mxsave']);
      const defined = (await macros(['-mxsave', ...AMX])).filter((line) => !before.includes(line));
      expect(defined).toHaveLength(AMX.length);
      for (const line of defined) {
        expect(AMX.map(nameOfFlag).some((name) => line.includes(name))).toBe(true);
      }
    },
    TIMEOUT,
  );
});
