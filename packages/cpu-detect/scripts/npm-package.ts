import fs from 'node:fs';
import path from 'node:path';
import type { Runner } from '@vllm-cpu/system/run';

/** The package.json of the monorepo points at sources; the published one at what tsc made. */
function publishedManifest(manifest: Record<string, unknown>): Record<string, unknown> {
  return {
    ...manifest,
    bin: { 'vllm-cpu-detect': 'dist/bin.js' },
    main: './dist/index.js',
    types: './dist/index.d.ts',
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './report.schema.json': './report.schema.json',
      './package.json': './package.json',
    },
    files: ['dist', 'python', 'report.schema.json', 'CHANGELOG.md'],
  };
}

/**
 * Compiles the TypeScript package and packs it, with the Python files that it runs, into `folder`.
 * @returns path of the tarball
 */
export async function buildNpmPackage(
  root: string,
  folder: string,
  runner: Runner,
  env: Record<string, string>,
): Promise<string> {
  const stage = path.join(folder, 'npm');
  fs.mkdirSync(stage, { recursive: true });
  const tsc = path.resolve(root, '../../node_modules/typescript/bin/tsc');
  const config = path.join(root, 'tsconfig.build.json');
  const compiled = path.join(stage, 'dist');
  const argv = [process.execPath, tsc, '-p', config, '--outDir', compiled] as const;
  await runner.run({ argv: [...argv], env });
  for (const name of ['python/__main__.py', 'python/vllm_cpu_detect']) {
    const filter = (file: string) => path.basename(file) !== '__pycache__';
    fs.cpSync(path.join(root, name), path.join(stage, name), { recursive: true, filter });
  }
  const schema = 'python/vllm_cpu_detect/report.schema.json';
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE', schema]) {
    fs.copyFileSync(path.join(root, name), path.join(stage, path.basename(name)));
  }
  const text = fs.readFileSync(path.join(root, 'package.json'), 'utf8');
  const manifest = publishedManifest(JSON.parse(text) as Record<string, unknown>);
  fs.writeFileSync(path.join(stage, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  // npm packs with the modes of the files: the umask of this machine must not enter.
  for (const entry of fs.readdirSync(stage, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    fs.chmodSync(file, entry.isDirectory() || entry.name === 'bin.js' ? 0o755 : 0o644);
  }
  const pack = ['npm', 'pack', '--silent', '--pack-destination', folder] as const;
  await runner.run({ argv: [...pack], cwd: stage, env });
  fs.rmSync(stage, { recursive: true });
  return path.join(folder, `${String(manifest['name'])}-${String(manifest['version'])}.tgz`);
}
