import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { usage } from './options.ts';
import { readSettings } from './settings.ts';
import { READ_TOKEN, temporaryFolder, TOKENS } from '../testing/test-server.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

describe('settings', () => {
  it('take a flag before its variable, and the variable before the default', () => {
    const env = { ...TOKENS, VLLM_CPU_CACHE_PORT: '1', VLLM_CPU_CACHE_MAX_SIZE: '3GiB' };
    const settings = readSettings(['--port=2', '--idle-timeout', '90s'], env);
    expect(settings).toMatchObject({
      port: 2,
      maxSize: 3 * 1024 ** 3,
      idleTimeout: 90_000,
      host: '127.0.0.1',
    });
  });

  it('take a variable without a value for one that is not set', () => {
    const env = { ...TOKENS, VLLM_CPU_CACHE_PORT: '', VLLM_CPU_CACHE_HOST: '' };
    expect(readSettings([], env)).toMatchObject({ port: 8787, host: '127.0.0.1' });
  });

  it('read tokens from a file, and warn when everybody can', () => {
    const file = join(folder.path, 'tokens');
    writeFileSync(file, `# laptops\n${READ_TOKEN}\n`);
    chmodSync(file, 0o644);
    const open = readSettings([`--read-tokens-file=${file}`], {});
    expect(open?.readTokens).toEqual([READ_TOKEN]);
    expect(open?.warnings).toEqual([expect.stringContaining('chmod 600')]);
    chmodSync(file, 0o600);
    expect(readSettings([`--read-tokens-file=${file}`], {})?.warnings).toEqual([]);
  });

  it('name a token file that cannot be read', () => {
    const file = join(folder.path, 'none');
    expect(() => readSettings([`--write-tokens-file=${file}`], {})).toThrow(file);
  });

  it.each([
    ['--max-size=20 elephants', '--max-size'],
    ['--max-size=0', '--max-size'],
    ['--max-entry-size=1constructor', '--max-entry-size'],
    ['--idle-timeout=60', '--idle-timeout'],
    ['--request-timeout=1000h', '--request-timeout'],
    ['--port=65536', '--port'],
  ])('refuse %s', (flag, named) => {
    expect(() => readSettings([flag], TOKENS)).toThrow(named);
  });

  it.each([
    [['--dirctory=/var/cache'], '--dirctory is not an option'],
    [['--directory='], '--directory has no value'],
    [['--directory'], '--directory has no value'],
    [['--directory', '--port=1'], '--directory has no value'],
    [['-x'], '-x is not an option'],
  ])('name the option of %j', (args, said) => {
    expect(() => readSettings(args, TOKENS)).toThrow(said);
  });

  it('limit an entry to the whole cache where only that is given', () => {
    const small = readSettings(['--max-size=1GiB'], TOKENS);
    expect(small).toMatchObject({ maxSize: 1024 ** 3, maxEntrySize: 1024 ** 3 });
    expect(readSettings(['--max-size=9GiB'], TOKENS)?.maxEntrySize).toBe(2 * 1024 ** 3);
  });

  it('refuse an entry limit above the total', () => {
    expect(() => readSettings(['--max-size=1MiB', '--max-entry-size=2MiB'], TOKENS)).toThrow(
      '--max-entry-size',
    );
  });

  it.each([
    [['--write-tokens=my-very-secret-token']],
    [['my-very-secret-token']],
    [['--my-very-secret-token-that-begins-with-dashes']],
  ])('refuse a token on the command line without repeating it: %j', (args) => {
    expect(() => readSettings(args, {})).toThrow('Tokens go into the environment');
    expect(() => readSettings(args, {})).not.toThrow('my-very-secret-token');
  });

  it('are all explained by --help', () => {
    expect(readSettings(['-h'], {})).toBeUndefined();
    expect(usage()).toContain('--max-size=<value>');
    expect(usage()).toContain('VLLM_CPU_CACHE_WRITE_TOKENS');
  });
});
