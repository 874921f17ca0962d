# SPDX-License-Identifier: Apache-2.0
"""The version that setup.py wrote, or "dev" in a source tree never built.

TRAP: _version.py is written before "+cpu" is appended, so `vllm.__version__` has
no suffix, while importlib.metadata.version("vllm") has one.
"""

try:
    from ._version import __version__, __version_tuple__
except ImportError:
    __version__ = "dev"
    __version_tuple__ = (0, 0, __version__)
