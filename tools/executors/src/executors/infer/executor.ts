import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { installerEnvironment } from '../../compile/environment.ts';
import type { CompileSubject } from '../../sources/compile-subject.ts';
import { TORCH_CPU_INDEX } from '../../requirements/torch-cpu-index.ts';
import { VllmCpuError } from '../../system/errors.ts';
import { notRun } from '../../verify/check.ts';
import type { Outcome } from '../../verify/check.ts';
import type { ImportSetup } from '../../verify/context.ts';
import { infer } from '../../verify/inference/infer.ts';
import { builtWheel } from '../built-wheel.ts';
import { executor } from '../executor.ts';
import type { Repository } from '../repository.ts';
import { subjectOf } from '../subject.ts';
import { readHostFeatures } from '../../variant/host-features.ts';
import { importSetup } from '../verify/verification.ts';
import { inferOptions } from './options.ts';
import { whyNotHere } from './why-not-here.ts';

const TOKENS = 16;

export default executor(inferOptions, async (options, repository) => {
  const subject = subjectOf(repository, options);
  const report = options.json ? () => undefined : repository.report;
  const outcome = await inference(subject, options, { ...repository, report });
  const { status, figure, reason } = outcome;
  if (options.json) {
    repository.report(
      JSON.stringify({ variant: options.variant, release: options.release, ...outcome }),
    );
  } else {
    repository.report(
      status === 'not-run' ? `inference: not run: ${reason}` : `inference: ${status}: ${figure}`,
    );
    outcome.findings.forEach(({ place, message }) => report(`  ${place}: ${message}`));
  }
  return status === 'passed' || (status === 'not-run' && !options.strict);
});

async function inference(
  subject: CompileSubject,
  options: Pick<z.infer<typeof inferOptions>, 'python' | 'constraints'>,
  repository: Repository,
): Promise<Outcome> {
  const { root, settings, runner, report } = repository;
  const reason = whyNotHere(subject, readHostFeatures());
  if (reason) return notRun(reason);
  const { path } = builtWheel(root, subject.variant.name, subject.releaseName);
  const [python, constraints] = [options.python, options.constraints].map(
    (path) => path && resolve(root, path),
  );
  let setup: ImportSetup;
  try {
    setup = await importSetup(subject, {
      ...repository,
      settings: { ...settings, python: python ?? settings.python },
    });
  } catch (cause) {
    if (cause instanceof VllmCpuError && cause.code === 'PYTHON_NOT_FOUND') {
      return notRun(`${cause.what}. ${cause.why ?? ''}`);
    }
    throw cause;
  }
  return infer({
    wheel: path,
    python: setup.python,
    systemSitePackages: setup.systemSitePackages ?? false,
    torchIndex: TORCH_CPU_INDEX,
    constraints: existing(constraints),
    tokens: TOKENS,
    runner,
    env: installerEnvironment(settings),
    workDir: join(settings.workspace, 'tasks'),
    report,
  });
}

function existing(file: string | undefined): string | undefined {
  if (!file || existsSync(file)) return file;
  throw new VllmCpuError({
    code: 'CONSTRAINTS_NOT_FOUND',
    what: `${file} does not exist`,
    next: 'Name a file of pip constraints with --constraints, or leave the option out.',
  });
}
