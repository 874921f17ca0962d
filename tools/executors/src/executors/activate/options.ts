import { releaseOption } from '@vllm-cpu/commands/release-option';
import { flagOption, targetOptions } from '../option-kinds.ts';

export const activateOptions = targetOptions(
  'Puts a pinned release into the umbrella targets (build, verify, publish, image) and wheels:plan.',
  {
    release: releaseOption("name of the release's pin"),
    off: flagOption('take it out instead'),
  },
);
