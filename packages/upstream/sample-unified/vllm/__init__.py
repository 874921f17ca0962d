# SPDX-License-Identifier: Apache-2.0
"""A miniature of vLLM. README.md of the source says what it is for."""

# Not upstream's: answers `import torch` where no torch is installed.
from . import torch_stand_in
from .version import __version__, __version_tuple__

torch_stand_in.install()

__all__ = ["__version__", "__version_tuple__"]
