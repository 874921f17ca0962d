import { stageOptions } from '../stage-options.ts';
import { subjectOptions } from '../subject-options.ts';

export const buildOptions = stageOptions(
  'Turns the compiled wheel into the published one: name, metadata, alias, CPU guard, libraries, tag. Compiles nothing of vLLM.',
  { subject: subjectOptions, inKey: {}, outOfKey: {} },
);
