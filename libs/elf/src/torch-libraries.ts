/**
 * Torch's own libraries, which `import torch` loads before vLLM's modules. PyPI's and PyTorch's builds
 * call them libtorch.so, a distribution's build may add a version: libtorch.so.2.6 on Debian.
 */
const TORCH = /^lib(?:torch(?:_\w+)?|c10(?:_\w+)?|shm)\.so(?:\.\d+)*$/;

/** The OpenMP runtime that torch brings; a second one beside it breaks the binding of threads. */
const OPENMP = /^libgomp\.so(?:\.\d+)*$/;

/** Whether an installed torch provides `soname`. */
export function isTorchLibrary(soname: string): boolean {
  return TORCH.test(soname) || OPENMP.test(soname);
}
