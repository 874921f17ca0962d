import { z } from 'zod';
import { subjectOptions } from '../subject-options.ts';

export const buildOptions = z
  .strictObject(subjectOptions)
  .describe(
    'Turns the compiled wheel into the published one: name, metadata, alias, CPU guard, libraries, tag. Compiles nothing of vLLM.',
  );
