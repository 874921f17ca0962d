import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseElf, type ElfFile } from '@vllm-cpu/elf/elf-file';
import { demands, platformTag } from '@vllm-cpu/elf/manylinux-policy';
import { limitedApiOf } from '@vllm-cpu/sources/limited-api';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { machineOf } from '@vllm-cpu/variant/features';
import { expandTag, type WheelTag } from '@vllm-cpu/wheel/file-name';
import type { Work } from '../work.ts';

/** `.symtab` stays: verification names functions by it, and it costs little. */
export async function stripDebugSymbols(work: Work): Promise<void> {
  for (const file of work.wheel.files.filter(({ isElf }) => isElf)) {
    work.report(`stripping debug symbols of ${file.name}`);
    const argv = [work.tools.strip, '--strip-debug', join(work.wheel.root, file.name)] as const;
    await work.runner.run({ argv, env: work.plan.env });
  }
}

/** Every ELF file of the wheel as it is now. @throws VllmCpuError WRONG_MACHINE */
export async function readElfs(work: Work): Promise<ElfFile[]> {
  const machine = machineOf(work.plan.platform);
  const elfs: ElfFile[] = [];
  for (const file of work.wheel.files.filter(({ isElf }) => isElf)) {
    const elf = parseElf(await readFile(join(work.wheel.root, file.name)), file.name);
    if (elf.machine !== machine || elf.class !== 64) throw wrongMachine(elf, machine);
    elfs.push(elf);
  }
  return elfs;
}

/**
 * Upstream's tag with what the files really need: as platform the lowest glibc that has all of
 * their symbols (PEP 600), as interpreter the newest of the limited APIs that the pin states for
 * the modules that are there. A host newer than every known policy gives linux_*, which installs
 * here and cannot be published.
 * @throws VllmCpuError COMPILED_WHEEL_TAGS
 */
export function honestTag(work: Work, elfs: readonly ElfFile[]): WheelTag {
  const platform = platformTag(elfs, machineOf(work.plan.platform));
  const [highest] = demands(elfs);
  const cause = highest ? `: ${highest.version} in ${highest.file}` : '';
  work.report(`platform tag ${platform}${cause}`);
  const [tag, ...others] = work.wheel.wheel.tags.flatMap(expandTag);
  if (tag && others.length === 0) return { ...tag, python: honestPython(work, tag), platform };
  throw new VllmCpuError({
    code: 'COMPILED_WHEEL_TAGS',
    what: `${work.plan.compiledWheel} has ${others.length + 1} tags`,
    why: 'A compiled wheel has exactly one tag.',
    next: 'Compile again; pass --py-limited-api to bdist_wheel.',
  });
}

/** The tag's, or the newer limited API that a module of the wheel needs. */
function honestPython({ plan, wheel, report }: Work, tag: WheelTag): string {
  const { source } = plan.release;
  const files = wheel.files.map(({ name }) => name);
  const needed = limitedApiOf({ ...source, pyLimitedApi: tag.python }, plan.platform, files);
  if (tag.abi !== 'abi3' || needed === null || needed === tag.python) return tag.python;
  report(`Python tag ${needed}, not ${tag.python}: a module needs that stable ABI`);
  return needed;
}

/** Evidence that oneDNN is linked into a file: its public functions all begin so. */
export function containsOneDnn(elfs: readonly ElfFile[]): boolean {
  return elfs.some(({ view: { bytes } }) =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('dnnl_'),
  );
}

function wrongMachine(elf: ElfFile, machine: string): VllmCpuError {
  return new VllmCpuError({
    code: 'WRONG_MACHINE',
    what: `${elf.name} is for ${elf.machine} (${elf.class} bit), but the wheel is for ${machine}`,
    why: 'Wheels are compiled on a machine of the same platform.',
    next: `Compile this variant on ${machine}.`,
  });
}
