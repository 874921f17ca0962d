import { join } from 'node:path';
import { compileEnvironment } from '../../compile/environment.ts';
import { outputFolder, projectOf } from '../../compile/plan.ts';
import { variantNamed } from '../../sources/catalogue.ts';
import { withScratchFolder } from '../../system/replace-folder.ts';
import { compiledSubject } from '../compiled-subject.ts';
import { executor } from '../executor.ts';
import { subjectOf } from '../subject.ts';
import { buildKey, readmeOf } from './build-key.ts';
import { build } from './build.ts';
import { buildOptions } from './options.ts';

export default executor(buildOptions.all, async (options, repository) => {
  const { root, settings, runner, report } = repository;
  const subject = subjectOf(repository, options);
  const compiled = compiledSubject(subject, repository);
  const twin = compiled.variant === subject.variant ? undefined : compiled.variant.name;
  const folder = (variant: string, stage: string): string =>
    join(root, outputFolder(projectOf(variant), options.release, stage));
  const key = await buildKey(subject, repository);
  const scratch = join(
    settings.workspace,
    'tasks',
    `build-${subject.variant.name}-${options.release}`,
  );
  const manifest = await withScratchFolder(scratch, (workDir) =>
    build(
      {
        variant: subject.variant,
        variants: repository.variants,
        release: subject.release,
        releaseName: options.release,
        platform: subject.platform,
        postfix: settings.postfix,
        readme: readmeOf(root, subject.variant.name),
        workDir,
        env: compileEnvironment(settings),
        sourceDateEpoch: subject.release.source.commitTime,
        equivalentTo: twin ? variantNamed(repository.variants, twin).distribution : undefined,
        libraryDirs: settings.libraryPath,
        compiled: folder(compiled.variant.name, 'compile'),
        output: folder(subject.variant.name, 'build'),
        key: key.value,
        twin,
      },
      runner,
      report,
    ),
  );
  const size = (manifest.wheel.size / 1024 ** 2).toFixed(2);
  report(`built ${manifest.wheel.file} (${size} MiB, sha256 ${manifest.wheel.sha256})`);
  return true;
});
