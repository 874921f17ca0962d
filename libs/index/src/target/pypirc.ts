/** One index that a `.pypirc` describes; passwords stay in the file, where twine reads them. */
export interface PypircEntry {
  name: string;
  /** Upload URL; undefined where the file leaves twine's built-in one in place. */
  repository: string | undefined;
  /** The file names a user or a password (twine asks a keyring for the missing half). */
  hasCredentials: boolean;
}

/**
 * Reads the indexes of a `.pypirc`: the sections that `[distutils] index-servers` lists, as twine
 * reads them (configparser syntax: `key = value` or `key: value`, indented continuation lines).
 * https://packaging.python.org/en/latest/specifications/pypirc/
 */
export function parsePypirc(text: string): PypircEntry[] {
  const sections = parseSections(text);
  const servers = sections.get('distutils')?.get('index-servers') ?? 'pypi testpypi';
  const login = sections.get('server-login');
  return servers
    .split(/\s+/)
    .filter((name) => name !== '')
    .map((name) => {
      const keys = sections.get(name);
      return {
        name,
        repository: keys?.get('repository') || undefined,
        hasCredentials: [keys, login].some((from) =>
          Boolean(from?.get('username') ?? from?.get('password')),
        ),
      };
    });
}

function parseSections(text: string): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  let key: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    const pair = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (header !== undefined) {
      section = sections.get(header) ?? new Map<string, string>();
      sections.set(header, section);
      key = undefined;
    } else if (/^\s/.test(line) && section && key !== undefined) {
      section.set(key, `${section.get(key) ?? ''}\n${line.trim()}`.trim());
    } else if (pair?.[1] !== undefined && section) {
      key = pair[1].toLowerCase();
      section.set(key, pair[2] ?? '');
    }
  }
  return sections;
}
