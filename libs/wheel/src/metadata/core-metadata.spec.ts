import { describe, expect, it } from '@jest/globals';
import { parseCoreMetadata } from './core-metadata.ts';
import { parseWheelMetadata } from './wheel-metadata.ts';

const TEXT = `Metadata-Version: 2.1
Name: vllm
Version: 0.12.0+cpu
License: Apache
        License
Classifier: A
Requires-Dist: torch==2.9.1+cpu; platform_machine == "x86_64"
Classifier: B

# Title

From: a line of the body that looks like a field
`;

describe('core metadata', () => {
  it('comes out as it went in, order, repetitions, continuations and body', () => {
    expect(parseCoreMetadata(TEXT).format()).toBe(TEXT);
  });

  it('reads Windows line ends', () => {
    expect(parseCoreMetadata(TEXT.replaceAll('\n', '\r\n')).get('Name')).toBe('vllm');
  });

  it('replaces a repeated field at the place of the first', () => {
    const changed = parseCoreMetadata(TEXT).set('classifier', 'X', 'Y', 'Z');
    expect(changed.all('Classifier')).toEqual(['X', 'Y', 'Z']);
    expect(changed.fieldNames().slice(4)).toEqual([
      'classifier',
      'classifier',
      'classifier',
      'Requires-Dist',
    ]);
  });

  it('takes an old Description field for the description, and replaces it by a body', () => {
    const old = parseCoreMetadata('Metadata-Version: 2.1\nName: a\nVersion: 1\nDescription: old\n');
    expect(old.description).toBe('old');
    const fresh = old.withDescription('new\n', 'text/markdown');
    expect(fresh.format()).toMatch(/Description-Content-Type: text\/markdown\n\nnew\n$/);
    expect(fresh.get('Description')).toBeUndefined();
  });

  it.each([
    ['no Name', 'Metadata-Version: 2.1\nVersion: 1\n', /no Name/],
    [
      'two Versions',
      'Metadata-Version: 2.1\nName: a\nVersion: 1\nVersion: 2\n',
      /2 Version fields/,
    ],
    ['a line that is no field', 'Metadata-Version: 2.1\nName\n', /line 2/],
    ['a continuation of nothing', ' a\n', /line 1/],
  ])('refuses %s and names the place', (_, text, message) => {
    expect(() => parseCoreMetadata(text)).toThrow(message);
  });
});

describe('the WHEEL file', () => {
  const text = 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: false\n';

  it.each([
    ['an unknown format', text.replace('1.0', '2.0'), 'WHEEL_FORMAT_UNKNOWN'],
    ['no tag', text, 'METADATA_INVALID'],
    ['a tag with two parts', `${text}Tag: cp38-abi3\n`, 'WHEEL_TAG_INVALID'],
  ])('refuses %s', (_, content, code) => {
    expect(() => parseWheelMetadata(content)).toThrow(expect.objectContaining({ code }));
  });
});
