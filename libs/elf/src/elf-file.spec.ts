import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { createFixtures } from '@vllm-cpu/testing/compiled-fixture';
import { frameRanges } from './eh-frame.ts';
import { isElf, parseElf } from './elf-file.ts';
import type { ElfFile } from './elf-file.ts';
import { executableRanges } from './executable-ranges.ts';
import { dynamicImports, functionSymbols } from './symbols.ts';
import { existsSync } from 'node:fs';

const fixtures = createFixtures();
afterAll(() => fixtures.remove());

const SOURCE = `
#include <math.h>
#include <string.h>
int visible(int x) { return x + 1; }
static __attribute__((noinline)) double hidden(double x) { return pow(x, 1.5); }
double calls(double x, char *to) { memcpy(to, &x, sizeof x); return hidden(x) + visible(2); }
`;
const LINKED = [
  '-shared',
  '-fPIC',
  '-O1',
  '-Wl,-soname,libfixture.so.1',
  '-Wl,--no-as-needed',
  '-lm',
];

async function build(name: string, flags: string[] = []): Promise<ElfFile> {
  await fixtures.compile(name, SOURCE, [...LINKED, ...flags]);
  return parseElf(fixtures.read(name), name);
}

describe('parseElf on what the real compiler made', () => {
  let elf: ElfFile;
  beforeAll(async () => {
    elf = await build('plain.so', ['-Wl,-rpath,$ORIGIN/libs:/home/me/lib,--enable-new-dtags']);
  });

  it('reads machine, class and type', () => {
    expect([elf.machine, elf.class, elf.type, elf.littleEndian]).toEqual([
      'x86_64',
      64,
      'dyn',
      true,
    ]);
  });

  it('reads what the loader is told', () => {
    expect(elf.needed).toEqual(['libm.so.6', 'libc.so.6']);
    expect(elf.soname).toBe('libfixture.so.1');
    expect(elf.runpath).toEqual(['$ORIGIN/libs', '/home/me/lib']);
    expect(elf.rpath).toEqual([]);
    expect(elf.executableStack).toBe(false);
    expect(elf.textRelocations).toBe(false);
  });

  it('names the library and version of each import', () => {
    expect(dynamicImports(elf)).toContainEqual({
      name: 'pow',
      library: 'libm.so.6',
      version: 'GLIBC_2.29',
      weak: false,
    });
    expect(elf.versionNeeds.map(({ library }) => library).sort()).toEqual([
      'libc.so.6',
      'libm.so.6',
    ]);
  });

  it('finds exported and static functions with their ranges', () => {
    const names = new Map(functionSymbols(elf).map((found) => [found.name, found]));
    expect(names.get('visible')?.size).toBeGreaterThan(0);
    expect(names.get('hidden')?.size).toBeGreaterThan(0);
  });

  it('finds the same ranges in the unwind tables', () => {
    const frames = new Map(frameRanges(elf).map(({ address, size }) => [address, size]));
    for (const symbol of functionSymbols(elf).filter(({ name }) =>
      /^(visible|calls)$/.test(name),
    )) {
      expect(frames.get(symbol.address)).toBe(symbol.size);
    }
  });

  it('lists every executable section', () => {
    const sections = executableRanges(elf).map(({ section }) => section);
    expect(sections).toEqual(expect.arrayContaining(['.init', '.text', '.fini']));
  });
});

describe('parseElf on files that were changed', () => {
  it('still knows functions, imports and code when the section table is gone', async () => {
    const whole = await build('whole.so');
    await fixtures.run(['strip', '-o', 'stripped.so', 'whole.so']);
    const bytes = Buffer.from(fixtures.read('stripped.so'));
    bytes.writeBigUInt64LE(0n, 40); // e_shoff
    bytes.writeUInt16LE(0, 60); // e_shnum
    bytes.writeUInt16LE(0, 62); // e_shstrndx
    const elf = parseElf(bytes, 'headless.so');
    expect(elf.sections).toEqual([]);
    expect(dynamicImports(elf)).toEqual(dynamicImports(whole));
    expect(functionSymbols(elf).map(({ name }) => name)).toEqual(['visible', 'calls']);
    const text = whole.sections.find(({ name }) => name === '.text');
    const covering = executableRanges(elf).filter(
      ({ offset, size }) => offset <= (text?.offset ?? 0) && offset + size >= (text?.offset ?? 0),
    );
    expect(covering).toHaveLength(1);
    const frames = frameRanges(elf).map(({ address }) => address);
    expect(frames).toEqual(frameRanges(whole).map(({ address }) => address));
  });

  it('sees an executable stack, asked for or by default', async () => {
    expect((await build('stack.so', ['-z', 'execstack'])).executableStack).toBe(true);
  });

  it('tells RPATH from RUNPATH', async () => {
    const elf = await build('rpath.so', ['-Wl,-rpath,/opt/lib,--disable-new-dtags']);
    expect([elf.rpath, elf.runpath]).toEqual([['/opt/lib'], []]);
  });

  it('sees text relocations', async () => {
    const source = 'extern int other; int *table(void) { return &other; }';
    await fixtures.compile('textrel.so', source, [
      '-shared',
      '-fno-pic',
      '-mcmodel=large',
      '-Wl,-z,notext',
    ]);
    expect(parseElf(fixtures.read('textrel.so'), 'textrel.so').textRelocations).toBe(true);
  });

  it('reads an object file', async () => {
    await fixtures.compile('object.o', SOURCE, ['-c', '-ffunction-sections']);
    const elf = parseElf(fixtures.read('object.o'), 'object.o');
    expect(elf.type).toBe('rel');
    expect(functionSymbols(elf).map(({ name }) => name)).toContain('hidden');
    expect(executableRanges(elf).map(({ section }) => section)).toContain('.text.visible');
  });

  it('refuses every truncation with ELF_MALFORMED or reads it, and nothing else', async () => {
    await build('cut.so');
    const bytes = fixtures.read('cut.so');
    for (let length = 0; length < bytes.length; length += 61) {
      try {
        const elf = parseElf(bytes.subarray(0, length), 'cut.so');
        functionSymbols(elf);
        dynamicImports(elf);
        frameRanges(elf);
      } catch (error) {
        expect(error).toMatchObject({ code: 'ELF_MALFORMED' });
      }
    }
  });
});

describe('other machines', () => {
  const compiler = 'aarch64-linux-gnu-gcc';
  requires(compiler, existsSync(`/usr/bin/${compiler}`))('reads an aarch64 module', async () => {
    await fixtures.compile('arm.so', SOURCE, LINKED, compiler);
    const elf = parseElf(fixtures.read('arm.so'), 'arm.so');
    expect([elf.machine, elf.class]).toEqual(['aarch64', 64]);
    expect(functionSymbols(elf).map(({ name }) => name)).toContain('visible');
  });

  it('reads a big-endian 32-bit header', () => {
    const bytes = Buffer.alloc(52);
    bytes.write('\x7fELF', 0, 'latin1');
    bytes.set([1, 2, 1], 4);
    bytes.writeUInt16BE(3, 16);
    bytes.writeUInt16BE(20, 18);
    const elf = parseElf(bytes, 'power.so');
    expect([elf.machine, elf.class, elf.type, elf.littleEndian]).toEqual(['ppc', 32, 'dyn', false]);
  });

  it('knows ELF by its magic alone', () => {
    expect(isElf(Buffer.from('\x7fELF', 'latin1'))).toBe(true);
    expect(isElf(Buffer.from('MZ'))).toBe(false);
    expect(() => parseElf(Buffer.from('\x7fELF', 'latin1'), 'tiny')).toThrow(/less than a header/);
  });
});
