import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { aliasMembers } from '@vllm-cpu/package/alias';
import { createRunner } from '@vllm-cpu/system/run';
import { realVariant } from '../fixtures/package-fixture.ts';
import { FIXTURE_ENV, pythonModule } from '../fixtures/wheel-fixture.ts';
import { makeZip } from '../fixtures/zip-fixture.ts';
import type { ZipFixture } from '../fixtures/zip-fixture.ts';
import { levelOf, wheelName } from '@vllm-cpu/variant/model';
import type { Variant } from '@vllm-cpu/variant/model';
import { formatRecord, recordHash } from '@vllm-cpu/wheel/record';
import type { RecordLine } from '@vllm-cpu/wheel/record';

/** One instruction for each feature that a variant proves. */
export const WITNESS: Readonly<Record<string, string>> = {
  avx2: 'vpaddd %ymm0, %ymm1, %ymm2',
  f16c: 'vcvtph2ps %xmm0, %ymm1',
  avx512f: 'vpxord %zmm0, %zmm1, %zmm2',
  avx512bw: 'vpaddb %zmm0, %zmm1, %zmm2',
  avx512dq: 'vpmullq %zmm0, %zmm1, %zmm2',
  avx512vl: 'vpternlogd $3, %xmm0, %xmm1, %xmm2',
  avx512_vnni: 'vpdpbusd %zmm0, %zmm1, %zmm2',
  avx512_bf16: 'vdpbf16ps %zmm0, %zmm1, %zmm2',
  amx_tile: 'tilezero %tmm0',
  amx_bf16: 'tdpbf16ps %tmm0, %tmm1, %tmm2',
};

const TAG = 'cp38-abi3-manylinux_2_28_x86_64';
const VERSION = '0.12.0';

/** A wheel before it is written; a test changes one thing of it. */
export interface WheelParts {
  variant: Variant;
  fileName: string;
  distInfo: string;
  files: Record<string, string | Buffer>;
  /** Changes the lines of RECORD. */
  record?: (lines: RecordLine[]) => RecordLine[];
  /** Changes the archive. */
  zip?: (fixture: ZipFixture) => ZipFixture;
  /** Changes the bytes of the file. */
  bytes?: (bytes: Buffer) => Buffer;
}

/** C for a Python module with one function per given line of assembly. */
export function moduleSource(assembly: Readonly<Record<string, string>>): string {
  const functions = Object.entries(assembly).map(
    ([name, text]) => `void ${name}(void) { __asm__ volatile("${text}"); }`,
  );
  return pythonModule('_C', '42', functions.join('\n'));
}

/** The assembly of everything that a variant has to prove. */
export function witnesses(variant: Variant, less: readonly string[] = []): Record<string, string> {
  const proves = levelOf(variant, 'linux-x86_64')?.proves ?? [];
  return Object.fromEntries(
    proves
      .filter((feature) => !less.includes(feature))
      .map((feature) => [`uses_${feature}`, WITNESS[feature] ?? '']),
  );
}

