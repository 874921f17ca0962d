# SPDX-License-Identifier: Apache-2.0
"""Which device this is. `current_platform` is worked out when first asked for.

TRAP: the CPU is detected by the *distribution's* version having "cpu" in it. Under
any other distribution name there is no "vllm" to ask, and without "+cpu" the
answer is no; either way the platform is unspecified and nothing can be served.
"""

import logging
from importlib.metadata import PackageNotFoundError, version

logger = logging.getLogger(__name__)


class Platform:
    device_type = ""


class UnspecifiedPlatform(Platform):
    pass


class CpuPlatform(Platform):
    device_type = "cpu"


def vllm_version_matches_substr(substr: str) -> bool:
    try:
        return substr in version("vllm")
    except PackageNotFoundError:
        logger.warning("No distribution is called vllm, so this device may not be recognised.")
        raise


def detect_platform() -> Platform:
    """Upstream asks a list of plug-ins (tpu, cuda, rocm, xpu, cpu), and takes any
    exception for a no."""
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
