# SPDX-License-Identifier: Apache-2.0
"""Which device this is, and which of the modules in the wheel is loaded.

TRAP: the CPU is detected by the *distribution's* version having "cpu" in it, or, from
0.27 on, by VLLM_TARGET_DEVICE at run time. Neither is so after a plain install under
another distribution name.
"""

import glob
import logging
import os
import platform
from importlib.metadata import PackageNotFoundError, version

import torch

logger = logging.getLogger(__name__)

# TRAP: the library is loaded and its kernels are there, and only then Python finds that
# the module does not export PyInit_<name>. So this text means success.
LOADED = "dynamic module does not define module export function"


class Platform:
    device_type = ""

    @classmethod
    def import_kernels(cls) -> None:
        raise RuntimeError("no platform was detected, so there are no kernels to load")


class UnspecifiedPlatform(Platform):
    pass


class CpuPlatform(Platform):
    device_type = "cpu"

    @classmethod
    def import_kernels(cls) -> None:
        """TRAP: two questions to the CPU choose among three modules. VNNI and AMX, which
        the highest one is compiled for, are not asked for. And a wheel with one of the
        modules does not find it on a higher CPU."""
        if platform.machine() not in ("x86_64", "AMD64"):
            import vllm._C  # noqa: F401
        elif not torch.cpu._is_avx512_supported():
            load("vllm._C_AVX2")
        elif not torch.cpu._is_avx512_bf16_supported():
            load("vllm._C_AVX512")
        else:
            load("vllm._C")

    @classmethod
    def supported_dtypes(cls) -> list[str]:
        """The first is the default for a model that says nothing."""
        if platform.machine() == "aarch64":
            bf16 = torch.cpu.get_capabilities().get("bf16", False)
        else:
            # As the releases up to 0.18 write it.
            bf16 = torch._C._cpu._is_avx512_bf16_supported()
        return ["bfloat16", "float32"] if bf16 else ["float32", "bfloat16"]

    @classmethod
    def preloads(cls) -> list[str]:
        """What a worker process is started with: the allocator, where the wheel has one."""
        libraries = os.path.join(os.path.dirname(os.path.dirname(__file__)), "libs")
        return sorted(glob.glob(os.path.join(libraries, "libtcmalloc*.so*")))


def load(name: str) -> None:
    try:
        __import__(name)
    except ImportError as error:
        # TRAP: a module that is missing or broken is a warning, and the first kernel fails.
        if LOADED not in str(error):
            logger.warning("%s was not loaded: %r", name, error)


def vllm_version_matches_substr(substr: str) -> bool:
    try:
        return substr in version("vllm")
    except PackageNotFoundError:
        logger.warning("No distribution is called vllm, so this device may not be recognised.")
        raise


def detect_platform() -> Platform:
    if os.getenv("VLLM_TARGET_DEVICE") == "cpu":
        return CpuPlatform()
    try:
        if vllm_version_matches_substr("cpu"):
            return CpuPlatform()
    except PackageNotFoundError as error:
        logger.debug("Not the CPU platform: %s", error)
    return UnspecifiedPlatform()


def __getattr__(name: str):
    if name == "current_platform":
        globals()[name] = detect_platform()
        return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
