import { z } from 'zod';
import { releaseOption } from '@vllm-cpu/commands/release-option';
import { dryRunOption, flagOption, targetOptions, textOption } from '../option-kinds.ts';

/** Which existing wheels a rewriting command starts from. */
export const rewriteOptions = {
  variant: z.string().describe('short name of the variant; set by the plugin'),
  release: releaseOption("name of the release's pin; default: every active one").optional(),
  wheels: textOption('folder of existing wheels; default: those in dist/'),
  from: textOption(
    'index to download the existing wheels from: pypi, testpypi, a name of your .pypirc, file:<folder>; default: none',
  ),
  readUrl: textOption('with --from: URL of its simple API; default: derived from the upload URL'),
  allowInsecure: flagOption('with --from: accept http:// to a host that is not this machine'),
  version: releaseOption(
    'version to start from, of --wheels or --from; default: with --from that of the release, with --wheels the only one there',
  ).optional(),
  to: textOption('output folder; default: dist/<project>/<release>/retag or /update-readme'),
  dryRun: dryRunOption,
};

export const retagOptions = targetOptions(
  'Makes the wheels of the next version from existing ones, without a rebuild.',
  {
    ...rewriteOptions,
    suffix: z.string().describe('.postN, .devN, aN, bN or rcN').meta({ alias: 'postfix' }),
  },
);
