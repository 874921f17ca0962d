import { open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isElf } from '@vllm-cpu/elf/elf-file';
import { sha256 } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Platform } from '@vllm-cpu/variant/features';
import { parseWheelFileName } from '@vllm-cpu/wheel/file-name';
import { parsePlatformTag } from '@vllm-cpu/elf/manylinux-policy';
import { buildReport } from './report/build-report.ts';
import { judged, notRun } from './check.ts';
import { CHECKS } from './checks/registry.ts';
import { instructionSetsCheck } from './checks/instruction-sets.ts';
import type { VerifyContext } from './context.ts';
import { exceptedFeatures } from './gates/exceptions.ts';
import { isBroken, readModule } from './facts/module-facts.ts';
import { platformOfMachine } from './report/report-modules.ts';
import type { Report } from '@vllm-cpu/report/report';
import { allowedHere, verifyWheel } from './verify-wheel.ts';
import type { VerifyOptions } from './verify-wheel.ts';
import { readWheelFacts } from './facts/wheel-facts.ts';
import type { WheelFacts } from './facts/wheel-facts.ts';

export type InspectOptions = Omit<VerifyOptions, 'wheelPath' | 'release' | 'strict'> & {
  path: string;
};

/**
 * Looks into any wheel, or any ELF file. With a variant the report passes or fails as that variant;
 * without one it describes: the level of each module, the true glibc floor, what else is wrong.
 * `ok` without a variant means that the file could be read.
 */
export async function inspectFile(options: InspectOptions): Promise<Report> {
  refuseUnknownChecks(options.only);
  if (await startsAsElf(options.path)) return inspectElf(options);
  const platform = options.platform ?? platformOf(options.path) ?? (await platformInside(options));
  const report = await verifyWheel({
    ...options,
    platform,
    wheelPath: options.path,
    strict: false,
  });
  if (options.variant) return report;
  const readable = report.checks.every(
    ({ name, status }) => name !== 'archive' || status === 'passed',
  );
  return { ...report, ok: readable && report.sha256 !== '' };
}

function refuseUnknownChecks(only: readonly string[] | undefined): void {
  const known = CHECKS.map(({ name }) => name);
  const unknown = only?.filter((name) => !known.includes(name)) ?? [];
  if (unknown.length === 0) return;
  throw new VllmCpuError({
    code: 'CHECK_UNKNOWN',
    what: `unknown check ${unknown.join(', ')}`,
    next: `Use one or more of ${known.join(', ')}.`,
  });
}

async function startsAsElf(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw notReadable(path, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return isElf(buffer.subarray(0, bytesRead));
  } catch (cause) {
    throw notReadable(path, cause);
  } finally {
    await file.close();
  }
}

/** Nothing is there, it may not be read, or it is a folder. */
function notReadable(path: string, cause: unknown): VllmCpuError {
  return new VllmCpuError({
    code: 'FILE_NOT_READABLE',
    what: `${path} cannot be read`,
    why: cause instanceof Error ? cause.message : String(cause),
    next: 'Give the path of a wheel or of an ELF file.',
    cause,
  });
}

function platformOf(path: string): Platform | undefined {
  try {
    const tag = parseWheelFileName(basename(path)).tag.platform.split('.')[0] ?? '';
    return platformOfMachine(parsePlatformTag(tag)?.machine ?? tag.replace(/^linux_/, ''));
  } catch {
    return undefined;
  }
}

/** Of a wheel that was renamed: what its modules are for, where a variant needs to know. */
async function platformInside({ path, variant }: InspectOptions): Promise<Platform | undefined> {
  if (!variant) return undefined;
  const { modules } = await readWheelFacts(path);
  return modules.map(({ machine }) => platformOfMachine(machine)).find(Boolean);
}

/** A module by itself has no name, metadata or RECORD to check. */
async function inspectElf(options: InspectOptions): Promise<Report> {
  if (options.only && !options.only.includes(instructionSetsCheck.name)) {
    throw new VllmCpuError({
      code: 'CHECK_NOT_FOR_ELF',
      what: `${options.path} is an ELF file, which ${options.only.join(', ')} cannot check`,
      why: 'A module by itself has no name, metadata or RECORD.',
      next: `Leave --only out, or use --only=${instructionSetsCheck.name}.`,
    });
  }
  const bytes = await readFile(options.path);
  const fileName = basename(options.path);
  options.progress?.(`decoding ${fileName}`);
  const counted = readModule(bytes, fileName, undefined);
  const platform =
    options.platform ?? (isBroken(counted) ? undefined : platformOfMachine(counted.machine));
  const allowed = platform && allowedHere(options, platform);
  const module = allowed ? readModule(bytes, fileName, allowed) : counted;
  const facts: WheelFacts = {
    path: options.path,
    fileName,
    size: bytes.length,
    sha256: sha256(bytes),
    archiveFaults: [],
    files: [],
    distInfos: [],
    texts: new Map(),
    modules: isBroken(module) ? [] : [module],
    brokenModules: isBroken(module) ? [module] : [],
    packed: [],
    questions: new Map(),
    gates: new Map(),
  };
  const context: VerifyContext = { ...options, platform, facts, release: undefined };
  const outcome = isBroken(module)
    ? judged('not readable', [{ level: 'error', place: fileName, message: module.problem }])
    : options.variant
      ? await instructionSetsCheck.run(context)
      : notRun('no variant was given, so there is nothing to compare with');
  const excepted = await exceptedFeatures(context);
  return buildReport(context, [['instruction-sets', outcome]], false, excepted);
}
