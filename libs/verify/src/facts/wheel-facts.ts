import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { isElf } from '@vllm-cpu/elf/elf-file';
import { sha256File } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Platform } from '@vllm-cpu/variant/features';
import type { Variant } from '@vllm-cpu/variant/model';
import { withArchive } from '@vllm-cpu/wheel/archive-reader';
import type { Archive, ArchiveEntry } from '@vllm-cpu/wheel/archive-reader';
import { formatRecordHash } from '@vllm-cpu/wheel/record';
import { ElfSearch, embeddedElfs } from './embedded-elf.ts';
import { isBroken, readModule } from './module-facts.ts';
import type { BrokenModule, ModuleFacts } from './module-facts.ts';
import { gatedFeatures, gatesOf, type ModuleGate } from '../gates/module-gates.ts';
import { KIND_LENGTH, notElf } from '../not-elf.ts';
import { packedFormat } from './packed-file.ts';
import { pythonQuestions, type PythonQuestions } from '../python-questions.ts';

/** One entry of the archive, read once and checked against its CRC. */
export interface FileFacts {
  name: string;
  isDirectory: boolean;
  size: number;
  compressedSize: number;
  /** As RECORD spells it; undefined where the content could not be read. */
  hash: string | undefined;
  hasDataDescriptor: boolean;
}

/** What one pass over a wheel found. Texts of the dist-info folder are kept, modules only as facts. */
export interface WheelFacts {
  path: string;
  fileName: string;
  size: number;
  sha256: string;
  /** Faults of the archive; where there are any, the rest is not to be relied on. */
  archiveFaults: readonly VllmCpuError[];
  files: readonly FileFacts[];
  /** Top-level folders ending in .dist-info. */
  distInfos: readonly string[];
  /** Text files of dist-info folders by path, up to 4 MiB each. */
  texts: ReadonlyMap<string, string>;
  modules: readonly ModuleFacts[];
  brokenModules: readonly BrokenModule[];
  /** Python below vllm/ that asks about the CPU, by path. */
  questions: ReadonlyMap<string, PythonQuestions>;
  /** What upstream asks before it loads a module, where the wheel has several; see gatesOf. */
  gates: ReadonlyMap<string, ModuleGate>;
  /** Archives inside the wheel, and other compressed files: nothing in them was looked at. */
  packed: readonly { name: string; format: string }[];
}

export interface ReadOptions {
  /**
   * Features that modules may use, beside what upstream asks for before it loads them; undefined:
   * count only.
   */
  allowed?: readonly string[] | undefined;
  /** Decides which modules upstream chooses among. */
  platform?: Platform | undefined;
  /** The levels whose modules a sum has. */
  levels?: readonly Variant[] | undefined;
  /** Called before each module of more than 8 MiB. */
  progress?: ((line: string) => void) | undefined;
}

const TEXT_LIMIT = 4 * 1024 * 1024;
const MODULE_LIMIT = 1024 * 1024 * 1024;
const WORTH_A_LINE = 8 * 1024 * 1024;

/** Reads every entry of a wheel once: hash, texts, modules. Faults are collected, not thrown. */
export async function readWheelFacts(path: string, options: ReadOptions = {}): Promise<WheelFacts> {
  const collected = new Collected(options);
  let size = 0;
  try {
    await withArchive(path, async (archive) => {
      size = archive.fileSize;
      await collected.readAll(archive);
    });
  } catch (error) {
    collected.fault(error);
  }
  const sha256 = await sha256File(path).catch(() => '');
  return { path, fileName: basename(path), size, sha256, ...collected.result() };
}

class Collected {
  private readonly options: ReadOptions;
  private readonly faults: VllmCpuError[] = [];
  private readonly files: FileFacts[] = [];
  private readonly texts = new Map<string, string>();
  private readonly modules: (ModuleFacts | BrokenModule)[] = [];
  private readonly packed: { name: string; format: string }[] = [];
  private readonly questions = new Map<string, PythonQuestions>();
  private gates: ReadonlyMap<string, ModuleGate> = new Map();

  constructor(options: ReadOptions) {
    this.options = options;
  }

  async readAll(archive: Archive): Promise<void> {
    const names = archive.entries.map(({ name }) => name);
    this.gates = gatesOf(names, this.options.platform, this.options.levels);
    for (const entry of archive.entries) {
      let hash: string | undefined;
      try {
        hash = entry.isDirectory ? undefined : await this.read(archive, entry);
      } catch (error) {
        this.fault(error);
      }
      const { name, isDirectory, size, compressedSize, hasDataDescriptor } = entry;
      this.files.push({ name, isDirectory, size, compressedSize, hash, hasDataDescriptor });
    }
  }

