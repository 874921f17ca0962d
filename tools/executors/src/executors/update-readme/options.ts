import { rewriteOptions } from '../retag/options.ts';
import { targetOptions } from '../option-kinds.ts';

export const readmeOptions = targetOptions(
  "Puts the variant's README into existing wheels, without a rebuild.",
  rewriteOptions,
);
