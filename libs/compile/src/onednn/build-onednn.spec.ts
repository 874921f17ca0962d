import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OneDnnBuild } from '@vllm-cpu/sources/onednn-build';
import { createRunner } from '@vllm-cpu/system/run';
import { findProgram } from '@vllm-cpu/system/programs';
import { someSettings } from '@vllm-cpu/testing/compile-fixture';
import { aOneDnn, writeOneDnn } from '@vllm-cpu/testing/onednn-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { buildOneDnn } from './build-onednn.ts';
import { oneDnnKey } from './onednn-key.ts';
import { planOneDnn } from './onednn-plan.ts';
import { importedTarget, layOneDnn } from './use-onednn.ts';

/** Generous: the machine may be busy. */
const TIMEOUT = 10 * 60_000;
const PLATFORM = hostPlatform() ?? 'linux-x86_64';

describe('a oneDNN that is built once', () => {
  const folder = temporaryFolders();
  const runner = createRunner();
  let root: string;
  let sources: string;
  beforeEach(() => {
    root = folder();
    sources = join(folder(), 'oneDNN');
    writeOneDnn(sources);
  });
  const settings = (at = root) =>
    someSettings(at, {
      VLLM_CPU_ONEDNN: sources,
      VLLM_CPU_PYTHON: findProgram('python3', process.env['PATH']) ?? '',
    });
  const build = async (at = root, what: OneDnnBuild = aOneDnn()) => {
    const key = await oneDnnKey(what, PLATFORM, settings(at), runner);
    const plan = planOneDnn(what, PLATFORM, settings(at), key, 1);
    return { key, plan, manifest: await buildOneDnn(plan, runner, () => undefined) };
  };

  /** A project that uses it as upstream's does, with `options` set before. */
  const consumer = async (built: OneDnnBuild, options: Readonly<Record<string, string>>) => {
    const { key } = await build();
    const task = folder();
    const { cmake } = await layOneDnn(built, key.value, root, task);
    writeFileSync(
      join(task, 'main.cpp'),
      `#include <cstdio>
#include "common/memory.hpp"
#include "oneapi/dnnl/dnnl.h"
int main() { return PRIVATE_HEADER == 1 ? std::puts(dnnl_where()) < 0 : 2; }
`,
    );
    writeFileSync(
      join(task, 'CMakeLists.txt'),
      `cmake_minimum_required(VERSION 3.18)
project(upstream LANGUAGES CXX)
set(CMAKE_CXX_STANDARD ${built.cxxStandard})
${Object.entries(options)
  .map(([name, value]) => `set(${name} "${value}")`)
  .join('\n')}
include([=[${cmake}]=])
add_executable(main main.cpp)
target_include_directories(main PRIVATE \${oneDNN_SOURCE_DIR}/src)
target_link_libraries(main dnnl)
`,
    );
    const env = { PATH: process.env['PATH'] ?? '', CXX: 'g++' };
    const configured = await runner.try({
      argv: ['cmake', '-S', task, '-B', join(task, 'b')],
      env,
    });
    return { task, env, configured };
  };

  it(
    'is the same bytes wherever sources, repository and workspace lie',
    async () => {
      const one = await build();
      sources = join(folder(), 'another pläce');
      writeOneDnn(sources);
      const other = await build(folder());
      expect(other.manifest.library).toEqual(one.manifest.library);
      expect(other.key.value).toBe(one.key.value);
      const library = readFileSync(join(one.plan.output, 'lib/libdnnl.a'), 'latin1');
      expect(library).toContain('/onednn/src/common/where.cpp');
      expect(existsSync(one.plan.task)).toBe(false);
    },
    TIMEOUT,
  );

  it(
    'takes the place of upstream’s own, with its private headers, and links',
    async () => {
      const own = { ONEDNN_AARCH64_USE_ACL: 'OFF', DNNL_COMPILE_FLAGS: '-fopenmp;-mf16c' };
      const set = { ...aOneDnn().options, ...own };
      const { task, env, configured } = await consumer(aOneDnn(), set);
      expect(configured).toMatchObject({ exitCode: 0 });
      await runner.run({ argv: ['cmake', '--build', join(task, 'b')], env });
      const { stdout } = await runner.run({ argv: [join(task, 'b/main')], env });
      expect(stdout).toBe('/onednn/src/common/where.cpp standard ON\n');
    },
    TIMEOUT,
  );

  it(
    'is refused by a release that sets another option, or one more, and says which',
    async () => {
      const other = { ...aOneDnn().options, ONEDNN_VERBOSE: 'OFF', ONEDNN_NEW: 'ON' };
      const { configured } = await consumer(aOneDnn(), other);
      expect(configured.exitCode).not.toBe(0);
      expect(configured.stderr.replace(/\s+/g, ' ')).toContain(
        'asks for another oneDNN than v3.13-cxx20: ONEDNN_VERBOSE is OFF;ONEDNN_NEW is ON',
      );
    },
    TIMEOUT,
  );

  it(
    'that does not compile says where the output is, and leaves what was there before',
    async () => {
      const { plan } = await build();
      writeFileSync(join(sources, 'src/common/where.cpp'), 'int broken(;\n');
      await expect(build()).rejects.toMatchObject({
        code: 'ONEDNN_FAILED',
        why: expect.stringContaining('where.cpp'),
      });
      expect(existsSync(join(plan.output, 'lib/libdnnl.a'))).toBe(true);
    },
    TIMEOUT,
  );

  describe('is asked for', () => {
    it('by a compile that has none: the task is named', async () => {
      await expect(layOneDnn(aOneDnn(), 'ab', root, folder())).rejects.toMatchObject({
        code: 'ONEDNN_NOT_BUILT',
        next: expect.stringContaining('upstream:onednn-v3.13-cxx20'),
      });
    });

    it(
      'and is of other tools or sources: it is not used',
      async () => {
        await build();
        await expect(layOneDnn(aOneDnn(), 'ab', root, folder())).rejects.toMatchObject({
          code: 'ONEDNN_NOT_BUILT',
          why: expect.stringContaining('other sources or tools'),
        });
      },
      TIMEOUT,
    );
  });

  it('has one key for every release, and another with its options or its given sources', async () => {
    const key = async (what: OneDnnBuild) =>
      (await oneDnnKey(what, PLATFORM, settings(), runner)).value;
    const before = await key(aOneDnn());
    expect(await key(aOneDnn({ options: { ONEDNN_VERBOSE: 'OFF' } }))).not.toBe(before);
    expect(await key(aOneDnn({ cxxStandard: 17 }))).not.toBe(before);
    mkdirSync(join(sources, 'more'));
    expect(await key(aOneDnn())).toBe(before);
    writeFileSync(join(sources, 'more/a.cpp'), '');
    expect(await key(aOneDnn())).not.toBe(before);
  });

  it('has another key with another cmake beside the given interpreter', async () => {
    const programs = folder();
    writeFileSync(join(programs, 'python3'), '');
    const key = async (version: string) => {
      writeFileSync(join(programs, 'cmake'), `#!/bin/sh\necho cmake version ${version}\n`, {
        mode: 0o755,
      });
      const given = someSettings(root, {
        VLLM_CPU_ONEDNN: sources,
        VLLM_CPU_PYTHON: join(programs, 'python3'),
      });
      return (await oneDnnKey(aOneDnn(), PLATFORM, given, runner)).value;
    };
    expect(await key('4.3.0')).not.toBe(await key('4.4.0'));
  });

  it('is named in cmake by its folder, whatever is in the path', () => {
    expect(importedTarget(aOneDnn(), '/a b/$c')).toContain('set(oneDNN_SOURCE_DIR [=[/a b/$c]=])');
  });
});
