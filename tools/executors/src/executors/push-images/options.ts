import { releaseOption } from '@vllm-cpu/commands/release-option';
import { dryRunOption, jsonOption, listOption, targetOptions } from '../option-kinds.ts';

export const pushImagesOptions = targetOptions(
  'Pushes packed images to registries, version tags first and moving tags last.',
  {
    release: releaseOption(
      "name of the release's pin, whose images are in dist/; set by the plugin",
    ).optional(),
    images: listOption(
      'folders with images, for example from an arm64 machine; default: those of the release in dist/',
    ),
    registries: listOption(
      'repositories to push to, comma-separated, such as docker.io/<owner>/vllm-cpu; default: VLLM_CPU_REGISTRIES',
    ),
    dryRun: dryRunOption,
    json: jsonOption,
  },
);
