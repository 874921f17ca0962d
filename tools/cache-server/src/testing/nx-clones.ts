import { existsSync, mkdtempSync, readFileSync, realpathSync, symlinkSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunner } from '@vllm-cpu/system/run';

const REPOSITORY = join(import.meta.dirname, '../../../..');

/** Writes its output, and a line outside of every clone for each time that it really ran. */
const BUILD = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
mkdirSync('app/dist', { recursive: true });
writeFileSync('app/dist/out.txt', readFileSync('app/source.txt', 'utf8').toUpperCase());
appendFileSync(process.env.BUILD_LOG, 'ran\\n');
console.log('the compiler says hello');
`;

export interface Remote {
  url: string;
  token: string;
}

export interface NxRun {
  exitCode: number | null;
  output: string;
  /** The build ran here, rather than being replayed. */
  built: boolean;
  /** What the target left, or undefined. */
  result: string | undefined;
}

export interface NxClone {
  build(remote: Remote, more?: Record<string, string>): Promise<NxRun>;
  /** Changes the input, so that the next build has a key that nobody has stored. */
  edit(text: string): Promise<void>;
}

/** A small Nx workspace with one cached target, to be cloned to as many places as a test wants. */
export interface NxWorkspace {
  clone(): Promise<NxClone>;
  remove(): Promise<void>;
}

/** Real Nx of this repository in a temporary folder. Every clone has an empty cache of its own. */
export async function createNxWorkspace(): Promise<NxWorkspace> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nx-cache-server-')));
  const origin = join(folder, 'origin');
  await mkdir(join(origin, 'app'), { recursive: true });
  const write = (path: string, text: string): Promise<void> => writeFile(join(origin, path), text);
  await write('package.json', '{"name":"sample","private":true}');
  await write('nx.json', JSON.stringify({ analytics: false, plugins: [] }));
  await write('.gitignore', 'node_modules\n.nx\ndist\n');
  await write('build.mjs', BUILD);
  await write('app/source.txt', 'first\n'.repeat(200));
  const target = {
    executor: 'nx:run-commands',
    cache: true,
    inputs: ['{projectRoot}/source.txt'],
    outputs: ['{projectRoot}/dist'],
    options: { command: 'node build.mjs' },
  };
  await write('app/project.json', JSON.stringify({ name: 'app', targets: { build: target } }));
  let clones = 0;
  return {
    clone: async () => {
      clones += 1;
      const root = join(folder, `clone-${clones}`);
      await cp(origin, root, { recursive: true });
      symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
      return openClone(root, join(folder, `clone-${clones}.log`));
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function openClone(root: string, buildLog: string): NxClone {
  const runner = createRunner();
  const nx = join(REPOSITORY, 'node_modules/nx/dist/bin/nx.js');
  const timesBuilt = (): number =>
    existsSync(buildLog) ? readFileSync(buildLog, 'utf8').split('\n').length - 1 : 0;
  return {
    edit: (text) => writeFile(join(root, 'app/source.txt'), text),
    build: async (remote, more = {}) => {
      const before = timesBuilt();
      const output = join(root, 'app/dist');
      await rm(output, { recursive: true, force: true });
      const finished = await runner.try({
        argv: [process.execPath, nx, 'run', 'app:build'],
        cwd: root,
        env: { ...nxEnvironment(root, buildLog, remote), ...more },
        secrets: [remote.token],
        timeout: 60_000,
      });
      const file = join(output, 'out.txt');
      return {
        exitCode: finished.exitCode,
        output: `${finished.stdout}${finished.stderr}`,
        built: timesBuilt() > before,
        result: existsSync(file) ? readFileSync(file, 'utf8') : undefined,
      };
    },
  };
}

function nxEnvironment(root: string, buildLog: string, remote: Remote): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: root,
    BUILD_LOG: buildLog,
    NX_CACHE_DIRECTORY: join(root, '.nx/cache'),
    NX_WORKSPACE_DATA_DIRECTORY: join(root, '.nx/workspace-data'),
    NX_DAEMON: 'false',
    NX_ISOLATE_PLUGINS: 'false',
    NX_NO_CLOUD: 'true',
    NX_TUI: 'false',
    NX_SELF_HOSTED_REMOTE_CACHE_SERVER: remote.url,
    NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN: remote.token,
  };
}
