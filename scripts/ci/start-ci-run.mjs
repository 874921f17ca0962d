#!/usr/bin/env node
// Tells Nx Cloud that a run begins, and how many agents it may start for it. Without a token, as in
// jobs of forks and where nobody connected the workspace, the job does its work itself.
import { runNx } from './nx.mjs';
import { step } from './step.mjs';

const inputs = {
  stopAgentsAfter: {
    about: 'targets after which agents are not needed',
    fallback: 'verify-sample',
  },
  distributeOn: {
    about: 'agents, or the file that says which',
    fallback: '.nx/workflows/distribution-config.yaml',
  },
};

await step(
  {
    file: 'start-ci-run.mjs',
    about: 'Starts a run of Nx Cloud where NX_CLOUD_ACCESS_TOKEN is set.',
    inputs,
  },
  async ({ stopAgentsAfter, distributeOn }) => {
    if (!process.env['NX_CLOUD_ACCESS_TOKEN']) {
      return console.log('no Nx Cloud: NX_CLOUD_ACCESS_TOKEN is not set');
    }
    const words = [`--distribute-on=${distributeOn}`, `--stop-agents-after=${stopAgentsAfter}`];
    const { status } = await runNx(['start-ci-run', ...words]);
    return status;
  },
);
