import { z } from 'zod';
import { rewriteOptions } from '../retag/options.ts';

export const readmeOptions = z
  .strictObject(rewriteOptions)
  .describe("Puts the variant's README into existing wheels, without a rebuild.");