  /** Anything but a typed error is a defect of this program and goes on up. */
  fault(error: unknown): void {
    if (!(error instanceof VllmCpuError)) throw error;
    this.faults.push(error);
  }

  result(): Omit<WheelFacts, 'path' | 'fileName' | 'size' | 'sha256'> {
    const distInfos = this.files.flatMap(
      ({ name }) => /^([^/]+\.dist-info)\//.exec(name)?.[1] ?? [],
    );
    return {
      archiveFaults: this.faults,
      files: this.files,
      distInfos: [...new Set(distInfos)],
      texts: this.texts,
      modules: this.modules.filter((module): module is ModuleFacts => !isBroken(module)),
      brokenModules: this.modules.filter(isBroken),
      packed: this.packed,
      questions: this.questions,
      gates: this.gates,
    };
  }

  /** Hashes the content as it streams; only small texts and what holds modules are held whole. */
  private async read(archive: Archive, entry: ArchiveEntry): Promise<string> {
    const hash = createHash('sha256');
    const search = new ElfSearch();
    const isPython = /^vllm\/.*\.py$/.test(entry.name);
    const wantsText = (isPython || entry.name.includes('.dist-info/')) && entry.size <= TEXT_LIMIT;
    let content: Buffer | undefined;
    let at = 0;
    // An archive can be made so that the first piece is a single byte.
    let start = Buffer.alloc(0);
    for await (const chunk of archive.chunks(entry)) {
      if (at === 0 && (wantsText || isElf(chunk))) {
        content = chunk.length === entry.size ? chunk : this.room(entry);
      }
      if (start.length < KIND_LENGTH)
        start = Buffer.concat([start, chunk.subarray(0, KIND_LENGTH)]);
      hash.update(chunk);
      search.push(chunk);
      if (content && content !== chunk) chunk.copy(content, at);
      at += chunk.length;
    }
    const format = packedFormat(start);
    if (format) this.packed.push({ name: entry.name, format });
    const problem = isElf(start) ? undefined : notElf(entry.name, start.subarray(0, KIND_LENGTH));
    if (problem) this.modules.push({ name: entry.name, problem });
    if (search.found && !content) content = await this.readAgain(archive, entry);
    if (content && isElf(content)) this.readModule(content, entry.name);
    else if (content) this.readOther(content, entry.name, search.found, wantsText);
    else if (wantsText) this.texts.set(entry.name, '');
    return formatRecordHash(hash.digest());
  }

  private readOther(content: Buffer, name: string, holdsElf: boolean, wantsText: boolean): void {
    if (wantsText) this.readText(content, name);
    if (!holdsElf) return;
    for (const elf of embeddedElfs(content, name)) this.readModule(elf.bytes, elf.name, true);
  }

  /** Of Python only what it asks about the CPU is kept. */
  private readText(content: Buffer, name: string): void {
    if (!name.endsWith('.py')) this.texts.set(name, content.toString('utf8'));
    else {
      const questions = pythonQuestions(content, name);
      if (questions) this.questions.set(name, questions);
    }
  }

  private async readAgain(archive: Archive, entry: ArchiveEntry): Promise<Buffer> {
    const content = this.room(entry);
    let at = 0;
    for await (const chunk of archive.chunks(entry)) at += chunk.copy(content, at);
    return content;
  }

  private room(entry: ArchiveEntry): Buffer {
    if (entry.size > MODULE_LIMIT) {
      throw new VllmCpuError({
        code: 'MODULE_TOO_LARGE',
        what: `${entry.name} has ${entry.size} bytes`,
        why: `Modules of more than ${MODULE_LIMIT} bytes are not examined.`,
        next: 'Strip debug symbols, or split the module.',
      });
    }
    return Buffer.alloc(entry.size);
  }

  private readModule(content: Buffer, name: string, embedded = false): void {
    if (content.length >= WORTH_A_LINE) {
      const size = Math.round(content.length / 1024 / 1024);
      this.options.progress?.(`decoding ${name} (${size} MiB)`);
    }
    const { allowed } = this.options;
    const own = allowed && [...allowed, ...gatedFeatures(this.gates.get(name))];
    this.modules.push(readModule(content, name, own, embedded));
  }
}
