import { BootstrapError } from '../bootstrap-error.mjs';

/** GitHub's REST API for the repository of this run (GITHUB_REPOSITORY, GITHUB_TOKEN, GITHUB_API_URL). */
async function repositoryApi() {
  const { Octokit } = await import('@octokit/rest');
  const baseUrl = process.env['GITHUB_API_URL'];
  const [owner, repo] = (process.env['GITHUB_REPOSITORY'] ?? '').split('/');
  const auth = process.env['GITHUB_TOKEN'];
  if (!owner || !repo || !auth) {
    throw new BootstrapError({
      what: 'GITHUB_REPOSITORY or GITHUB_TOKEN is not set',
      why: 'Both are needed to ask GitHub for anything.',
      next: 'In a workflow: env: GITHUB_TOKEN: ${{ github.token }}',
    });
  }
  const octokit = new Octokit({ auth, ...(baseUrl ? { baseUrl } : {}) });
  return { octokit, place: { owner, repo } };
}

/** Opens a pull request. */
export async function createPullRequest({ head, base, title, body }) {
  const { octokit, place } = await repositoryApi();
  try {
    const { data } = await octokit.rest.pulls.create({ ...place, head, base, title, body });
    return { url: data.html_url };
  } catch (error) {
    throw refused('opening a pull request', error);
  }
}

/** Starts a workflow on a branch, as a person would by its button. */
export async function startWorkflow(file, branch) {
  const { octokit, place } = await repositoryApi();
  const request = { ...place, workflow_id: file, ref: branch };
  try {
    await octokit.rest.actions.createWorkflowDispatch(request);
  } catch (error) {
    throw refused(`starting ${file}`, error);
  }
}

/** Commits of the runs that left an artifact of this name in the last 30 days. */
export async function commitsWithArtifact(name) {
  const { octokit, place } = await repositoryApi();
  try {
    const request = { ...place, name, per_page: 100 };
    const { data } = await octokit.rest.actions.listArtifactsForRepo(request);
    return data.artifacts.map((artifact) => artifact.workflow_run?.head_sha);
  } catch (error) {
    throw refused(`listing the artifacts ${name}`, error);
  }
}

function refused(what, error) {
  return new BootstrapError({
    what: `${what}: GitHub answered ${error.status ?? error.message}`,
    why: error.response?.data?.message ?? 'It did not say why.',
    next: 'Look at the permissions of this job; pull requests need Settings, Actions, General as well.',
  });
}
