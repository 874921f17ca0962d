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
    """A method as vLLM names it, the bits of a weight where known, and the form of the weights.

    Forms are those of data/kernels.json; None where the table has no row for it.
    """

    def __init__(self, method: str, bits: Optional[int], form: Optional[str] = None) -> None:
        self.method = method
        self.bits = bits
        self.form = form


def quantization_named(name: str) -> Optional[Quantization]:
    """The quantisation that the last part of a model's name states."""
    last = name.rstrip("/").rsplit("/", 1)[-1].lower()
    for pattern, method, bits in _NAMED:
        if re.search(rf"(?<![a-z0-9])(?:{pattern})(?![a-z])", last):
            return Quantization(method, bits, _named_form(method, bits))
    return None


def quantization_of(config: Dict[str, object]) -> Optional[Quantization]:
    """The quantisation that a config.json states."""
    stated = config.get("quantization_config", config.get("compression_config"))
    if not isinstance(stated, dict):
        return None
    method = stated.get("quant_method")
    if not isinstance(method, str):
        return Quantization("unknown", None)
    if method == "compressed-tensors":
        return _compressed(stated)
    bits = stated.get("bits", stated.get("w_bit"))
    if not isinstance(bits, int):
        bits = {"fp8": 8, "awq": 4, "mxfp4": 4}.get(method)
    if method == "bitsandbytes" and bits is None:
        bits = 4 if stated.get("load_in_4bit") else 8
    if method == "fp8":
        return Quantization(method, bits, "fp8-block" if stated.get("weight_block_size") else "fp8")
    symmetric = stated.get("sym", True) is not False
    form = _named_form(method, bits) if symmetric or method != "gptq" else "gptq"
    return Quantization("awq" if method == "awq_marlin" else method, bits, form)


def _named_form(method: str, bits: Optional[int]) -> Optional[str]:
    """The form by method and bits alone, which do not tell the scales of FP8."""
    if method in ("awq", "awq_marlin"):
        return "awq-int4" if bits == 4 else None
    if method == "gptq":
        return "gptq-int4" if bits == 4 else "gptq"
    return "int8-w8a8" if (method, bits) == ("compressed-tensors", 8) else None


def _compressed(stated: Dict[str, object]) -> Quantization:
    """Of compressed-tensors, whose groups say type, bits and scales of the weights."""
    groups = stated.get("config_groups")
    for group in groups.values() if isinstance(groups, dict) else ():
        weights = group.get("weights") if isinstance(group, dict) else None
        bits = weights.get("num_bits") if isinstance(weights, dict) else None
        if isinstance(weights, dict) and isinstance(bits, int):
            form = _compressed_form(group, weights) if bits == 8 else None
            return Quantization("compressed-tensors", bits, form)
    return Quantization("compressed-tensors", None)


def _compressed_form(group: Dict[str, object], weights: Dict[str, object]) -> Optional[str]:
    if weights.get("type") == "float":
        return "fp8-block" if weights.get("strategy") == "block" else "fp8"
    return "int8-w8a8" if group.get("input_activations") else None


def has_kernel(
    quantization: Quantization,
    platform: Optional[str],
    features: Collection[str],
    release: str,
) -> Optional[bool]:
    """Whether this CPU can compute these weights; None where the table does not say."""
    if quantization.form is None:
        return None
    rows = KERNELS[quantization.form]
    return any(_fits(row, platform, features, release) for row in rows)


def _fits(row: Kernel, platform: Optional[str], features: Collection[str], release: str) -> bool:
    if row["platform"] != platform or (row["feature"] not in (None, *features)):
        return False
    until = row["until"]
    known = not is_before(release, row["since"])
    return known and (until is None or is_before(release, until))
