import { describe, expect, it } from '@jest/globals';
import { createAuthorise, parseTokens } from './tokens.ts';

const READ = 'r'.repeat(16);
const WRITE = 'w'.repeat(16);

describe('access tokens', () => {
  it('give the role of the list they are in', () => {
    const authorise = createAuthorise([READ], [WRITE]);
    expect(authorise(`Bearer ${READ}`)).toBe('read');
    expect(authorise(`bearer ${WRITE}`)).toBe('write');
  });

  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer ',
    `Basic ${WRITE}`,
    `Bearer ${WRITE}x`,
    `Bearer ${WRITE} ${READ}`,
    WRITE,
  ])('do not let %j in', (header) => {
    expect(createAuthorise([READ], [WRITE])(header)).toBeUndefined();
  });

  it('come one a line or separated by commas, with comment lines', () => {
    expect(parseTokens(`# CI, main branch\n${READ},\n  ${WRITE}\r\n\n`, 'x')).toEqual([
      READ,
      WRITE,
    ]);
  });

  it('are refused when too short, without being repeated', () => {
    const parse = (): string[] => parseTokens(`${READ},short-secret`, 'TOKENS');
    expect(parse).toThrow('token 2 of TOKENS');
    expect(parse).not.toThrow('short-secret');
  });

  it('must exist, and have one role each', () => {
    expect(() => createAuthorise([], [])).toThrow('no access token');
    expect(() => createAuthorise([READ], [READ])).toThrow('the same token');
  });
});
