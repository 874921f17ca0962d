import { describe, expect, it } from '@jest/globals';
import { remoteStorage } from './remote-storage.ts';

describe('the remote storage of a compiler cache', () => {
  it('is none where only the local cache is set up', () => {
    expect(remoteStorage('ccache', { CCACHE_DIR: '/c', CCACHE_RESHARE: '1' })).toBeUndefined();
    expect(remoteStorage('sccache', { SCCACHE_DIR: '/c', AWS_REGION: 'x' })).toBeUndefined();
    expect(remoteStorage('ccache', { CCACHE_REMOTE_STORAGE: ' ' })).toBeUndefined();
  });

  it('passes what it is told of the storage, and nothing that changes the objects', () => {
    const env = {
      ...{ CCACHE_REMOTE_STORAGE: 'redis://cache', CCACHE_REMOTE_ONLY: '1', CCACHE_RESHARE: '1' },
      ...{ CCACHE_SLOPPINESS: 'time_macros', CCACHE_EXTRAFILES: 'x', CCACHE_CONFIGPATH: '/mine' },
      ...{ SCCACHE_BUCKET: 'b', CXXFLAGS: '-march=native', PYPI_TOKEN: 'pypi-secret' },
    };
    expect(Object.keys(remoteStorage('ccache', env)?.variables ?? {}).sort()).toEqual([
      'CCACHE_REMOTE_ONLY',
      'CCACHE_REMOTE_STORAGE',
      'CCACHE_RESHARE',
    ]);
  });

  it('is found under the name of older versions of ccache', () => {
    const old = remoteStorage('ccache', { CCACHE_SECONDARY_STORAGE: 'http://cache' });
    expect(old).toMatchObject({ named: 'CCACHE_SECONDARY_STORAGE' });
  });

  it('of sccache is S3 with its login, or GitHub’s cache with the token of the run', () => {
    const login = { AWS_ACCESS_KEY_ID: 'AKIAexample', AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI' };
    const bucket = { SCCACHE_BUCKET: 'objects', SCCACHE_REGION: 'auto', ...login };
    expect(remoteStorage('sccache', { ...bucket, PATH: '/bin' })).toMatchObject({
      named: 'SCCACHE_BUCKET',
      variables: bucket,
      secrets: Object.values(login),
    });
    const github = { ACTIONS_RESULTS_URL: 'https://results', ACTIONS_RUNTIME_TOKEN: 'eyJexample' };
    const cache = { SCCACHE_GHA_ENABLED: 'on', ...github };
    expect(remoteStorage('sccache', { ...cache, GITHUB_TOKEN: 'ghp' })).toMatchObject({
      variables: cache,
      secrets: ['eyJexample'],
    });
  });

  it('hides logins in URLs, as they are written and decoded, and in attributes', () => {
    const secrets = (value: string) =>
      remoteStorage('ccache', { CCACHE_REMOTE_STORAGE: value })?.secrets;
    expect(secrets('redis://me:p%40ss@cache:6379')).toEqual(
      expect.arrayContaining(['p%40ss', 'p@ss']),
    );
    expect(secrets('redis://onlyPassword@cache')).toContain('onlyPassword');
    expect(secrets('https://cache|bearer-token=abc.def|read-only')).toContain('abc.def');
    expect(secrets('http://cache')).toEqual([]);
  });
});
