#!/usr/bin/env node
// Builds the oneDNN that several wheels of a release run link, into the compiler's cache that they share.
import { BootstrapError } from '../bootstrap-error.mjs';
import { runNx } from './nx.mjs';
import { step } from './step.mjs';

const inputs = {
  name: { about: 'name of the build, for example v3.13-cxx20', required: true },
};

await step(
  { file: 'build-onednn.mjs', about: 'Builds oneDNN for the wheels that link it.', inputs },
  async ({ name }) => {
    const { status, error } = await runNx([
      'run',
      `upstream:onednn-${name}`,
      '--outputStyle=stream',
    ]);
    if (status === 0) return;
    throw new BootstrapError({
      what: `oneDNN ${name} was not built: ${error ?? `exit status ${status}`}`,
      why: 'The log above has the reason. The wheels of this run try it again, each by itself.',
      next: `Run it on your machine: npx nx run upstream:onednn-${name}`,
    });
  },
);
