import type { Variant } from '@vllm-cpu/variant/model';
import { manifestList } from '@vllm-cpu/registry/manifest-list';
import type { ListedImage, RemoteManifest } from '@vllm-cpu/registry/manifest-list';
import { sha256 } from '@vllm-cpu/system/digest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { latestTags, versionsAmong, versionTags, whyNotLatest } from '@vllm-cpu/registry/tags';

/** One image that is to be pushed. */
export interface PushableImage extends ListedImage {
  /** Folder with the packed image. */
  folder: string;
}

/** The images of one variant, one for each platform. */
export interface VariantImages {
  variant: Variant;
  version: string;
  images: readonly PushableImage[];
}

/** What a tag will mean. */
export interface TagStep {
  tag: string;
  digest: string;
  /** The registry has it already. */
  there: boolean;
}

/** All that one variant needs in one registry, in this order. */
export interface VariantPush {
  variant: string;
  version: string;
  /** Images that are pushed by their digest, because a list names them. */
  images: readonly PushableImage[];
  /** Folder of the image that the tags mean, or the text of the list. */
  subject: { kind: 'image'; folder: string } | { kind: 'list'; text: string };
  /** Tags that never change their meaning, then those that move forward. */
  versionTags: readonly TagStep[];
  movingTags: readonly TagStep[];
  /** Why `latest` stays, where it does. */
  note: string | undefined;
}

/** What a registry has: its tags, and what those mean that matter here. */
export interface RegistryState {
  tags: readonly string[];
  manifests: ReadonlyMap<string, RemoteManifest>;
}

/** The tags of a variant that have to be read before anything is pushed. */
export function tagsToRead({ variant, version }: VariantImages): string[] {
  return [...versionTags(variant, version), ...latestTags(variant)];
}

/**
 * Decides about all variants in one registry. Versions that are pushed together count as present for each
 * other: of two releases in one run only the newer one becomes `latest`.
 * @throws VllmCpuError TAG_TAKEN
 */
export function planPushes(
  subjects: readonly VariantImages[],
  { tags, manifests }: RegistryState,
  registry: string,
): VariantPush[] {
  const coming = subjects.flatMap(({ variant, version }) => versionTags(variant, version));
  const state = { tags: [...tags, ...coming], manifests };
  return subjects.map((subject) => planPush(subject, state, registry));
}

/**
 * Decides about one variant in one registry. A version tag never changes its meaning: a list may only get
 * one more platform, which another host built.
 * @throws VllmCpuError TAG_TAKEN
 */
export function planPush(
  subject: VariantImages,
  state: RegistryState,
  registry: string,
): VariantPush {
  const { variant, version, images } = subject;
  const tags = versionTags(variant, version);
  const listed = Object.keys(variant.platforms).length > 1;
  const [image] = images;
  if (!image) throw new Error(`no image of ${variant.name}`);
  const existing = tags.map((tag) => ({ tag, manifest: state.manifests.get(tag) }));
  const all = listed ? merged(images, existing, registry) : images;
  const text = listed ? manifestList(all) : '';
  const digest = listed ? `sha256:${sha256(text)}` : image.digest;
  for (const { tag, manifest } of existing) {
    if (!listed && manifest && manifest.digest !== digest)
      throw taken(registry, tag, manifest.digest);
  }
  const step = (tag: string): TagStep => ({
    tag,
    digest,
    there: state.manifests.get(tag)?.digest === digest,
  });
  const moving = latestTags(variant);
  const whyNot = whyNotLatest(version, versionsAmong(state.tags, variant));
  return {
    variant: variant.name,
    version,
    images: listed ? images : [],
    subject: listed ? { kind: 'list', text } : { kind: 'image', folder: image.folder },
    versionTags: tags.map(step),
    movingTags: whyNot === undefined ? moving.map(step) : [],
    note: whyNot === undefined ? undefined : `${moving.join(' and ')} not moved: ${whyNot}`,
  };
}

/** The images of the list that is there, and those that are new; none may differ. */
function merged(
  images: readonly PushableImage[],
  existing: readonly { tag: string; manifest: RemoteManifest | undefined }[],
  registry: string,
): ListedImage[] {
  const byPlatform = new Map<string, ListedImage>(images.map((image) => [image.platform, image]));
  for (const { tag, manifest } of existing) {
    if (!manifest) continue;
    if (!manifest.images) throw taken(registry, tag, manifest.digest);
    for (const image of manifest.images) {
      const known = byPlatform.get(image.platform);
      if (known && known.digest !== image.digest) throw taken(registry, tag, image.digest);
      byPlatform.set(image.platform, image);
    }
  }
  return [...byPlatform.values()];
}

function taken(registry: string, tag: string, digest: string): VllmCpuError {
  return new VllmCpuError({
    code: 'TAG_TAKEN',
    what: `${registry}:${tag} already exists with a different image; nothing was pushed`,
    why: `Its digest is ${digest}. A version tag is never moved, because deployments refer to it.`,
    next: 'Push the image that was built first (its folder in dist/), or create a new version: retag the wheels with the next free suffix.',
  });
}
