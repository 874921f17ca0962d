import { join } from 'node:path';
import { satisfies } from '@renovatebot/pep440';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import { findInterpreter, probeInterpreter } from '@vllm-cpu/python/interpreter';
import { sha256, sha256File, sha256Unchanged, stableJson } from '@vllm-cpu/system/digest';
import { readHostFeatures } from '@vllm-cpu/variant/host-features';
import { readAllowances } from '@vllm-cpu/verify/allow';
import type { ImportSetup } from '@vllm-cpu/verify/context';
import { withScratchFolder } from '@vllm-cpu/system/replace-folder';
import { CHECKS } from '@vllm-cpu/verify/registry';
import { verifyWheel } from '@vllm-cpu/verify/verify-wheel';
import type { Report } from '@vllm-cpu/report/report';
import { stageProgram, toolDigests } from '../key-parts.ts';
import type { Repository } from '../repository.ts';
import { variantTable } from '../variant-table.ts';

/** Reviewed entries for code that upstream dispatches at run time. */
export const ALLOW_FOLDER = 'packages/upstream/allow';

/** How the import check tries a wheel here. */
export async function importSetup(
  subject: CompileSubject,
  repository: Repository,
): Promise<ImportSetup> {
  const { settings, runner } = repository;
  const env = installerEnvironment(settings);
  const range = subject.release.source.requiresPython;
  const python = settings.python
    ? await probeInterpreter(runner, env, settings.python)
    : await findInterpreter(runner, env, (version) => satisfies(version, range), range);
  return {
    python: python.path,
    systemSitePackages: settings.python !== undefined,
    hostFeatures: readHostFeatures(),
  };
}

/** Runs every check on one wheel of `subject`. */
export async function verification(
  subject: CompileSubject,
  wheelPath: string,
  repository: Repository,
  options: { strict?: boolean | undefined; expectedVersion?: string | undefined },
): Promise<Report> {
  const { root, settings, runner, report, variants } = repository;
  const scratch = join(settings.workspace, 'tasks', 'verify');
  const setup = await importSetup(subject, repository);
  return withScratchFolder(scratch, (workDir) =>
    verifyWheel({
      wheelPath,
      variant: subject.variant,
      release: subject.release,
      platform: subject.platform,
      expectedVersion: options.expectedVersion,
      variants,
      allow: readAllowances(join(root, ALLOW_FOLDER)),
      importSetup: setup,
      strict: options.strict ?? false,
      runner,
      env: installerEnvironment(settings),
      workDir,
      progress: report,
    }),
  );
}

/**
 * The key of a verification: the wheel's bytes, what it is checked against (whether the release is
 * active is not a part of that), the checks' source and data, the programs that they declare, and the CPU
 * and the interpreter that the import check runs on.
 */
export async function verifyKey(
  subject: CompileSubject,
  wheelPath: string,
  repository: Repository,
): Promise<string> {
  const setup = await importSetup(subject, repository);
  return sha256(
    stableJson({
      stage: 'verify',
      wheel: await sha256File(wheelPath),
      release: { ...subject.release, active: null },
      variants: variantTable(repository.variants),
      variant: subject.variant,
      platform: subject.platform,
      allow: readAllowances(join(repository.root, ALLOW_FOLDER)),
      python: { path: setup.python, content: sha256Unchanged(setup.python) },
      hostFeatures: setup.hostFeatures,
      tools: toolDigests(
        CHECKS.flatMap(({ programs }) => programs),
        repository.settings.env['PATH'],
      ),
      program: stageProgram(join(import.meta.dirname, 'verification.ts')),
    }),
  );
}
