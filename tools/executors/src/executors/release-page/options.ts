import { publicationOptions } from '../publish/options.ts';
import { targetOptions, textOption } from '../option-kinds.ts';

export const releasePageOptions = targetOptions(
  'Creates or completes the GitHub release of each version of prebuilt, verified wheels, with those of the same version that the index has.',
  {
    wheels: textOption(
      'folder of the wheels and their report.json files, or one wheel; default: none, it must be given',
    ),
    commit: textOption(
      "commit that a new tag is put on; default: the head of GitHub's default branch",
    ),
    ...publicationOptions,
  },
);
