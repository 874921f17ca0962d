import { describe, expect, it } from '@jest/globals';
import { githubSettings } from './github-settings.ts';

describe('a release', () => {
  it.each([
    ['owner/name', 'owner', 'name'],
    ['https://github.com/owner/na.me.git', 'owner', 'na.me'],
    ['git@github.com:owner/name.git', 'owner', 'name'],
  ])('belongs to the repository %s', (repository, owner, name) => {
    const settings = githubSettings({ GH_TOKEN: 'token', GITHUB_REPOSITORY: repository });
    expect(settings).toMatchObject({ owner, repository: name });
  });

  it('is refused without a repository or a token', () => {
    expect(() => githubSettings({ GITHUB_TOKEN: 'token' })).toThrow(
      expect.objectContaining({ code: 'GITHUB_REPOSITORY_UNKNOWN' }),
    );
    expect(() => githubSettings({ GITHUB_REPOSITORY: 'a/b' })).toThrow(
      expect.objectContaining({ code: 'GITHUB_TOKEN_MISSING' }),
    );
  });

  it('is read without a token in a dry run', () => {
    const settings = githubSettings({ GITHUB_REPOSITORY: 'a/b' }, { dryRun: true });
    expect(settings).toMatchObject({ owner: 'a', token: undefined });
  });
});
