import { compileKey } from '../../compile/compile-key.ts';
import { compile } from '../../compile/compile.ts';
import { planCompile } from '../../compile/plan.ts';
import { executor } from '../executor.ts';
import { configuredIndex } from '../../publish/publish-tools.ts';
import { subjectOf } from '../subject.ts';
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
