# SPDX-License-Identifier: Apache-2.0
"""What vLLM's Python may believe of the CPU: the level whose kernels are loaded.

vLLM asks torch what the CPU can and calls the kernels for that. Loaded are the kernels of one
level, so each such question is asked here first: the level has it, and torch says so. Nothing
of torch is changed, and its own code goes on using all of the CPU.
"""

import logging
import os

from . import _cpu_guard
from . import _cpu_guard_table as table

LEVEL = frozenset(_cpu_guard.required())

AVX2 = "avx2" in LEVEL
AVX512F = "avx512f" in LEVEL
AVX512_VNNI = "avx512_vnni" in LEVEL
AVX512_BF16 = "avx512_bf16" in LEVEL
AMX_TILE = "amx_tile" in LEVEL
AMX_FP16 = "amx_fp16" in LEVEL
AMX_FP8 = "amx_fp8" in LEVEL

# The mapping that torch answers with has names of its own for some features.
_TORCH_NAMES = {
    "sse3": "pni",
    "fma3": "fma",
    "bmi": "bmi1",
    "lzcnt": "abm",
    "neon": "asimd",
    "fp16_arith": "asimdhp",
    "dot": "asimddp",
    "rdm": "asimdrdm",
    "sve_bf16": "svebf16",
}
_SAID = "_VLLM_CPU_LEVEL_SAID"


def capped(capabilities):
    """torch's mapping of CPU capabilities, without those that the level does not have."""
    return {
        name: value and _has(name) if isinstance(value, bool) else value
        for name, value in capabilities.items()
    }


def _has(name):
    name = _TORCH_NAMES.get(name, name)
    # torch writes avx512_f for /proc/cpuinfo's avx512f, but avx512_vnni as it is there.
    return name in LEVEL or name.replace("avx512_", "avx512") in LEVEL


def _say():
    """
    Which level was chosen, or what is faster here. Once for a process and those that it starts,
    which have its environment.
    """
    notice = None if _was_said() else _cpu_guard.notice()
    if notice is None:
        return
    try:
        # Up to 0.31 its import sets up the handlers, without which INFO is not shown.
        import vllm.logger as vllm_logger
    except ImportError:
        vllm_logger = None
    logger = logging.getLogger("vllm.cpu_level")

    def say():
        if not _was_said():
            os.environ[_SAID] = table.DISTRIBUTION
            logger.info(notice)

    configure = getattr(vllm_logger, "dictConfig", None)
    if configure is None or logger.isEnabledFor(logging.INFO):
        say()
        return

    def configure_and_say(config):
        configure(config)
        vllm_logger.dictConfig = configure
        say()

    # Later releases set them up when an engine is made.
    vllm_logger.dictConfig = configure_and_say


def _was_said():
    return os.environ.get(_SAID) == table.DISTRIBUTION


_say()
