import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Release } from '@vllm-cpu/sources/release';
import { linked, MODULE, needs, withCode } from './faults.ts';
import { moduleSource, witnesses } from './wheel-workshop.ts';
import type { WheelParts, WheelWorkshop } from './wheel-workshop.ts';

/** Wheels in which nothing is wrong, each unusual in its own way. */
export const SOUND: [
  what: string,
  make: (workshop: WheelWorkshop) => Promise<WheelParts>,
  release?: Partial<Release>,
][] = [
  ['the base wheel', (workshop) => workshop.sound()],
  ['the AVX-512 wheel', (workshop) => workshop.sound('avx512')],
  ['the VNNI wheel', (workshop) => workshop.sound('avx512vnni')],
  ['the BF16 wheel', (workshop) => workshop.sound('avx512bf16')],
  ['the AMX wheel', (workshop) => workshop.sound('amxbf16')],
  ['a wheel with a suffix', (workshop) => workshop.sound('avx512', '0.12.0.post2')],
  [
    'a stripped module',
    async (workshop) => {
      const parts = await workshop.sound('amxbf16');
      await withCode({}, ['-s'])(parts, workshop);
      return parts;
    },
  ],
  [
    'a vendored library that RPATH leads to',
    async (workshop) => {
      const parts = await workshop.sound();
      await needs('libnuma.so.1', 'libnuma_1.1', 'numa_available')(parts, workshop);
      const module = join(workshop.folder, 'found.so');
      await writeFile(module, parts.files[MODULE] as Buffer);
      await workshop.run(['patchelf', '--set-rpath', '$ORIGIN/../vllm_cpu.libs', module]);
      parts.files[MODULE] = await readFile(module);
      const flags = ['-nostdlib', '-Wl,-soname,libnuma.so.1'];
      const library = await workshop.compile('void numa_available(void) {}', flags);
      parts.files['vllm_cpu.libs/libnuma.so.1'] = library;
      return parts;
    },
  ],
  [
    "torch's OpenMP runtime",
    async (workshop) => {
      const parts = await workshop.sound();
      await needs('libgomp.so.1', 'GOMP_4.0', 'GOMP_parallel')(parts, workshop);
      return parts;
    },
  ],
  [
    'a constant in .text that looks like AVX-512',
    async (workshop) => {
      const parts = await workshop.sound();
      const table = '__asm__(".text\\n.byte 0x62,0xf1,0x74,0x48,0x58,0xd0,0x06,0x06\\n");';
      await linked([], table)(parts, workshop);
      return parts;
    },
  ],
  [
    'a recorded equivalence',
    async (workshop) => {
      const parts = await workshop.sound('avx512vnni');
      const lower = await workshop.sound('avx512');
      parts.files[MODULE] = lower.files[MODULE] ?? '';
      return parts;
    },
    {
      equivalences: [
        { variant: 'avx512vnni', to: 'avx512', platform: 'linux-x86_64', evidence: 'machine-code' },
      ],
    },
  ],
  [
    'a recorded absence',
    async (workshop) => {
      const parts = await workshop.sound('amxbf16');
      const assembly = witnesses(parts.variant, ['avx512_vnni']);
      parts.files[MODULE] = await workshop.compile(moduleSource(assembly));
      return parts;
    },
    {
      absent: [
        {
          variant: 'amxbf16',
          platform: 'linux-x86_64',
          features: ['avx512_vnni'],
          reason: 'no kernel uses it at this release',
        },
      ],
    },
  ],
];
