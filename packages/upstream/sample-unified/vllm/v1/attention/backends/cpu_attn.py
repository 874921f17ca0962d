# SPDX-License-Identifier: Apache-2.0
"""Attention, by the kernel that suits this CPU.

TRAP: which code runs is decided here, by the CPU, and not by the module that was loaded.
A module without that code refuses at the first attention: a wheel of a lower level does
not work on a higher CPU.
"""

import platform
from array import array
from collections.abc import Iterable

import torch

from vllm import operators


def isa() -> str:
    if platform.machine() in ("x86_64", "AMD64") and torch.cpu._is_amx_tile_supported():
        return "amx"
    return "vec"


def attention(
    q: Iterable[int], k: Iterable[int], v: Iterable[float], tokens: int, d: int
) -> list[float]:
    """Causal, one head: q and k are [tokens][d] in bfloat16, v and the result in float32."""
    given = (array("H", q), array("H", k), array("f", v))
    out = operators._C.attention(*[values.tobytes() for values in given], tokens, d, isa())
    return array("f", out).tolist()
