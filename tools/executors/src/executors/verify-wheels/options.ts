import { releaseOption } from '@vllm-cpu/commands/release-option';
import { strictOption } from '../verify/options.ts';
import { targetOptions, textOption } from '../option-kinds.ts';

export const verifyWheelsOptions = targetOptions(
  'Verifies prebuilt wheels. They are never changed, moved or deleted.',
  {
    wheels: textOption('folder of wheels, or one wheel; default: none, it must be given'),
    release: releaseOption(
      "name of the release's pin; default: found by each wheel's version",
    ).optional(),
    reports: textOption('folder for the reports; default: next to the wheels'),
    strict: strictOption,
  },
);
