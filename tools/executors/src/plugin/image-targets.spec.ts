import { describe, expect, it } from '@jest/globals';
import { aRelease, aVariant } from '@vllm-cpu/testing/compile-fixture';
import { variantImageTargets, wheelsImageTargets } from './image-targets.ts';

const releases = [
  { name: '0.12.0', release: aRelease() },
  { name: 'sample', release: { ...aRelease(), active: false } },
];

describe('the image targets of a variant', () => {
  const targets = variantImageTargets(aVariant(), releases, ['0.12.0']);

  it('build an image of the proven wheel and of the detector that was built', () => {
    expect(targets['image-sample']?.dependsOn).toEqual([
      'verify-sample',
      { projects: ['cpu-detect'], target: 'build' },
    ]);
  });

  it('take a published wheel without building one', () => {
    const { dependsOn, options } = targets['image-published-0.12.0'] ?? {};
    expect(dependsOn).toEqual([{ projects: ['cpu-detect'], target: 'build' }]);
    expect(options).toMatchObject({ from: 'pypi', release: '0.12.0', variant: 'avx512' });
  });

  it('run one at a time and are never replayed: what they make is in an engine', () => {
    for (const [name, target] of Object.entries(targets)) {
      if (name !== 'image') expect(target).toMatchObject({ cache: false, parallelism: false });
    }
  });

  it('have an umbrella over the active releases, which forwards its options', () => {
    expect(targets['image']?.dependsOn).toEqual([{ target: 'image-0.12.0', params: 'forward' }]);
  });
});

describe('pushing', () => {
  const targets = wheelsImageTargets(['variant-avx512'], releases);

  it('waits for the images of all variants', () => {
    expect(targets['push-images-0.12.0']).toMatchObject({
      options: { release: '0.12.0' },
      dependsOn: [{ projects: ['variant-avx512'], target: 'image-0.12.0' }],
    });
  });

  it('of images from elsewhere builds nothing', () => {
    expect(targets['push-images']?.dependsOn).toBeUndefined();
  });
});
