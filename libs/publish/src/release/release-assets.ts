import { readFile } from 'node:fs/promises';
import { sha256 } from '@vllm-cpu/system/digest';
import { reportSchema } from '@vllm-cpu/report/report';
import { reportPicture } from '@vllm-cpu/report/report-picture';
import { formatChecksums, parseChecksums } from './checksums.ts';
import { requireProof } from '@vllm-cpu/wheel/proven-wheel';
import { wheelChanged } from '@vllm-cpu/wheel/wheel-changed';
import type { PublishableWheel } from '@vllm-cpu/wheel/publishable-wheel';
import type { ReleaseAsset } from '@vllm-cpu/github/release-asset';
import type { VerifiedWheel } from '@vllm-cpu/wheel/verified-wheel';

/** A file that the release has already. */
export interface PresentAsset {
  id: number;
  name: string;
  sha256: string;
}

export const CHECKSUMS = 'SHA256SUMS';

/**
 * The wheels, and beside each a verification report and its picture.
 * @throws VllmCpuError WHEEL_NOT_VERIFIED, VERIFICATION_FAILED, NOT_PROVEN
 */
export async function wheelAssets(
  wheels: readonly PublishableWheel[],
  verified: readonly VerifiedWheel[],
): Promise<ReleaseAsset[]> {
  const assets: ReleaseAsset[] = [];
  for (const wheel of wheels) {
    const report = verified.find((candidate) => candidate.sha256 === wheel.sha256);
    requireProof(wheel, report);
    assets.push(wheelAsset(wheel));
    const text = await readFile(report.path);
    const name = wheel.fileName.replace(/\.whl$/, '.report.json');
    const contentType = 'application/json';
    assets.push({ name, sha256: sha256(text), contentType, read: async () => text });
    assets.push(...pictureAsset(wheel, text.toString('utf8')));
  }
  return assets;
}

/** Whether what the release has of `name` may be replaced: a picture is drawn from the report, which stays. */
export function isPicture(name: string): boolean {
  return name.endsWith(PICTURE);
}

/** The name of the picture of a wheel's report. */
export function pictureOf(fileName: string): string {
  return fileName.replace(/\.whl$/, PICTURE);
}

const PICTURE = '.report.svg';

function pictureAsset({ fileName }: PublishableWheel, report: string): ReleaseAsset[] {
  const parsed = reportSchema.safeParse(JSON.parse(report)).data;
  if (!parsed) return [];
  const picture = Buffer.from(reportPicture(parsed));
  const name = pictureOf(fileName);
  const contentType = 'image/svg+xml';
  return [{ name, sha256: sha256(picture), contentType, read: async () => picture }];
}

/**
 * SHA256SUMS over the wheels of this run and those that the release has already (wheels of another
 * platform, built elsewhere).
 */
export function checksumsAsset(
  wheels: readonly PublishableWheel[],
  present: readonly PresentAsset[],
): ReleaseAsset {
  const others = present
    .filter(({ name }) => name.endsWith('.whl'))
    .map((asset) => ({ fileName: asset.name, sha256: asset.sha256 }));
  const files = new Map([...others, ...wheels].map((file) => [file.fileName, file]));
  const text = Buffer.from(formatChecksums([...files.values()]));
  return {
    name: CHECKSUMS,
    sha256: sha256(text),
    contentType: 'text/plain',
    read: async () => text,
  };
}

/** Whether `newer` says of every file of `older` the same, so that it may take its place. */
export function extendsChecksums(older: string, newer: string): boolean {
  const known = new Map(parseChecksums(newer).map((file) => [file.fileName, file.sha256]));
  return parseChecksums(older).every((file) => known.get(file.fileName) === file.sha256);
}

function wheelAsset(wheel: PublishableWheel): ReleaseAsset {
  return {
    name: wheel.fileName,
    sha256: wheel.sha256,
    contentType: 'application/octet-stream',
    read: async () => {
      const content = await readFile(wheel.path);
      if (sha256(content) !== wheel.sha256) throw wheelChanged(wheel);
      return content;
    },
  };
}
