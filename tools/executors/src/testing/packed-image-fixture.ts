import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageRecord } from '../image/image-record.ts';
import { IMAGE_TYPE } from '../image/manifest-list.ts';
import { sha256 } from '../system/digest.ts';

/** Writes an image as `image` leaves it, of two steps of which one made a layer; answers its record. */
export function putPackedImage(folder: string, change: Partial<ImageRecord> = {}): ImageRecord {
  const packed = join(folder, 'packed');
  mkdirSync(packed, { recursive: true });
  const version = change.version ?? '0.12.0';
  const arm = change.platform === 'linux-aarch64';
  const config = JSON.stringify({
    os: 'linux',
    architecture: arm ? 'arm64' : 'amd64',
    config: { Labels: { version } },
    history: [
      { created_by: '|1 X=0 /bin/sh -c apt-get   install' },
      { created_by: 'ENV A=b', empty_layer: true },
    ],
  });
  const id = `sha256:${sha256(config)}`;
  writeFileSync(join(packed, sha256(config)), config);
  const layer = { digest: `sha256:${'a'.repeat(64)}`, size: 2048 };
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE_TYPE,
    config: { digest: id, size: config.length },
    layers: [layer],
  });
  writeFileSync(join(packed, 'manifest.json'), manifest);
  const record: ImageRecord = {
    ...{
      schemaVersion: 1,
      key: 'ab',
      variant: 'avx512',
      release: version,
      version,
      embedded: false,
    },
    ...{ platform: 'linux-x86_64', digest: `sha256:${sha256(manifest)}`, id, names: [] },
    ...{ engine: 'buildah', baseImage: 'base:1', labels: {}, layers: [] },
    wheel: { file: 'a.whl', sha256: 'ab', from: 'verified here' },
    contents: { machine: 'x86_64', python: '3.13.1', packages: {}, compilers: [], problems: [] },
    ...change,
  };
  writeFileSync(join(folder, 'image.json'), JSON.stringify(record));
  return record;
}
