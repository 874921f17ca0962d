import { MODULE, withCode, withFile, linked } from './faults.ts';
import type { Case } from './faults.ts';
import { moduleSource, witnesses } from './wheel-workshop.ts';

const WIDE = 'vpxord %zmm0, %zmm1, %zmm2';
const HOT =
  '__attribute__((section(".hot"))) void hot(void) { __asm__("vpxord %zmm0,%zmm0,%zmm0"); }';
const ONE = 'void one(void) { __asm__ volatile("vpxord %zmm0, %zmm1, %zmm2"); }';

/** What the instruction-sets check refuses. */
export const CODE_FAULTS: readonly Case[] = [
  // instruction-sets
  {
    fault: 'one AVX-512 instruction in a base wheel',
    breaks: withCode({ sneaky: WIDE }),
    by: ['instruction-sets'],
    says: /_C\.abi3\.so \.text 0x[0-9a-f]+: avx512f: vpxord zmm2,\s?zmm1,\s?zmm0 in sneaky \(one/,
  },
  {
    fault: 'one EVEX instruction on xmm registers only',
    breaks: withCode({ narrow: 'vpternlogd $3, %xmm0, %xmm1, %xmm2' }),
    by: ['instruction-sets'],
    says: /avx512vl: .* in narrow/,
  },
  {
    fault: 'a register that only AVX-512 has, in an AVX instruction',
    breaks: withCode({ high: 'vaddps %ymm17, %ymm1, %ymm2' }),
    by: ['instruction-sets'],
    says: /avx512f: vaddps .* in high/,
  },
  {
    fault: 'zmm16 to zmm31',
    breaks: withCode({ upper: 'vmovaps %zmm31, %zmm16' }),
    by: ['instruction-sets'],
    says: /avx512f: vmovaps zmm16.* in upper/,
  },
  {
    fault: 'a mask register',
    breaks: withCode({ mask: 'kmovb %eax, %k1' }),
    by: ['instruction-sets'],
    says: /avx512dq: kmovb k1.* in mask/,
  },
  {
    fault: 'AVX-VNNI in the AVX512-VNNI wheel',
    variant: 'avx512vnni',
    breaks: withCode({ short_form: '{vex} vpdpbusd %ymm0, %ymm1, %ymm2' }),
    by: ['instruction-sets'],
    says: /avx_vnni: vpdpbusd .* in short_form/,
  },
  {
    fault: 'an AMX tile in the BF16 wheel',
    variant: 'avx512bf16',
    breaks: withCode({ tile: 'tilezero %tmm0' }),
    by: ['instruction-sets'],
    says: /amx_tile: tilezero .* in tile/,
  },
  {
    fault: 'AVX512-FP16 in the AMX wheel',
    variant: 'amxbf16',
    breaks: withCode({ half: 'vaddph %zmm0, %zmm1, %zmm2' }),
    by: ['instruction-sets'],
    says: /avx512_fp16: vaddph .* in half/,
  },
  {
    fault: 'GFNI in the BF16 wheel',
    variant: 'avx512bf16',
    breaks: withCode({ galois: 'gf2p8mulb %xmm0, %xmm1' }),
    by: ['instruction-sets'],
    says: /gfni: gf2p8mulb .* in galois/,
  },
  {
    fault: 'SHA extensions in a base wheel',
    breaks: withCode({ hash: 'sha256msg1 %xmm0, %xmm1' }),
    by: ['instruction-sets'],
    says: /sha_ni: sha256msg1 .* in hash/,
  },
  {
    fault: 'code in a section other than .text',
    breaks: linked([], HOT),
    by: ['instruction-sets'],
    says: /_C\.abi3\.so \.hot 0x[0-9a-f]+: avx512f: .* in hot/,
  },
  {
    fault: 'code in a second module',
    breaks: withFile('vllm/extra/_more.so', ONE),
    by: ['instruction-sets'],
    says: /vllm\/extra\/_more\.so \.text .* in one/,
  },
  {
    fault: 'code in an ELF file with another extension',
    breaks: withFile('vllm/data/weights.bin', ONE),
    by: ['instruction-sets'],
    says: /weights\.bin \.text .* in one/,
  },
  {
    fault: 'code in an object file',
    breaks: withFile('vllm/kernel.o', ONE, ['-c', '-fno-lto']),
    by: ['instruction-sets'],
    says: /kernel\.o \.text .* in one/,
  },
  {
    fault: 'code in a stripped module',
    breaks: withCode({ gone: WIDE }, ['-s', '-fvisibility=hidden']),
    by: ['instruction-sets'],
    says: /avx512f: .* in (gone|function at 0x)/,
  },
  {
    fault: 'code in a module without symbols and unwind table',
    breaks: withFile('vllm/_bare.so', ONE, [
      ...['-s', '-fvisibility=hidden', '-fno-asynchronous-unwind-tables', '-nostdlib'],
    ]),
    by: ['instruction-sets'],
    says: /_bare\.so .*avx512f: .* in no symbol/,
  },
  {
    fault: 'a promised feature that no instruction uses',
    variant: 'avx512bf16',
    breaks: async (parts, workshop) => {
      const assembly = witnesses(parts.variant, ['avx512_bf16']);
      parts.files[MODULE] = await workshop.compile(moduleSource(assembly));
    },
    by: ['instruction-sets'],
    says: /avx512_bf16 promised.*record-equivalence --release=0\.12\.0 --variant=avx512bf16 --to=avx512vnni; .*record-absence .*--features=avx512_bf16/,
  },
  {
    fault: 'a feature that the pin records as absent',
    variant: 'avx512bf16',
    breaks: () => undefined,
    release: {
      absent: [
        {
          variant: 'avx512bf16',
          platform: 'linux-x86_64',
          features: ['avx512_vnni'],
          reason: 'no kernel uses it at this release',
        },
      ],
    },
    by: ['instruction-sets'],
    says: /avx512_vnni found, although the pin records absence: remove that record/,
  },
  {
    fault: 'a recorded equivalence that the machine code contradicts',
    variant: 'avx512vnni',
    breaks: () => undefined,
    release: {
      equivalences: [
        { variant: 'avx512vnni', to: 'avx512', platform: 'linux-x86_64', evidence: 'cmake' },
      ],
    },
    by: ['instruction-sets'],
    says: /avx512_vnni found, although the pin records equivalence to avx512/,
  },
  {
    fault: 'a damaged ELF file',
    breaks: (parts) => {
      const module = Buffer.from(parts.files[MODULE] as Buffer);
      module.writeBigUInt64LE(0xffffffffn, 40);
      parts.files[MODULE] = module;
    },
    by: ['platform', 'instruction-sets'],
    says: /_C\.abi3\.so: .*section table .* is beyond/,
  },
  {
    fault: 'a module for another machine',
    breaks: (parts) => {
      const module = Buffer.from(parts.files[MODULE] as Buffer);
      module.writeUInt16LE(183, 18);
      parts.files[MODULE] = module;
    },
    by: ['platform', 'instruction-sets'],
    says: /_C\.abi3\.so: is for aarch64, the name says x86_64/,
  },
];
