import { describe, expect, it } from '@jest/globals';
import type { Command } from '@vllm-cpu/system/run';
import { aVariant } from '@vllm-cpu/testing/compile-fixture';
import { fakeRunner } from '@vllm-cpu/testing/tripwire';
import { IMAGE_TYPE } from '@vllm-cpu/registry/manifest-list';
import { pushImages } from './push-images.ts';
import { registriesOf } from '@vllm-cpu/registry/registries';

describe('a dry run of pushing', () => {
  it('says why latest would stay, and copies nothing', async () => {
    const tags = JSON.stringify({ Tags: ['avx512-0.13.0'] });
    const runner = fakeRunner(({ argv }: Command) => {
      expect(argv.slice(0, 2)).toEqual(['skopeo', 'list-tags']);
      return { stdout: tags };
    });
    const digest = `sha256:${'a'.repeat(64)}`;
    const image = { folder: '/a', digest, size: 1, mediaType: IMAGE_TYPE, platform: 'linux/amd64' };
    const printed: string[] = [];
    const results = await pushImages(
      {
        registries: registriesOf('example.com/vllm-cpu'),
        variants: [{ variant: aVariant(), version: '0.12.0', images: [image] }],
        scratch: '/nonexistent',
        dryRun: true,
      },
      { runner, env: {}, print: (line) => printed.push(line) },
    );
    expect(results).toMatchObject([{ pushed: ['avx512-0.12.0'], failure: undefined }]);
    expect(printed).toEqual([
      'example.com/vllm-cpu: avx512-latest not moved: 0.13.0 is newer than 0.12.0',
    ]);
  });
});
