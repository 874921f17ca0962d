import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findProgram } from '@vllm-cpu/system/programs';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import type { Runner } from '@vllm-cpu/system/run';
import type { SystemPackage } from '../plan.ts';

/** The licence of a library that is distributed in a wheel. */
export interface LibraryLicence {
  package: SystemPackage | undefined;
  /** Each text with the file name that it gets. */
  texts: { name: string; content: Buffer }[];
}

interface Asking {
  runner: Runner;
  env: Readonly<Record<string, string>>;
}

/**
 * The licence text of the library at `path` (links followed): from the system package that owns it
 * (dpkg, rpm), else from files beside it, as in a package unpacked under a home directory.
 * @throws VllmCpuError LIBRARY_LICENCE_MISSING
 */
export async function licenceOf(path: string, asking: Asking): Promise<LibraryLicence> {
  const found =
    (await fromDebian(path, asking)) ?? (await fromRpm(path, asking)) ?? (await fromBeside(path));
  if (found) return found;
  throw new VllmCpuError({
    code: 'LIBRARY_LICENCE_MISSING',
    what: `no licence text found for ${path}`,
    why: 'The library is copied into the wheel, which requires its licence text.',
    next: `Install the library from the distribution's package, or put the text into ${join(dirname(path), 'LICENSE')}.`,
  });
}

async function fromDebian(path: string, asking: Asking): Promise<LibraryLicence | undefined> {
  const query = findProgram('dpkg-query', asking.env['PATH']);
  if (!query) return undefined;
  // The database may know the file without /usr, from before the two trees were merged.
  for (const known of new Set([path, path.replace(/^\/usr(?=\/lib)/, '')])) {
    const owner = await asking.runner.try({ argv: [query, '-S', known], env: asking.env });
    const name = /^([^\s:,]+)(?::\w+)?: /m.exec(owner.stdout)?.[1];
    if (owner.exitCode !== 0 || !name) continue;
    const copyright = join('/usr/share/doc', name, 'copyright');
    const texts = await readTexts([copyright]);
    if (texts.length === 0) return undefined;
    const argv = [query, '-W', '-f', '${Version}\n', name] as const;
    const { stdout } = await asking.runner.run({ argv, env: asking.env });
    const version = stdout.trim().split('\n')[0] ?? '';
    return { package: { name, version, kind: 'deb', vendor: await vendor() }, texts };
  }
  return undefined;
}

async function fromRpm(path: string, asking: Asking): Promise<LibraryLicence | undefined> {
  const rpm = findProgram('rpm', asking.env['PATH']);
  if (!rpm) return undefined;
  const format = '%{NAME} %{VERSION}-%{RELEASE}\n';
  const owner = await asking.runner.try({
    argv: [rpm, '-q', '--qf', format, '-f', path],
    env: asking.env,
  });
  const [name, version] = owner.stdout.trim().split(' ');
  if (owner.exitCode !== 0 || !name || !version) return undefined;
  const files = await asking.runner.try({ argv: [rpm, '-qL', name], env: asking.env });
  const texts = await readTexts(files.stdout.split('\n').filter((line) => line.startsWith('/')));
  if (texts.length === 0) return undefined;
  return { package: { name, version, kind: 'rpm', vendor: await vendor() }, texts };
}

async function vendor(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID="?([\w.-]+)"?$/m.exec(release)?.[1] ?? 'linux';
}

const LICENCE_FILE = /^(?:licen[cs]e|copying|copyright)(?:[-._].*)?$/i;

/** Looks beside the library, above it, and in share/doc and share/licenses of its prefix. */
async function fromBeside(path: string): Promise<LibraryLicence | undefined> {
  const stem = basename(path).replace(/\.so\b.*$/, '');
  let folder = dirname(path);
  for (let level = 0; level < 4 && dirname(folder) !== folder; level++) {
    const places = level < 2 ? [folder] : [];
    for (const shared of ['share/doc', 'share/licenses']) {
      const names = await readdir(join(folder, shared)).catch(() => []);
      const own = names.filter((name) => name.startsWith(stem) || `lib${name}`.startsWith(stem));
      places.push(...own.sort().map((name) => join(folder, shared, name)));
    }
    for (const place of places) {
      const names = (await readdir(place).catch(() => [])).filter((name) =>
        LICENCE_FILE.test(name),
      );
      const texts = await readTexts(names.sort().map((name) => join(place, name)));
      if (texts.length > 0) return { package: undefined, texts };
    }
    folder = dirname(folder);
  }
  return undefined;
}

const COMMON = /\/usr\/share\/common-licenses\/([A-Za-z]+(?:-\d+(?:\.\d+)?)?)/g;

/** Reads what exists; Debian's files refer to common licences by path, so those come along. */
async function readTexts(paths: readonly string[]): Promise<LibraryLicence['texts']> {
  const texts = new Map<string, Buffer>();
  for (const path of paths) {
    if (!(await isReadable(path))) continue;
    const content = await readFile(path);
    texts.set(basename(path), content);
    for (const [, name = ''] of content.toString('utf8').matchAll(COMMON)) {
      const common = join('/usr/share/common-licenses', name);
      if (await isReadable(common)) texts.set(name, await readFile(await realpath(common)));
    }
  }
  return [...texts].map(([name, content]) => ({ name, content }));
}

async function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
