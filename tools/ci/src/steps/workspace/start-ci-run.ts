import { runNx } from '../../programs/nx.ts';
import { defineStep } from '../../step.ts';

/**
 * Tells Nx Cloud that a run begins, and how many agents it may start for it. Without a token, as in
 * jobs of forks and where nobody connected the workspace, the job does its work itself.
 */
export const startCiRun = defineStep(
  {
    name: 'start-ci-run',
    about: 'Starts a run of Nx Cloud where NX_CLOUD_ACCESS_TOKEN is set.',
    inputs: {
      stopAgentsAfter: {
        about: 'targets after which agents are not needed',
        fallback: 'verify-sample',
      },
      distributeOn: {
        about: 'agents, or the file that says which',
        fallback: '.nx/workflows/distribution-config.yaml',
      },
    },
  },
  async ({ stopAgentsAfter, distributeOn }) => {
    if (!process.env['NX_CLOUD_ACCESS_TOKEN']) {
      console.log('no Nx Cloud: NX_CLOUD_ACCESS_TOKEN is not set');
      return 0;
    }
    const words = [`--distribute-on=${distributeOn}`, `--stop-agents-after=${stopAgentsAfter}`];
    return (await runNx(['start-ci-run', ...words])).status;
  },
);
