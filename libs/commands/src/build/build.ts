import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WHEEL_ROOM } from '@vllm-cpu/compile/plan';
import { packageWheel } from '@vllm-cpu/package/package-wheel';
import type { PackagePlan } from '@vllm-cpu/package/plan';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { writeAtomically } from '@vllm-cpu/system/files';
import { replaceFolder } from '@vllm-cpu/system/replace-folder';
import { refuseFull, refuseUnwritable } from '@vllm-cpu/system/writable-folder';
import { sha256File } from '@vllm-cpu/system/digest';
import { parseJson } from '@vllm-cpu/system/parse-json';
import type { Runner } from '@vllm-cpu/system/run';
import type { BuildManifest } from '@vllm-cpu/sources/build-manifest';
import { compileManifestSchema, MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';

export interface BuildRequest extends Omit<
  PackagePlan,
  'compiledWheel' | 'builtWithTorch' | 'outDir'
> {
  /** dist/<project>/<release>/compile, absolute. */
  compiled: string;
  /** dist/<project>/<release>/build, absolute. */
  output: string;
  key: string;
  releaseName: string;
  /** Short name of the variant whose compile it is, where it is another's. */
  twin: string | undefined;
}

/**
 * Makes the published wheel and its manifest in `output`, which stays as it was until both are complete.
 * @throws VllmCpuError FOLDER_NOT_WRITABLE, DISK_FULL, COMPILE_MISSING, COMPILE_DAMAGED and those of packageWheel
 */
export async function build(
  request: BuildRequest,
  runner: Runner,
  report: (line: string) => void,
): Promise<BuildManifest> {
  await refuseUnwritable(request.output);
  await refuseFull(request.output, WHEEL_ROOM);
  const compile = readCompileManifest(request.compiled);
  const compiledWheel = join(request.compiled, compile.wheel.file);
  await refuseDamaged(compiledWheel, compile);
  return replaceFolder(request.output, async (fresh) => {
    const wheel = await packageWheel(
      {
        ...request,
        compiledWheel,
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
    };
    await writeAtomically(join(fresh, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  });
}

function readCompileManifest(folder: string): CompileManifest {
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file)) {
    throw new VllmCpuError({
      code: 'COMPILE_MISSING',
      what: `no compiled wheel in ${folder}`,
      why: 'The target build packages the result of compile.',
      next: 'Run it through Nx, which compiles first: npx nx run <project>:build-<release>',
    });
  }
  return parseJson(readFileSync(file, 'utf8'), compileManifestSchema, file);
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
