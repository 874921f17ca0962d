import { isAllowedLibrary } from '@vllm-cpu/elf/manylinux-policy';
import { isTorchLibrary } from '@vllm-cpu/elf/torch-libraries';
import { VllmCpuError } from '@vllm-cpu/system/errors';

/** OpenMP comes from torch: a second runtime beside its own breaks the binding of threads. */
const OPENMP = /^lib(?:gomp|omp|iomp5)\b/;

/** Whether the wheel has to bring `soname` itself. @throws VllmCpuError LIBRARY_REFUSED */
export function mustVendor(soname: string, neededBy: string): boolean {
  if (isTorchLibrary(soname) || isAllowedLibrary(soname)) return false;
  const reason = OPENMP.test(soname)
    ? 'Beside torch’s libgomp it would be a second OpenMP runtime, which breaks thread binding.'
    : /^libpython/.test(soname)
      ? 'The interpreter brings it; a second copy in the process crashes.'
      : undefined;
  if (reason === undefined) return true;
  throw new VllmCpuError({
    code: 'LIBRARY_REFUSED',
    what: `${neededBy} needs ${soname}, which must not be copied into a wheel`,
    why: reason,
    next: 'Compile with g++ and its libgomp, and do not link against libpython.',
  });
}
