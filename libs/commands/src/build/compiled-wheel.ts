import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileManifestSchema, MANIFEST_FILE } from '@vllm-cpu/sources/compile-manifest';
import type { CompileManifest } from '@vllm-cpu/sources/compile-manifest';
import { VllmCpuError } from '@vllm-cpu/system/errors';
import { parseJson } from '@vllm-cpu/system/parse-json';

/**
 * What a compile left in `folder`: the path of upstream's wheel, and its manifest. `target` compiles first.
 * @throws VllmCpuError COMPILE_MISSING
 */
export function readCompiledWheel(
  folder: string,
  target: string,
): { compiledWheel: string; manifest: CompileManifest } {
  const file = join(folder, MANIFEST_FILE);
  if (!existsSync(file)) {
    throw new VllmCpuError({
      code: 'COMPILE_MISSING',
      what: `no compiled wheel in ${folder}`,
      next: `Run it through Nx, which compiles first: npx nx run ${target}`,
    });
  }
  const manifest = parseJson(readFileSync(file, 'utf8'), compileManifestSchema, file);
  return { compiledWheel: join(folder, manifest.wheel.file), manifest };
}
