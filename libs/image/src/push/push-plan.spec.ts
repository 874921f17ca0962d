import { describe, expect, it } from '@jest/globals';
import { aVariant } from '@vllm-cpu/testing/compile-fixture';
import { IMAGE_TYPE, manifestList, parseManifest } from '@vllm-cpu/registry/manifest-list';
import type { RemoteManifest } from '@vllm-cpu/registry/manifest-list';
import { planPush, planPushes } from './push-plan.ts';
import type { PushableImage, VariantImages } from './push-plan.ts';

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const anImage = (letter: string, platform = 'linux/amd64'): PushableImage => ({
  folder: `/images/${letter}`,
  digest: digest(letter),
  platform,
  size: 1000,
  mediaType: IMAGE_TYPE,
});
const { 'linux-x86_64': level } = aVariant().platforms;
const avx512 = aVariant();
const base = aVariant({
  name: 'noavx512',
  distribution: 'vllm-cpu',
  platforms: { 'linux-x86_64': level, 'linux-aarch64': { requires: ['asimd'], proves: ['asimd'] } },
});
const single = (version = '0.12.0'): VariantImages => ({
  variant: avx512,
  version,
  images: [anImage('a')],
});
const registry = (manifests: Record<string, RemoteManifest>, tags: string[] = []) => ({
  tags: [...Object.keys(manifests), ...tags],
  manifests: new Map(Object.entries(manifests)),
});
const plan = (images: VariantImages, state = registry({})) =>
  planPush(images, state, 'host/vllm-cpu');
const remoteList = (...images: PushableImage[]) => parseManifest(manifestList(images));

describe('a variant of one platform', () => {
  it('gets its version tag first and latest last, both the image itself', () => {
    expect(plan(single())).toMatchObject({
      images: [],
      subject: { kind: 'image', folder: '/images/a' },
      versionTags: [{ tag: 'avx512-0.12.0', digest: digest('a'), there: false }],
      movingTags: [{ tag: 'avx512-latest', digest: digest('a'), there: false }],
      note: undefined,
    });
  });

  it('is there already where the digest is the same', () => {
    const same = { digest: digest('a'), images: undefined };
    const { versionTags, movingTags } = plan(
      single(),
      registry({ 'avx512-0.12.0': same, 'avx512-latest': { ...same, digest: digest('0') } }),
    );
    expect(versionTags[0]?.there).toBe(true);
    expect(movingTags[0]?.there).toBe(false);
  });

  it('is refused where its version tag is another image', () => {
    const other = registry({ 'avx512-0.12.0': { digest: digest('b'), images: undefined } });
    expect(() => plan(single(), other)).toThrow(
      expect.objectContaining({ code: 'TAG_TAKEN', why: expect.stringContaining(digest('b')) }),
    );
  });

  it('leaves latest where a newer version is, and says why', () => {
    const { movingTags, note } = plan(single('0.11.2'), registry({}, ['avx512-0.12.0']));
    expect(movingTags).toEqual([]);
    expect(note).toBe('avx512-latest not moved: 0.12.0 is newer than 0.11.2');
  });
});

describe('two releases in one run', () => {
  it('leave latest to the newer one, in whichever order they come', () => {
    const both = [single('0.10.0'), single('0.9.2')];
    for (const order of [both, [...both].reverse()]) {
      const moved = planPushes(order, registry({}), 'host/vllm-cpu').filter(
        ({ movingTags }) => movingTags.length > 0,
      );
      expect(moved.map(({ version }) => version)).toEqual(['0.10.0']);
    }
  });
});

describe('the base variant', () => {
  const both = [anImage('a'), anImage('b', 'linux/arm64')];
  const images = (...some: PushableImage[]): VariantImages => ({
    variant: base,
    version: '0.12.0',
    images: some,
  });

  it('is a list by platform under all four tags, the images pushed by digest before', () => {
    const { subject, versionTags, movingTags, images: pushed } = plan(images(...both));
    expect(pushed.map((image) => image.digest)).toEqual([digest('a'), digest('b')]);
    expect([...versionTags, ...movingTags].map(({ tag }) => tag)).toEqual([
      ...['noavx512-0.12.0', '0.12.0', 'noavx512-latest', 'latest'],
    ]);
    const list = subject.kind === 'list' ? subject.text : '';
    expect(versionTags[1]?.digest).toBe(parseManifest(list).digest);
    expect(JSON.parse(list).manifests).toEqual([
      {
        mediaType: IMAGE_TYPE,
        digest: digest('a'),
        size: 1000,
        platform: { architecture: 'amd64', os: 'linux' },
      },
      expect.objectContaining({ platform: { architecture: 'arm64', os: 'linux' } }),
    ]);
  });

  it('has the same bytes whichever platform is named first', () => {
    expect(manifestList(both)).toBe(manifestList([...both].reverse()));
  });

  it('gets one more platform, which another host built', () => {
    const there = remoteList(anImage('a'));
    const { subject, images: pushed } = plan(
      images(anImage('b', 'linux/arm64')),
      registry({ 'noavx512-0.12.0': there, '0.12.0': there }),
    );
    expect(subject).toEqual({ kind: 'list', text: manifestList(both) });
    expect(pushed.map((image) => image.digest)).toEqual([digest('b')]);
  });

  it('is not taken apart by a host that has one platform of the two', () => {
    const there = remoteList(...both);
    const { versionTags } = plan(
      images(anImage('a')),
      registry({ 'noavx512-0.12.0': there, '0.12.0': there }),
    );
    expect(versionTags.map(({ there: done }) => done)).toEqual([true, true]);
  });

  it('is refused where a platform has another image, or the tag is no list', () => {
    const other = registry({ '0.12.0': remoteList(anImage('c')) });
    expect(() => plan(images(anImage('a')), other)).toThrow(
      /0\.12\.0 already exists with a different image/,
    );
    const plain = registry({ '0.12.0': { digest: digest('a'), images: undefined } });
    expect(() => plan(images(anImage('a')), plain)).toThrow(
      /0\.12\.0 already exists with a different image/,
    );
  });
});
