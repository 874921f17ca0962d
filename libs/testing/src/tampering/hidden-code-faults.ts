import { linked, withFile } from './faults.ts';
import type { Case } from './faults.ts';
import { executableSectionOf, intoPageSlack } from './elf-edits.ts';

const ONE = 'void one(void) { __asm__ volatile("vpxord %zmm0, %zmm1, %zmm2"); }';
/** Nothing but the segments says where its code is. */
const BARE = [
  ...['-s', '-fvisibility=hidden', '-fno-asynchronous-unwind-tables', '-nostdlib'],
] as const;

/** A function of the module in assembly; `06` is not an instruction in 64-bit mode. */
function assembly(...lines: string[]): Case['breaks'] {
  const text = ['.text', '.globl odd', '.type odd,@function', 'odd:', ...lines].join('\\n');
  return linked([], `__asm__("${text}\\n.size odd,.-odd\\n");`);
}

/** Code that a plain sweep over functions misses; the instruction-sets check refuses it. */
export const HIDDEN_CODE_FAULTS: readonly Case[] = [
  {
    fault: 'an APX instruction behind a call',
    breaks: assembly('call 1f', '.byte 0xd5,0x18,0x89,0xc0', 'ret', '1: ret'),
    by: ['instruction-sets'],
    says: /_C\.abi3\.so \.text 0x[0-9a-f]+: undecodable: .* in odd/,
  },
  {
    fault: 'a symbol inside an instruction behind a call',
    breaks: assembly(
      ...['call 1f', '.byte 0x62,0xf1', '.globl inner', '.type inner,@function'],
      ...['inner: .byte 0x75,0x48,0xef,0xd0', 'ret', '1: ret'],
    ),
    by: ['instruction-sets'],
    says: /_C\.abi3\.so \.text 0x[0-9a-f]+: undecodable: .* in odd/,
  },
  {
    fault: 'code that only an indirect jump reaches, behind bytes that are none',
    breaks: assembly(
      ...['jmp *%rax', '.byte 0x06', '.rept 100', 'vpxord %zmm0, %zmm1, %zmm2', '.endr', 'ret'],
    ),
    by: ['instruction-sets'],
    says: /_C\.abi3\.so \.text 0x[0-9a-f]+: avx512f: vpxord .* in odd/,
  },
  {
    fault: 'a section table that calls the code data',
    breaks: async (parts, workshop) => {
      await withFile('vllm/_bare.so', ONE, [...BARE])(parts, workshop);
      const module = Buffer.from(parts.files['vllm/_bare.so'] as Buffer);
      const { header, flags } = executableSectionOf(module);
      module.writeBigUInt64LE(flags & ~4n, header + 8);
      parts.files['vllm/_bare.so'] = module;
    },
    by: ['instruction-sets'],
    says: /_bare\.so \.text 0x[0-9a-f]+: avx512f: vpxord .* in no symbol/,
  },
  {
    fault: 'code behind the end of its segment, on the same page',
    breaks: async (parts, workshop) => {
      const module = await workshop.compile(ONE, [...BARE]);
      parts.files['vllm/_bare.so'] = intoPageSlack(module);
    },
    by: ['instruction-sets'],
    says: /_bare\.so segment \d+ 0x[0-9a-f]+: avx512f: vpxord .* in no symbol/,
  },
];
