/** PyTorch's own index of CPU builds; the public one has CUDA's. No mirror of a package index has it. */
export const TORCH_CPU_INDEX = 'https://download.pytorch.org/whl/cpu';
