import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { z } from 'zod';
import { installerEnvironment } from '@vllm-cpu/compile/environment';
import type { CompileSubject } from '@vllm-cpu/sources/compile-subject';
import { TORCH_CPU_INDEX } from '@vllm-cpu/python/torch-cpu-index';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { notRun } from '@vllm-cpu/verify/check';
import type { Outcome } from '@vllm-cpu/verify/check';
import type { ImportSetup } from '@vllm-cpu/verify/context';
import { infer } from '@vllm-cpu/verify/infer';
import { builtWheel } from '@vllm-cpu/commands/built-wheel';
import { executor } from '../executor.ts';
import type { Repository } from '@vllm-cpu/commands/repository';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { readHostFeatures } from '@vllm-cpu/variant/host-features';
import { importSetup } from '@vllm-cpu/commands/verification';
import { inferOptions } from './options.ts';
import { whyNotHere } from '@vllm-cpu/commands/why-not-here';

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
      status === 'not-run'
        ? `inference: SKIPPED, nothing was generated: ${reason}`
        : `inference: ${status}: ${figure}`,
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
    next: 'Give a pip constraints file with --constraints, or omit the option.',
  });
}
