import { describe, expect, it } from '@jest/globals';
import { parsePypirc } from './pypirc.ts';

describe('a .pypirc', () => {
  it('names the indexes that its index-servers list, over several lines', () => {
    const entries = parsePypirc(
      [
        '# comment',
        '[distutils]',
        'index-servers =',
        '    pypi',
        '    company',
        '',
        '[company]',
        'Repository: https://index.example.com/upload/',
        'username = anna',
        'password = a%b=c;d',
        '[unlisted]',
        'repository = https://other.example.com/',
      ].join('\n'),
    );
    expect(entries).toEqual([
      { name: 'pypi', repository: undefined, hasCredentials: false },
      {
        name: 'company',
        repository: 'https://index.example.com/upload/',
        hasCredentials: true,
      },
    ]);
  });

  it('has pypi and testpypi where it lists nothing', () => {
    expect(parsePypirc('[pypi]\npassword = pypi-token\n')).toEqual([
      { name: 'pypi', repository: undefined, hasCredentials: true },
      { name: 'testpypi', repository: undefined, hasCredentials: false },
    ]);
  });

  it('reads line ends of either kind and indented comments', () => {
    const text =
      '[distutils]\r\nindex-servers =\r\n    a\r\n    # b\r\n\r\n[a]\r\nrepository=https://a.example.com/\r\n';
    expect(parsePypirc(text)).toEqual([
      { name: 'a', repository: 'https://a.example.com/', hasCredentials: false },
    ]);
  });
});
