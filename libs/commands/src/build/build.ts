import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WHEEL_ROOM } from '@vllm-cpu/compile/plan';
import { packageWheel } from '@vllm-cpu/package/package-wheel';
import type { CompiledLevel, PackagePlan } from '@vllm-cpu/package/plan';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { replaceFolder } from '@vllm-cpu/system/replace-folder';
import { refuseFull, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { sha256File } from '@vllm-cpu/system/digest';
import type { Runner } from '@vllm-cpu/system/run';
import type { BuildManifest } from '@vllm-cpu/sources/build-manifest';
import { MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';
import { readCompiledWheel } from './compiled-wheel.ts';
import { refuseUnlike } from './unlike-compiles.ts';

export interface BuildRequest extends Omit<
  PackagePlan,
  'compiledWheel' | 'higherLevels' | 'builtWithTorch' | 'outDir'
> {
  /** What the compiles left: one, or that of each level of a sum, lowest first. */
  compiled: readonly CompileOutput[];
  /** dist/<project>/<release>/build, absolute. */
  output: string;
  key: string;
  releaseName: string;
  /** Short name of the variant whose compile it is, where it is another's. */
  twin: string | undefined;
}

/** Where the compile of one level is. */
export interface CompileOutput {
  /** Short name of the variant. */
  level: string;
  /** dist/<project>/<release>/compile, absolute. */
  folder: string;
}

/**
 * Makes the published wheel and its manifest in `output`, which stays as it was until both are complete.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE, DISK_FULL, COMPILE_MISSING, COMPILE_DAMAGED, COMPILES_DIFFER and
 * those of packageWheel
 */
export async function build(
  request: BuildRequest,
  runner: Runner,
  report: (line: string) => void,
): Promise<BuildManifest> {
  await refuseUnwritable(request.output);
  await refuseFull(request.output, WHEEL_ROOM);
  const [lowest, ...higher] = await readCompiles(request);
  if (!lowest) throw new Error('a build is made from one compile at least');
  const { compiledWheel, manifest: compile } = lowest;
  return replaceFolder(request.output, async (fresh) => {
    const wheel = await packageWheel(
      {
        ...request,
        compiledWheel,
        higherLevels: higher.map(({ level, compiledWheel: path }) => ({
          level,
          compiledWheel: path,
        })),
        outDir: fresh,
        ...(compile.builtAgainst.torch ? { builtWithTorch: compile.builtAgainst.torch } : {}),
      },
      { runner, report },
    );
    const manifest: BuildManifest = {
      schemaVersion: 1,
      key: request.key,
      variant: request.variant.name,
      distribution: wheel.distribution,
      release: request.releaseName,
      version: wheel.version,
      equivalentTo: request.twin ?? null,
      wheel: { file: wheel.fileName, tag: wheel.tag, sha256: wheel.sha256, size: wheel.size },
      vendored: wheel.vendored.map((library) => ({
        ...library,
        package: library.package ? `${library.package.name} ${library.package.version}` : null,
        licences: [...library.licences],
      })),
      compile,
      higherLevels: higher.map(({ manifest: each }) => each),
    };
    await writeAtomically(join(fresh, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  });
}

interface ReadCompile extends CompiledLevel {
  manifest: CompileManifest;
}

async function readCompiles({
  compiled,
  variant,
  releaseName,
}: BuildRequest): Promise<ReadCompile[]> {
  const target = `variant-${variant.name}:build-${releaseName}`;
  const compiles = compiled.map(({ level, folder }) => ({
    level,
    ...readCompiledWheel(folder, target),
  }));
  for (const { compiledWheel, manifest } of compiles) await refuseDamaged(compiledWheel, manifest);
  refuseUnlike(compiles.map(({ manifest }) => manifest));
  return compiles;
}

async function refuseDamaged(wheel: string, manifest: CompileManifest): Promise<void> {
  const found = existsSync(wheel) ? await sha256File(wheel) : 'no file';
  if (found === manifest.wheel.sha256) return;
  throw new VllmCpuError({
    code: 'COMPILE_DAMAGED',
    what: `${wheel} does not match its compile manifest`,
    why: `Expected SHA-256 ${manifest.wheel.sha256}, found ${found}.`,
    next: 'Delete the folder and run again: it is restored from the cache or compiled again.',
  });
}
