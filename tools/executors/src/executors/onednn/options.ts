import { z } from 'zod';
import { buildOptions } from '../build/options.ts';
import { equivalenceOptions } from '../equivalence/options.ts';
import { imageOptions } from '../image/options.ts';
import { inferOptions } from '../infer/options.ts';
import { preflightOptions } from '../preflight/options.ts';
import { publishOptions } from '../publish/options.ts';
import { pushImagesOptions } from '../push-images/options.ts';
import { stageOptions } from '../stage-options.ts';
import { jobsOption, keepWorkspaceOption } from '../subject-options.ts';
import { verifyOptions } from '../verify/options.ts';

/** Those of compile, which forwards its own. */
const forwarded = { maxJobs: jobsOption, keepWorkspace: keepWorkspaceOption };

/** Targets that end at a compile: Nx forwards the options of the one that was asked for, not those of compile. */
const ABOVE = [
  ...[buildOptions.all, verifyOptions.all, equivalenceOptions.all, inferOptions],
  ...[preflightOptions, publishOptions, imageOptions, pushImagesOptions],
];

export const oneDnnOptions = stageOptions(
  'Builds one oneDNN for every release and variant that links it.',
  {
    subject: {
      build: z.string().describe('name of the build, such as v3.13-cxx20; set by the plugin'),
    },
    inKey: {},
    outOfKey: forwarded,
  },
  ABOVE.flatMap(({ shape }) => Object.keys(shape)).filter((name) => !(name in forwarded)),
);
