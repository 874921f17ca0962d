import { z } from 'zod';

export const releaseOptions = {
  release: z.string().describe("name of the release's pin; set by the plugin"),
};

export const equivalenceOptions = z
  .strictObject(releaseOptions)
  .describe(
    'Compares the machine code of all variants of a release: one binary under two names must be recorded.',
  );
