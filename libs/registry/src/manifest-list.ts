import { z } from 'zod';
import { sha256 } from '@vllm-cpu/system/digest';
import { parseJson } from '@vllm-cpu/system/parse-json';

/** One image of a manifest list. */
export interface ListedImage {
  /** `linux/amd64` */
  platform: string;
  digest: string;
  /** Bytes of its manifest. */
  size: number;
  mediaType: string;
}

/** What a registry has under a tag. */
export interface RemoteManifest {
  digest: string;
  /** The images of a list by platform; undefined where it is an image itself, or a list of another form. */
  images: readonly ListedImage[] | undefined;
}

const LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
/** What buildah, podman and docker write when the format is Docker's. */
export const IMAGE_TYPE = 'application/vnd.docker.distribution.manifest.v2+json';

const manifestSchema = z.looseObject({
  manifests: z
    .array(
      z.looseObject({
        digest: z.string(),
        size: z.number(),
        mediaType: z.string(),
        platform: z.looseObject({ os: z.string(), architecture: z.string() }).optional(),
      }),
    )
    .optional(),
});

/**
 * Reads a manifest as the registry sent it. The digest is over these very bytes.
 * @throws VllmCpuError INVALID_JSON, INVALID_CONTENT
 */
export function parseManifest(text: string): RemoteManifest {
  const { manifests = [] } = parseJson(text, manifestSchema, 'the manifest');
  const images = manifests.flatMap(({ platform, digest, size, mediaType }) =>
    platform
      ? [{ platform: `${platform.os}/${platform.architecture}`, digest, size, mediaType }]
      : [],
  );
  const isOurs = images.length > 0 && images.length === manifests.length;
  return { digest: `sha256:${sha256(text)}`, images: isOurs ? images : undefined };
}

/**
 * A manifest list of several images, in order of their platforms: the same images give the same bytes.
 * @see https://distribution.github.io/distribution/spec/manifest-v2-2/#manifest-list
 */
export function manifestList(images: readonly ListedImage[]): string {
  const inOrder = [...images].sort((a, b) => (a.platform < b.platform ? -1 : 1));
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: LIST,
    manifests: inOrder.map(({ platform, digest, size, mediaType }) => {
      const [os, architecture] = platform.split('/');
      return { mediaType, digest, size, platform: { architecture, os } };
    }),
  });
}
