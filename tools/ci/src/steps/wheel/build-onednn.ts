import { VllmCpuError } from '@vllm-cpu/system/errors';
import { runNx } from '../../programs/nx.ts';
import { defineStep } from '../../step.ts';

/** Builds the oneDNN that several wheels of a release run link, into the compiler's cache they share. */
export const buildOneDnn = defineStep(
  {
    name: 'build-onednn',
    about: 'Builds oneDNN for the wheels that link it.',
    inputs: { name: { about: 'name of the build, for example v3.13-cxx20', required: true } },
  },
  async ({ name }) => {
    const { status, error } = await runNx([
      ...['run', `upstream:onednn-${name}`, '--output-style=stream'],
    ]);
    if (status === 0) return 0;
    throw new VllmCpuError({
      code: 'ONEDNN_NOT_BUILT',
      what: `failed to build oneDNN ${name}: ${error ?? `exit status ${status}`}`,
      why: 'See the log above. Each wheel job of this run will try again.',
      next: `Run it locally: npx nx run upstream:onednn-${name}`,
    });
  },
);
