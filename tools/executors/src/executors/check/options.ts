import { OLDEST_RELEASE } from '@vllm-cpu/pin/version';
import { indexOptions } from '../publish/options.ts';
import {
  flagOption,
  jsonOption,
  listOption,
  targetOptions,
  versionOption,
} from '../option-kinds.ts';

export const checkOptions = targetOptions(
  'Compares upstream with the pins and the active pins with the index. Succeeds when there is nothing to do, fails when there is work.',
  {
    minimum: versionOption(`older releases are never new; default: ${OLDEST_RELEASE}`),
    exclude: listOption('versions to pass over, comma-separated; default: none'),
    preReleases: flagOption('pre-releases are new too'),
    variants: listOption(
      'variants that the index should have, by short name, comma-separated; default: all',
    ),
    platforms: listOption('linux-x86_64, linux-aarch64, comma-separated; default: both'),
    ...indexOptions,
    exitZero: flagOption('succeed although there is work; errors still fail'),
    json: jsonOption,
  },
);
