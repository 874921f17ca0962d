import { tmpdir } from 'node:os';
import { basename, isAbsolute, join } from 'node:path';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import { refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { withTemporaryFolder } from '@vllm-cpu/system/temporary-folder';
import { variantNamed } from '@vllm-cpu/sources/catalogue';
import { wheelName } from '@vllm-cpu/variant/model';
import type { Report } from '@vllm-cpu/report/report';
import type { Variant } from '@vllm-cpu/variant/model';
import { inspectFile } from '@vllm-cpu/verify/inspect';
import { levelTable, reportTable } from '@vllm-cpu/verify/report-text';
import { readAllowances } from '@vllm-cpu/verify/allow';
import type { Repository } from '../repository.ts';
import { ALLOW_FOLDER } from '../verify/verification.ts';

export interface InspectOptions {
  /** Path of a wheel, or of a bare ELF file. */
  wheel: string;
  /** Short name of the variant that it is judged as; the one of its file name when left out. */
  variant?: string | undefined;
  /** Names of checks, comma-separated. */
  only?: string | undefined;
  json?: boolean | undefined;
}

/**
 * Inspects one file and prints what was found; true unless it fails as the variant that the options or its
 * own name say.
 */
export async function inspect(
  options: InspectOptions,
  repository: Repository,
  cwd: string,
): Promise<boolean> {
  const { root, settings, variants, runner, report } = repository;
  // Not the workspace: a checkout that may only be read will do.
  await refuseUnwritable(tmpdir(), 'Name a folder that you may write to: TMPDIR=<folder>');
  return withTemporaryFolder('vllm-wheel-', async (workDir) => {
    const variant = options.variant
      ? variantNamed(variants, options.variant)
      : variantInName(basename(options.wheel), variants);
    if (variant && !options.variant && !options.json) {
      report(`checked as ${variant.name}, the variant in the file name`);
    }
    const found = await inspectFile({
      path: isAbsolute(options.wheel) ? options.wheel : join(cwd, options.wheel),
      variant,
      only: options.only?.split(',').map((name) => name.trim()),
      variants,
      allow: readAllowances(join(root, ALLOW_FOLDER)),
      runner,
      env: installerEnvironment(settings),
      workDir,
      progress: options.json ? undefined : report,
    });
    report(options.json ? JSON.stringify(found) : textOf(found));
    return found.ok;
  });
}

/** What each module needs, and the checks; the checks alone where the file could not be read. */
function textOf(found: Report): string {
  const modules = found.ok || found.modules.length > 0 ? `${levelTable(found)}\n` : '';
  return `${modules}${reportTable(found)}`;
}

/** The variant whose distribution a wheel is called after. */
export function variantInName(file: string, variants: readonly Variant[]): Variant | undefined {
  if (!file.endsWith('.whl')) return undefined;
  return variants.find(({ distribution }) => file.startsWith(`${wheelName(distribution)}-`));
}
