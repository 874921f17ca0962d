# SPDX-License-Identifier: Apache-2.0
"""A miniature of vLLM. README.md of the source says what it is for."""

# The kernels are not imported here: as in upstream, `import vllm` works on a CPU
# that vllm._C would crash on.
from .version import __version__, __version_tuple__

__all__ = ["__version__", "__version_tuple__"]
