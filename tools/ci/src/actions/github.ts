import { githubApi } from '@vllm-cpu/github/github-api';
import { githubSettings } from '@vllm-cpu/github/github-settings';

/** The repository of this run: GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL. */
const ask = () => githubApi({ ...githubSettings(process.env), print: console.log });

export interface PullRequest {
  head: string;
  base: string;
  title: string;
  body: string;
}

/** Opens a pull request; resolves to its address. */
export function createPullRequest(request: PullRequest): Promise<string> {
  return ask()('opening a pull request', async ({ rest }, place) => {
    const { data } = await rest.pulls.create({ ...place, ...request });
    return data.html_url;
  });
}

/** Starts a workflow on a branch, as a person would by its button. */
export function startWorkflow(file: string, branch: string): Promise<void> {
  return ask()(`starting ${file}`, async ({ rest }, place) => {
    await rest.actions.createWorkflowDispatch({ ...place, workflow_id: file, ref: branch });
  });
}

/** Commits of the runs that left an artifact of this name in the last 30 days. */
export function commitsWithArtifact(name: string): Promise<(string | undefined)[]> {
  return ask()(`listing the artifacts ${name}`, async ({ rest }, place) => {
    const { data } = await rest.actions.listArtifactsForRepo({ ...place, name, per_page: 100 });
    return data.artifacts.map((artifact) => artifact.workflow_run?.head_sha);
  });
}
