import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { requires } from '@vllm-cpu/testing/requires';
import { createFixtures } from '@vllm-cpu/testing/compiled-fixture';
import { parseElf } from './elf-file.ts';
import { loadablePage } from './page-size.ts';

const LOAD = {
  type: 1,
  executable: false,
  writable: false,
  fileSize: 1,
};

describe('loadablePage', () => {
  const fixtures = createFixtures();
  afterAll(() => fixtures.remove());
  const compiler = 'aarch64-linux-gnu-gcc';
  const compile = requires(compiler, existsSync(`/usr/bin/${compiler}`));

  compile('is what the linker was told', async () => {
    const flags = ['-shared', '-fPIC', '-nostdlib'];
    for (const size of [4096, 16384, 65536]) {
      const name = `page-${size}.so`;
      await fixtures.compile(
        name,
        'int x(void) { return 1; }',
        [...flags, `-Wl,-z,max-page-size=${size}`],
        compiler,
      );
      expect(loadablePage(parseElf(fixtures.read(name), name).segments)).toBe(size);
    }
  });

  it('is no more than what address and file offset have in common', () => {
    const segment = { ...LOAD, alignment: 65536, address: 0x14000, offset: 0x10000 };
    expect(loadablePage([segment])).toBe(0x4000);
  });

  it('is no page at all without an alignment', () => {
    expect(loadablePage([{ ...LOAD, alignment: 0, address: 0, offset: 0 }])).toBe(1);
    expect(loadablePage([])).toBe(Infinity);
  });
});
