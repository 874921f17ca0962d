import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createRunner } from '../system/run.ts';
import { writeWheel, type WheelMember } from '../wheel/archive-writer.ts';
import { formatWheelFileName, parseTag } from '../wheel/file-name.ts';
import { wheelName } from '../variant/model.ts';

/** A shared object that the real compiler makes for a test. */
export interface FixtureModule {
  /** In the wheel. */
  path: string;
  /** C; PYTHON_MODULE begins one that Python can import. */
  source: string;
  /** After `-shared -fPIC -O2`. */
  flags?: readonly string[];
  compiler?: string;
}

export interface WheelFixture {
  /** Gets the wheel, and a folder for objects. */
  folder: string;
  name?: string;
  /** As in METADATA: `0.12.0+cpu`. */
  version?: string;
  tag?: string;
  modules?: readonly FixtureModule[];
  /** Added to, or in place of, what a wheel of vLLM has at least. */
  files?: Readonly<Record<string, string | Uint8Array>>;
  requires?: readonly string[];
  /** The whole METADATA instead of the usual one. */
  metadata?: string;
  sourceDateEpoch?: number;
}

export const FIXTURE_ENV: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '/usr/bin:/bin',
  LC_ALL: 'C',
};

/**
 * An importable module `name` with a function answer() that runs the C expression `answer`; the
 * limited API is declared by hand, so no Python headers are needed.
 */
export function pythonModule(name: string, answer = '42', preamble = ''): string {
  return `
typedef struct { const char *name; void *call; int flags; const char *doc; } Method;
typedef struct {
  long refcount; void *type; void *init; long index; void *copy;
  const char *name; const char *doc; long size; Method *methods;
  void *slots, *traverse, *clear, *free;
} Module;
extern void *PyModule_Create2(Module *, int);
extern void *PyLong_FromLong(long);
${preamble}
static void *answer(void *self, void *arguments) {
  (void)self; (void)arguments;
  return PyLong_FromLong((long)(${answer}));
}
static Method methods[] = {{"answer", answer, 4, 0}, {0, 0, 0, 0}};
static Module module = {1, 0, 0, 0, 0, "${name}", 0, -1, methods, 0, 0, 0, 0};
void *PyInit_${name}(void) { return PyModule_Create2(&module, 3); }
`;
}

/** What upstream builds, in the smallest: a wheel of vLLM with one real module. */
export async function makeWheel(fixture: WheelFixture): Promise<string> {
  const { folder, name = 'vllm', version = '0.12.0+cpu' } = fixture;
  const tag = parseTag(fixture.tag ?? 'cp38-abi3-linux_x86_64');
  const modules = fixture.modules ?? [{ path: 'vllm/_C.abi3.so', source: pythonModule('_C') }];
  const distInfo = `${wheelName(name)}-${version}.dist-info`;
  const texts = { ...usualFiles(name, version, distInfo, fixture), ...fixture.files };
  const members: WheelMember[] = Object.entries(texts).map(([path, content]) => ({
    name: path,
    executable: false,
    content: typeof content === 'string' ? Buffer.from(content) : content,
  }));
  for (const module of modules) {
    const content = await readFile(await compileModule(module, folder));
    members.push({ name: module.path, executable: true, content });
  }
  const path = join(folder, formatWheelFileName(name, version, tag));
  await writeWheel(path, members, distInfo, fixture.sourceDateEpoch ?? 1_700_000_000);
  return path;
}

/** Compiles one module below `folder` and answers the path of the file. */
export async function compileModule(module: FixtureModule, folder: string): Promise<string> {
  const output = join(folder, 'objects', module.path);
  await mkdir(dirname(output), { recursive: true });
  const source = `${output}.c`;
  await writeFile(source, module.source);
  const flags = ['-shared', '-fPIC', '-O2', ...(module.flags ?? [])];
  // The flags come last: libraries are searched for what stands before them.
  const argv = [module.compiler ?? 'cc', '-o', basename(output), basename(source), ...flags];
  await createRunner().run({
    argv: argv as [string, ...string[]],
    cwd: dirname(output),
    env: FIXTURE_ENV,
  });
  return output;
}

function usualFiles(
  name: string,
  version: string,
  distInfo: string,
  fixture: WheelFixture,
): Record<string, string> {
  const plain = version.replace(/\+.*$/, '');
  const tuple = plain.split('.').join(', ');
  return {
    'vllm/__init__.py':
      '# SPDX-License-Identifier: Apache-2.0\n"""A fixture."""\nfrom .version import __version__\n',
    'vllm/version.py': 'from ._version import __version__, __version_tuple__\n',
    'vllm/_version.py': `__version__ = version = '${plain}'\n__version_tuple__ = version_tuple = (${tuple})\n`,
    'vllm/main.py':
      'from importlib.metadata import version\n\n\ndef main():\n    print(version("vllm"))\n',
    [`${distInfo}/METADATA`]: fixture.metadata ?? usualMetadata(name, version, fixture.requires),
    [`${distInfo}/WHEEL`]: `Wheel-Version: 1.0\nGenerator: fixture\nRoot-Is-Purelib: false\nTag: ${fixture.tag ?? 'cp38-abi3-linux_x86_64'}\n`,
    [`${distInfo}/entry_points.txt`]: '[console_scripts]\nvllm = vllm.main:main\n',
    [`${distInfo}/top_level.txt`]: 'vllm\n',
    [`${distInfo}/licenses/LICENSE`]: 'Apache License, Version 2.0\n',
  };
}

function usualMetadata(name: string, version: string, requires: readonly string[] = []): string {
  return [
    'Metadata-Version: 2.4',
    `Name: ${name}`,
    `Version: ${version}`,
    'Summary: A fixture',
    'License-Expression: Apache-2.0',
    'Classifier: Programming Language :: Python :: 3.10',
    'Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence',
    'Requires-Python: <3.14,>=3.10',
    'Description-Content-Type: text/markdown',
    'License-File: LICENSE',
    ...requires.map((requirement) => `Requires-Dist: ${requirement}`),
    'Dynamic: license-file',
    '',
    '# Upstream',
    '',
  ].join('\n');
}
