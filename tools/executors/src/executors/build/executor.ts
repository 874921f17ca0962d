import { join } from 'node:path';
import { compileEnvironment } from '@vllm-cpu/compile/environment';
import { outputFolder, projectOf } from '@vllm-cpu/compile/plan';
import { equivalentTo, variantNamed } from '@vllm-cpu/sources/catalogue';
import { withScratchFolder } from '@vllm-cpu/system/replace-folder';
import { compiledSubjects } from '@vllm-cpu/commands/compiled-subject';
import { executor } from '../executor.ts';
import { subjectOf } from '@vllm-cpu/commands/subject';
import { buildKey, readmeOf } from '@vllm-cpu/commands/build-key';
import { build } from '@vllm-cpu/commands/build';
import { buildOptions } from './options.ts';

export default executor(buildOptions.all, async (options, repository) => {
  const { root, settings, runner, report } = repository;
  const subject = subjectOf(repository, options);
  const twin = equivalentTo(subject.release, subject.variant.name, subject.platform);
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
        suffix: settings.suffix,
        readme: readmeOf(root, subject.variant.name),
        workDir,
        env: compileEnvironment(settings),
        sourceDateEpoch: subject.release.source.commitTime,
        equivalentTo: twin ? variantNamed(repository.variants, twin).distribution : undefined,
        libraryDirs: settings.libraryPath,
        compiled: compiledSubjects(subject, repository).map(({ variant: { name } }) => ({
          level: name,
          folder: folder(name, 'compile'),
        })),
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
