import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRunner } from '@vllm-cpu/system/run';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { askPip, pipConf, pipSecrets, writePipFiles } from './pip-configuration.ts';
import type { PipConfiguration } from './pip-configuration.ts';

const pip: PipConfiguration = {
  indexUrl: 'https://user:100%25@index.example.com/simple',
  extraIndexUrls: ['https://a.example.com', 'https://b.example.com'],
  findLinks: ['https://links.example.com'],
  trustedHosts: [],
  certificates: '/etc/ssl/company.pem',
  noIndex: false,
  timeout: 60,
};

describe('how a build reaches the package index', () => {
  const folder = temporaryFolders();

  it('is what pip of this machine says of itself, environment and configuration merged', async () => {
    const home = folder();
    const config = join(home, 'pip.conf');
    writeFileSync(config, '[global]\ntimeout = 77\n[install]\nfind-links = /some/folder\n');
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, PIP_CONFIG_FILE: config };
    const asked = await askPip(createRunner(), 'python3', {
      ...env,
      PIP_INDEX_URL: 'https://index.example.com/simple',
    });
    expect(asked).toMatchObject({
      indexUrl: 'https://index.example.com/simple',
      findLinks: ['/some/folder'],
      timeout: 77,
    });
  });

  it('is a pip.conf with the files at their places in the build', () => {
    expect(pipConf(pip).split('\n')).toEqual([
      '[global]',
      'index-url = https://user:100%25@index.example.com/simple',
      'timeout = 60',
      'find-links = https://links.example.com',
      '  /build/links',
      'extra-index-url = https://a.example.com',
      '  https://b.example.com',
      'cert = /run/secrets/ca.pem',
      '',
    ]);
  });

  it('is a secret: a file for its owner only, named and never spelled out', async () => {
    const work = folder();
    await writePipFiles(pip, work, join(work, 'links'));
    expect(statSync(join(work, 'pip.conf')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(work, 'pip.conf'), 'utf8')).toContain('user:100%25@');
    const secrets = { pip: join(work, 'pip.conf'), ca: '/etc/ssl/company.pem' };
    expect(pipSecrets(pip, work)).toEqual(secrets);
  });

  it('takes the packages of local folders along', async () => {
    const work = folder();
    const local = join(work, 'wheelhouse');
    mkdirSync(local);
    for (const name of ['a-1-py3-none-any.whl', 'b-1.tar.gz', 'notes.txt'])
      writeFileSync(join(local, name), name);
    const links = join(work, 'links');
    await writePipFiles({ ...pip, findLinks: [local, '/nowhere'] }, work, links);
    expect(readdirSync(links).sort()).toEqual(['a-1-py3-none-any.whl', 'b-1.tar.gz']);
    expect(readFileSync(join(work, 'pip.conf'), 'utf8')).not.toContain(local);
  });

  it('is the base image’s own where this machine has no pip', async () => {
    const work = folder();
    await writePipFiles(undefined, work, join(work, 'links'));
    expect(readdirSync(work)).toEqual(['links']);
    expect(pipSecrets(undefined, work)).toEqual({});
  });
});
