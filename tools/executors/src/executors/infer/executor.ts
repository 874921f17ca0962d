import { isAbsolute, join } from 'node:path';
import { installerEnvironment } from '../../compile/environment.ts';
import type { CompileSubject } from '../../compile/compile-key.ts';
import { VllmCpuError } from '../../system/errors.ts';
import { notRun } from '../../verify/check.ts';
import type { Outcome } from '../../verify/check.ts';
import type { ImportSetup } from '../../verify/context.ts';
import { infer } from '../../verify/inference/infer.ts';
import { builtWheel } from '../built-wheel.ts';
import { executor } from '../repository.ts';
import type { Repository } from '../repository.ts';
import { subjectOf } from '../subject.ts';
import { hostFeatures, importSetup } from '../verify/verification.ts';
import { inferOptions } from './options.ts';
import { whyNotHere } from './why-not-here.ts';

/** PyTorch's own index of CPU builds; the public one has CUDA's. */
const TORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu';
const TOKENS = 16;

export default executor(inferOptions, async (options, repository) => {
  const subject = subjectOf(repository, options);
  const report = options.json ? () => undefined : repository.report;
  const outcome = await inference(subject, options.python, { ...repository, report });
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
  python: string | undefined,
  repository: Repository,
): Promise<Outcome> {
  const { root, settings, runner, report } = repository;
  const reason = whyNotHere(subject, hostFeatures());
  if (reason) return notRun(reason);
  const { path } = builtWheel(root, subject.variant.name, subject.releaseName);
  const given = python && !isAbsolute(python) ? join(root, python) : python;
  let setup: ImportSetup;
  try {
    setup = await importSetup(subject, {
      ...repository,
      settings: { ...settings, python: given ?? settings.python },
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
    tokens: TOKENS,
    runner,
    env: installerEnvironment(settings),
    workDir: join(settings.workspace, 'tasks'),
    report,
  });
}
