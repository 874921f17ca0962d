import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPypirc, resolveTarget } from './resolve-target.ts';

describe('--index', () => {
  let folder: string;
  let pypirc: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vllm-cpu-target-'));
    pypirc = join(folder, 'pypirc');
    const company = '[company]\nrepository = https://index.example.com/upload/\nusername = anna\n';
    const others = '[plain]\nrepository = http://index.example.com/\n[bare]\nusername = anna\n';
    const local = '[local.one]\nrepository = http://localhost:8080/\n';
    const servers = '[distutils]\nindex-servers = company plain bare local.one\n';
    writeFileSync(pypirc, servers + company + others + local);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const resolve = (spec: string, allowInsecure = false) =>
    resolveTarget(spec, { root: '/repo', pypirc, allowInsecure });

  it.each([
    ['file:dist/index', '/repo/dist/index'],
    ['file:/var/index', '/var/index'],
    ['file:///var/my%20index', '/var/my index'],
    ['file:~/index', join(homedir(), 'index')],
  ])('takes a directory: %s', (spec, directory) => {
    const label = `file:${directory}`;
    expect(resolve(spec)).toMatchObject({ label, isLocal: true, repository: undefined });
  });

  it.each(['pypi', 'testpypi'])('knows %s without a file, and leaves its URL to twine', (name) => {
    const target = resolveTarget(name, { root: '/repo', pypirc: '/nonexistent/pypirc' });
    expect(target).toMatchObject({ label: name, isLocal: false });
    expect(target.repository).toMatchObject({ name, uploadUrl: undefined });
  });

  it('takes a name of the .pypirc with its URL', () => {
    expect(resolve('company').repository).toEqual({
      name: 'company',
      uploadUrl: 'https://index.example.com/upload/',
      configFile: pypirc,
      hasCredentials: true,
    });
    expect(resolve('local.one').isLocal).toBe(true);
  });

  it('takes an upload URL', () => {
    const target = resolve('http://127.0.0.1:8080/legacy/');
    const uploadUrl = 'http://127.0.0.1:8080/legacy/';
    expect(target).toMatchObject({ isLocal: true, repository: { name: undefined, uploadUrl } });
    expect(resolve('https://index.example.com/legacy/').isLocal).toBe(false);
  });

  it('refuses an unknown name and says which there are', () => {
    expect(() => resolve('pipy')).toThrow(
      expect.objectContaining({
        code: 'UNKNOWN_INDEX',
        why: expect.stringContaining('pypi, testpypi, company'),
      }),
    );
  });

  it.each([
    ['index.example.com/legacy/', 'INDEX_URL_WITHOUT_SCHEME'],
    ['localhost:8080', 'INDEX_URL_WITHOUT_SCHEME'],
    ['./dist', 'INDEX_URL_WITHOUT_SCHEME'],
    ['ftp://index.example.com/', 'INDEX_URL_INVALID'],
    ['http://index.example.com/legacy/', 'INDEX_INSECURE'],
    ['https://anna:geheim@index.example.com/', 'PASSWORD_IN_URL'],
    ['plain', 'INDEX_INSECURE'],
    ['bare', 'INDEX_WITHOUT_URL'],
    ['file:', 'INDEX_URL_INVALID'],
    ['file://dist/index', 'INDEX_URL_INVALID'],
    ['file:///var/100%', 'INDEX_URL_INVALID'],
  ])('refuses %s as %s', (spec, code) => {
    expect(() => resolve(spec)).toThrow(expect.objectContaining({ code }));
  });

  it('takes plain http to another host when that is asked for', () => {
    expect(resolve('http://index.example.com/legacy/', true)).toMatchObject({
      repository: { uploadUrl: 'http://index.example.com/legacy/' },
    });
  });

  it('reads the .pypirc of the home directory unless another is named', () => {
    expect(defaultPypirc({ HOME: '/home/anna' })).toBe('/home/anna/.pypirc');
    expect(defaultPypirc({ HOME: '/home/anna', PYPIRC: '/etc/pypirc' })).toBe('/etc/pypirc');
    expect(defaultPypirc({})).toBeUndefined();
  });
});
