"""Quantised weights: which method a model states, and whether there is a kernel for it."""

from __future__ import annotations

import re

from .._table import KERNELS
from ..releases import is_before

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Dict, Optional

    from ..table_types import Kernel

# What names of models say. Four bits take about four and a half with their scales.
_NAMED = (
    (r"awq", "awq", 4),
    (r"gptq.*int8|gptq.*8bit", "gptq", 8),
    (r"gptq.*int3|gptq.*3bit", "gptq", 3),
    (r"gptq.*int2|gptq.*2bit", "gptq", 2),
    (r"gptq", "gptq", 4),
    (r"w8a8|quantized\.w8a8|int8", "compressed-tensors", 8),
    (r"w4a16|quantized\.w4a16", "compressed-tensors", 4),
    (r"nvfp4|mxfp4|fp4", "fp4", 4),
    (r"fp8", "fp8", 8),
    (r"bnb-4bit", "bitsandbytes", 4),
    (r"bnb-8bit", "bitsandbytes", 8),
    (r"gguf", "gguf", 4),
)


class Quantization:
    """A method as vLLM names it, and the bits of a weight where they are known."""

    def __init__(self, method: str, bits: Optional[int], symmetric: bool = True) -> None:
        self.method = method
        self.bits = bits
        self.symmetric = symmetric


def quantization_named(name: str) -> Optional[Quantization]:
    """The quantisation that the last part of a model's name states."""
    last = name.rstrip("/").rsplit("/", 1)[-1].lower()
    for pattern, method, bits in _NAMED:
        if re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z])", last):
            return Quantization(method, bits)
    return None


def quantization_of(config: Dict[str, object]) -> Optional[Quantization]:
    """The quantisation that a config.json states."""
    stated = config.get("quantization_config", config.get("compression_config"))
    if not isinstance(stated, dict):
        return None
    method = stated.get("quant_method")
    if not isinstance(method, str):
        return Quantization("unknown", None)
    bits = stated.get("bits", stated.get("w_bit"))
    if method == "compressed-tensors":
        bits = _compressed_bits(stated)
    if not isinstance(bits, int):
        bits = {"fp8": 8, "awq": 4, "mxfp4": 4}.get(method)
    if method == "bitsandbytes" and bits is None:
        bits = 4 if stated.get("load_in_4bit") else 8
    symmetric = stated.get("sym", True) is not False
    return Quantization("awq" if method == "awq_marlin" else method, bits, symmetric)


def _compressed_bits(stated: Dict[str, object]) -> Optional[int]:
    groups = stated.get("config_groups")
    for group in groups.values() if isinstance(groups, dict) else ():
        weights = group.get("weights") if isinstance(group, dict) else None
        bits = weights.get("num_bits") if isinstance(weights, dict) else None
        if isinstance(bits, int):
            return bits
    return None


def has_kernel(
    quantization: Quantization,
    platform: Optional[str],
    features: Collection[str],
    release: str,
) -> Optional[bool]:
    """Whether this CPU can compute these weights; None where the table does not say."""
    # The kernels for GPTQ know one form: four bits, symmetric.
    if quantization.method == "gptq" and (quantization.bits != 4 or not quantization.symmetric):
        return False
    rows = [
        row
        for row in KERNELS
        if row["method"] == quantization.method and row["bits"] == quantization.bits
    ]
    return any(_fits(row, platform, features, release) for row in rows) if rows else None


def _fits(row: Kernel, platform: Optional[str], features: Collection[str], release: str) -> bool:
    if row["platform"] != platform or (row["feature"] not in (None, *features)):
        return False
    until = row["until"]
    known = not is_before(release, row["since"])
    return known and (until is None or is_before(release, until))
