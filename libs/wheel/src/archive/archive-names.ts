import { archiveError, shownName } from './archive-error.ts';

/**
 * Decodes and checks the name of an entry.
 * @throws VllmCpuError ARCHIVE_NAME_ENCODING where readers would differ in the text,
 *   ARCHIVE_NAME_UNSAFE where unpacking could write outside of the target.
 */
export function safeName(bytes: Uint8Array, isUtf8: boolean, path: string): string {
  let name: string;
  try {
    name = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    const shown = shownName(Buffer.from(bytes).toString('latin1'));
    throw archiveError('NAME_ENCODING', path, `the name ${shown} is not UTF-8`, undefined, cause);
  }
  if (!isUtf8 && bytes.some((byte) => byte > 0x7e)) {
    // Python reads such a name as code page 437, others as UTF-8.
    const why = 'It is not marked as UTF-8, so tools read it differently.';
    throw archiveError('NAME_ENCODING', path, `the name ${shownName(name)} is ambiguous`, why);
  }
  const fault = unsafe(name);
  if (fault) throw archiveError('NAME_UNSAFE', path, `the name ${shownName(name)} ${fault}`);
  return name;
}

function unsafe(name: string): string | undefined {
  if (name === '' || name === '/') return 'is empty';
  if (/\p{Cc}/u.test(name)) return 'has a control character';
  if (name.startsWith('/')) return 'is absolute';
  if (name.includes('\\')) return 'has a backslash, which is a separator on Windows';
  if (/^[A-Za-z]:/.test(name)) return 'has a drive letter';
  const segments = (name.endsWith('/') ? name.slice(0, -1) : name).split('/');
  if (segments.includes('..')) return 'leads out of the archive';
  if (segments.includes('.') || segments.includes('')) return 'is not in its shortest form';
  return undefined;
}

/**
 * Refuses names that could stand for one file: the same text, equal after Unicode normalisation, a
 * file that is also a folder, and names in .dist-info that differ in case only (an installer on a
 * case-insensitive disk would read the other METADATA).
 * @throws VllmCpuError ARCHIVE_NAME_DUPLICATE
 */
export function refuseDuplicates(names: readonly string[], path: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const key = comparable(name);
    const other = seen.get(key);
    if (other !== undefined) {
      const what = `two entries for one file, ${shownName(other)} and ${shownName(name)}`;
      throw archiveError('NAME_DUPLICATE', path, what);
    }
    seen.set(key, name);
  }
  for (const folder of new Set(names.flatMap(foldersOf))) {
    if (seen.get(comparable(folder)) === folder) {
      throw archiveError('NAME_DUPLICATE', path, `${shownName(folder)} is a file and a folder`);
    }
  }
}

/** The folders that a file or folder lies in. */
function foldersOf(name: string): string[] {
  const folders: string[] = [];
  for (let slash = name.indexOf('/'); slash > 0; slash = name.indexOf('/', slash + 1)) {
    if (slash < name.length - 1) folders.push(name.slice(0, slash));
  }
  return folders;
}

function comparable(name: string): string {
  const normal = name.normalize('NFC').replace(/\/$/, '');
  return /^[^/]+\.(?:dist-info|data)(?:\/|$)/i.test(normal) ? normal.toLowerCase() : normal;
}
