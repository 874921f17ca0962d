import { flagOption, jsonOption, listOption, targetOptions, textOption } from '../option-kinds.ts';
import { indexOptions } from '../publish/options.ts';

export const matrixOptions = targetOptions(
  'Prints the jobs of a CI run: which wheels the index does not have yet.',
  {
    releases: listOption(
      'pins, as names, versions and ranges ("0.8.5, 0.11.0-0.11.2"); default: every active release',
    ),
    variants: listOption('variants by short name, comma-separated; default: all'),
    platforms: listOption('linux-x86_64, linux-aarch64, comma-separated; default: both'),
    force: flagOption('jobs also for what the index has; no index is read'),
    suffix: textOption(
      'look for the wheels of the version with this suffix: .postN, .devN, aN, bN or rcN; default: VLLM_CPU_SUFFIX',
    ).meta({ alias: 'postfix' }),
    ...indexOptions,
    json: jsonOption,
  },
);
