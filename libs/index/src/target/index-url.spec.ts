import { describe, expect, it } from '@jest/globals';
import { parseIndexUrl, withSlash } from './index-url.ts';
import { isLoopback } from '@vllm-cpu/system/loopback';

describe('the URL of an index', () => {
  it.each(['upload.example.com/legacy/', 'localhost:8080/simple', '/var/index', 'example.com'])(
    'is refused without a scheme: %s',
    (text) => {
      expect(() => parseIndexUrl(text)).toThrow(
        expect.objectContaining({ code: 'INDEX_URL_WITHOUT_SCHEME' }),
      );
    },
  );

  it.each(['ftp://example.com/simple', 'https://', 'https://exa mple.com/'])(
    'is refused when it cannot be fetched: %s',
    (text) => {
      expect(() => parseIndexUrl(text)).toThrow(
        expect.objectContaining({ code: 'INDEX_URL_INVALID' }),
      );
    },
  );

  it('is refused over plain http to another host, unless that is asked for', () => {
    expect(() => parseIndexUrl('http://example.com/simple')).toThrow(
      expect.objectContaining({ code: 'INDEX_INSECURE' }),
    );
    const allowed = parseIndexUrl('http://example.com/simple', { allowInsecure: true });
    expect(allowed.href).toBe('http://example.com/simple');
  });

  it.each(['http://localhost:8080/', 'http://127.0.0.1/', 'http://127.9.9.9/', 'http://[::1]:1/'])(
    'may be plain http on this machine: %s',
    (text) => {
      expect(parseIndexUrl(text).href).toBe(text);
    },
  );

  it('loses its user and password, which become a header', () => {
    const url = parseIndexUrl('https://anna:geh%40im@example.com/simple');
    expect(url.href).toBe('https://example.com/simple');
    expect(url.authorization).toBe(`Basic ${Buffer.from('anna:geh@im').toString('base64')}`);
    expect(url.secrets).toEqual(['geh@im']);
  });

  it('does not show a password in the error about it', () => {
    expect(() => parseIndexUrl('ftp://anna:geheim@example.com/')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('geheim') }),
    );
  });

  it('ends in exactly one slash where addresses are built on it', () => {
    expect(withSlash('https://example.com/simple')).toBe('https://example.com/simple/');
    expect(withSlash('https://example.com/simple//')).toBe('https://example.com/simple/');
  });

  it.each(['127.0.0.1.example.com', 'localhost.example.com', '128.0.0.1'])(
    'is not taken for this machine by a similar name: %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
