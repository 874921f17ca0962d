import { compileKey } from '@vllm-cpu/compile/compile-key';
import { compile } from '@vllm-cpu/compile/compile';
import { planCompile } from '@vllm-cpu/compile/plan';
import { executor } from '../executor.ts';
import { configuredIndex } from '@vllm-cpu/index/publish-tools';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { compileOptions } from './options.ts';

export default executor(compileOptions.all, async (options, repository) => {
  const { settings, runner, report } = repository;
  const subject = subjectOf(repository, options);
  const key = await compileKey(subject, settings, runner);
  await compile(planCompile(subject, settings, key, options), runner, report, () =>
    configuredIndex({ runner, env: settings.env, print: report }),
  );
  return true;
});