/** Makes wheels with the real compiler; each module is compiled once. */
export class WheelWorkshop {
  readonly folder: string;
  private readonly compiled = new Map<string, Promise<Buffer>>();
  private readonly runner = createRunner();
  private written = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<WheelWorkshop> {
    return new WheelWorkshop(await mkdtemp(join(tmpdir(), 'vllm-cpu-wheels-')));
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Compiles C as a shared object; the same source and flags only once. */
  compile(source: string, flags: readonly string[] = [], output = 'm.so'): Promise<Buffer> {
    const key = JSON.stringify([source, flags, output]);
    const known = this.compiled.get(key);
    if (known) return known;
    const made = this.compileNow(source, flags, output, this.compiled.size);
    this.compiled.set(key, made);
    return made;
  }

  /** A module with one function for each of these features (names of WITNESS, separated by spaces), and `more`. */
  compileUses(features: string, more: Readonly<Record<string, string>> = {}): Promise<Buffer> {
    const functions = features.split(' ').map((name) => [`uses_${name}`, WITNESS[name] ?? '']);
    return this.compile(moduleSource({ ...Object.fromEntries(functions), ...more }));
  }

  private async compileNow(
    source: string,
    flags: readonly string[],
    output: string,
    index: number,
  ): Promise<Buffer> {
    const folder = join(this.folder, `module-${index}`);
    await mkdir(folder);
    await writeFile(join(folder, 'm.c'), source);
    await this.run(['gcc', '-shared', '-fPIC', '-O1', 'm.c', '-o', output, ...flags], folder);
    return await readFile(join(folder, output));
  }

  async run(argv: readonly [string, ...string[]], cwd = this.folder): Promise<void> {
    await this.runner.run({ argv, cwd, env: FIXTURE_ENV });
  }

  /** A wheel in which nothing is wrong. */
  async sound(name = 'noavx512', version = VERSION): Promise<WheelParts> {
    const variant = realVariant(name);
    const project = wheelName(variant.distribution);
    const distInfo = `${project}-${version}.dist-info`;
    const alias = aliasMembers(variant.distribution, version, []).map(
      (member) => [member.name, member.content as Buffer] as const,
    );
    return {
      variant,
      fileName: `${project}-${version}-${TAG}.whl`,
      distInfo,
      files: {
        'vllm/__init__.py': `__version__ = "${version}+cpu"\nfrom vllm import _C\n`,
        'vllm/platforms/__init__.py': PLATFORMS_PY,
        'vllm/selfcheck.py': SELFCHECK_PY,
        'vllm/_C.abi3.so': await this.compile(moduleSource(witnesses(variant))),
        ...Object.fromEntries(alias),
        [`${distInfo}/METADATA`]: metadata(variant.distribution, version),
        [`${distInfo}/WHEEL`]: `Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: ${TAG}\n`,
        [`${distInfo}/licenses/LICENSE`]: 'Apache License, Version 2.0\n',
      },
    };
  }

  /** The file's bytes, with a RECORD of what is in it. */
  bytes(parts: WheelParts): Buffer {
    const own = `${parts.distInfo}/RECORD`;
    const lines = Object.entries(parts.files).map(([path, content]) => ({
      path,
      hash: recordHash(Buffer.from(content as Buffer)),
      size: Buffer.byteLength(content),
    }));
    const record = formatRecord(parts.record?.(lines) ?? lines, own);
    const entries = Object.entries({ ...parts.files, [own]: record });
    const fixture = { entries: entries.map(([name, content]) => ({ name, content })) };
    const bytes = makeZip(parts.zip?.(fixture) ?? fixture);
    return parts.bytes?.(bytes) ?? bytes;
  }

  /** Writes the wheel into a folder of its own, and answers its path. */
  async write(parts: WheelParts): Promise<string> {
    const path = join(this.folder, `wheel-${this.written++}`, parts.fileName);
    await mkdir(dirname(path));
    await writeFile(path, this.bytes(parts));
    return path;
  }
}

function metadata(distribution: string, version: string): string {
  return [
    'Metadata-Version: 2.4',
    `Name: ${distribution}`,
    `Version: ${version}`,
    'Summary: A wheel that is tested',
    'License-Expression: Apache-2.0',
    'License-File: LICENSE',
    'Classifier: Programming Language :: Python :: 3',
    'Requires-Python: >=3.10,<3.14',
    'Requires-Dist: torch==2.9.1',
    'Description-Content-Type: text/markdown',
    '',
    '# A wheel that is tested',
    '',
  ].join('\n');
}

const PLATFORMS_PY = `
from importlib.metadata import version


class current_platform:
    device_type = "cpu" if "cpu" in version("vllm") else ""
`;

const SELFCHECK_PY = `
from vllm import _C


def run():
    return {"kernels": {"answer": {"max_error": 0}}, "ok": _C.answer() == 42}
`;
