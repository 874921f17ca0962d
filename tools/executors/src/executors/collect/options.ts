import { releaseOption } from '@vllm-cpu/commands/release-option';
import { flagOption, targetOptions, textOption } from '../option-kinds.ts';

export const collectOptions = targetOptions(
  'Gathers all wheels of a release, their reports and a checksum file in one folder.',
  {
    release: releaseOption("name of the release's pin"),
    to: textOption('output folder; default: dist/vllm-<version>'),
    verified: flagOption('refuse wheels without a passed report; on unless --verified=false'),
  },
);
