import { stageOptions } from '../stage-options.ts';
import { releaseOption } from '@vllm-cpu/commands/release-option';

export const releaseOptions = {
  release: releaseOption("name of the release's pin; set by the plugin"),
};

export const equivalenceOptions = stageOptions(
  'Compares the machine code of all variants of a release: one binary under two names must be recorded.',
  { subject: releaseOptions, inKey: {}, outOfKey: {} },
);
