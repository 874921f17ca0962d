import { publicationOptions } from '../publish/options.ts';
import { targetOptions, textOption } from '../option-kinds.ts';

export const publishWheelsOptions = targetOptions(
  'Uploads prebuilt, verified wheels; builds nothing.',
  {
    wheels: textOption(
      'folder of the wheels and their report.json files, or one wheel; default: none, it must be given',
    ),
    ...publicationOptions,
  },
);
