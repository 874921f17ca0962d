import { githubSettings } from '@vllm-cpu/github/github-settings';
import { createOctokit } from '@vllm-cpu/publish/octokit';
import type { GithubApi } from '@vllm-cpu/publish/octokit';
import { VllmCpuError } from '@vllm-cpu/system/errors';

interface Place {
  owner: string;
  repo: string;
}

/** The repository of this run: GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL. */
async function ask<T>(
  what: string,
  action: (github: GithubApi['rest'], place: Place) => Promise<T>,
): Promise<T> {
  const { owner, repository, ...settings } = githubSettings(process.env);
  const github = createOctokit({ ...settings, print: console.log });
  try {
    return await action(github.rest, { owner, repo: repository });
  } catch (cause) {
    throw refused(what, cause);
  }
}

export interface PullRequest {
  head: string;
  base: string;
  title: string;
  body: string;
}

/** Opens a pull request; resolves to its address. */
export function createPullRequest(request: PullRequest): Promise<string> {
  return ask('opening a pull request', async (github, place) => {
    const { data } = await github.pulls.create({ ...place, ...request });
    return data.html_url;
  });
}

/** Starts a workflow on a branch, as a person would by its button. */
export function startWorkflow(file: string, branch: string): Promise<void> {
  return ask(`starting ${file}`, async (github, place) => {
    await github.actions.createWorkflowDispatch({ ...place, workflow_id: file, ref: branch });
  });
}

/** Commits of the runs that left an artifact of this name in the last 30 days. */
export function commitsWithArtifact(name: string): Promise<(string | undefined)[]> {
  return ask(`listing the artifacts ${name}`, async (github, place) => {
    const { data } = await github.actions.listArtifactsForRepo({ ...place, name, per_page: 100 });
    return data.artifacts.map((artifact) => artifact.workflow_run?.head_sha);
  });
}

function refused(what: string, cause: unknown): VllmCpuError {
  const { status, message, response } = cause as {
    status?: number;
    message: string;
    response?: { data?: { message?: string } };
  };
  return new VllmCpuError({
    code: 'GITHUB_REFUSED',
    what: `${what}: GitHub answered ${status ?? message}`,
    why: response?.data?.message ?? 'It did not say why.',
    next: 'Look at the permissions of this job; pull requests need Settings, Actions, General as well.',
    cause,
  });
}
