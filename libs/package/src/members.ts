import { join } from 'node:path';
import type { WheelMember } from '@vllm-cpu/wheel/archive-writer';
import type { UnpackedWheel } from './unpacked-wheel.ts';

export function textMember(name: string, text: string): WheelMember {
  return { name, executable: false, content: Buffer.from(text) };
}

/** The folders of a wheel that are named after its distribution and version. */
export interface NamedFolders {
  distInfo: string;
  data: string;
}

/** The name that a file gets where the folders `from` become those of `to`. */
export function renamedFile(name: string, from: NamedFolders, to: NamedFolders): string {
  for (const folder of ['distInfo', 'data'] as const) {
    if (name.startsWith(`${from[folder]}/`)) return to[folder] + name.slice(from[folder].length);
  }
  return name;
}

/**
 * The unpacked files as members under new folder names. Those in `replaced` (new names) are left
 * out; licences that an older setuptools put at the top of .dist-info go to licenses/ (PEP 639).
 */
export function renamedMembers(
  wheel: UnpackedWheel,
  folders: NamedFolders,
  replaced: ReadonlySet<string>,
): WheelMember[] {
  const { distInfo } = wheel;
  const from = { distInfo, data: distInfo.replace(/\.dist-info$/, '.data') };
  const old = new Set(oldLicences(wheel));
  const renamed = (name: string): string =>
    old.has(name)
      ? `${folders.distInfo}/licenses/${name.slice(distInfo.length + 1)}`
      : renamedFile(name, from, folders);
  return wheel.files
    .map(({ name, executable }) => ({
      name: renamed(name),
      executable,
      content: { file: join(wheel.root, name) },
    }))
    .filter(({ name }) => !replaced.has(name));
}

/** License-File values that lie directly in .dist-info, as names in the wheel. */
function oldLicences(wheel: UnpackedWheel): string[] {
  const names = new Set(wheel.files.map((file) => file.name));
  return wheel.metadata
    .all('License-File')
    .filter((path) => !names.has(`${wheel.distInfo}/licenses/${path}`))
    .map((path) => `${wheel.distInfo}/${path}`)
    .filter((name) => names.has(name));
}

/** Every licence text of the wheel as a path below .dist-info/licenses, upstream's own first. */
export function licenceFiles(wheel: UnpackedWheel): string[] {
  const folder = `${wheel.distInfo}/licenses/`;
  const placed = wheel.files.map((file) => file.name).filter((name) => name.startsWith(folder));
  const paths = [
    ...oldLicences(wheel).map((name) => name.slice(wheel.distInfo.length + 1)),
    ...placed.map((name) => name.slice(folder.length)),
  ];
  const isVendored = (path: string) => Number(path.startsWith('vendored/'));
  return paths.sort((a, b) => isVendored(a) - isVendored(b) || (a < b ? -1 : 1));
}
