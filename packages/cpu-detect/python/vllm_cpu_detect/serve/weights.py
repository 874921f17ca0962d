"""How large the weights of a model are. Sizes are in MiB."""

from __future__ import annotations

import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from .quantization import Quantization

# The kinds of files in the order in which vLLM looks for them; it loads the first that is there.
_KINDS = (".safetensors", ".bin", ".pt", ".pth", ".gguf")

# What training leaves behind (vllm/model_executor/model_loader/weight_utils.py, v0.12.0).
_NO_WEIGHTS = ("training_args.bin", "optimizer.bin", "optimizer.pt", "scheduler.pt", "scaler.pt")

_MIB = 1048576


def stored_mib(directory: str) -> Optional[int]:
    """The size of the one set of weights that vLLM would load from a directory."""
    names = [name for name in sorted(os.listdir(directory)) if name not in _NO_WEIGHTS]
    for kind in _KINDS:
        files = [name for name in names if name.endswith(kind)]
        if files:
            chosen = _indexed(directory, f"model{kind}.index.json", files) or _one_set(files)
            sizes = [os.path.getsize(os.path.join(directory, name)) for name in chosen]
            # Each file of several quantisations in GGUF is a whole model.
            size = max(sizes) if kind == ".gguf" else sum(sizes)
            return -(-size // _MIB) or None
    return None


def _one_set(files: List[str]) -> List[str]:
    """Without Mistral's own copy, `consolidated`, where there is another one."""
    others = [name for name in files if not name.startswith("consolidated")]
    return others or files


def _indexed(directory: str, index: str, files: List[str]) -> List[str]:
    """The files that an index names; vLLM leaves out all others."""
    import json

    try:
        with open(os.path.join(directory, index), encoding="utf-8") as handle:
            weight_map = json.load(handle)["weight_map"]
        named = set(weight_map.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [name for name in files if name in named]


_PARAMETERS = re.compile(
    r"(?:^|[-_/])(?:([0-9]{1,3})x)?([0-9]{1,4})(?:\.([0-9]))?[bB](?![A-Za-z0-9])"
)

# `17B-16E`: what one expert path computes, times experts that share most of the rest.
_ACTIVE_ONLY = re.compile(r"[0-9]+[bB]-[0-9]+[eE](?![A-Za-z0-9])")


def named_mib(name: str, quantization: Optional[Quantization]) -> Optional[int]:
    """`...-8B`, `...-0.5b`, `...-8x7B`: billions of parameters, of two bytes each unless quantised.

    None where the name tells nothing, or only how many parameters are active at a time.
    """
    match = _PARAMETERS.search(name)
    if not match or _ACTIVE_ONLY.search(name):
        return None
    tenths = int(match.group(2)) * 10 + int(match.group(3) or 0)
    millions = tenths * 100 * int(match.group(1) or 1)
    bits = 16 if quantization is None else quantization.bits
    if bits is None:
        return None
    # Eight bits and fewer carry scales: half a bit a weight.
    half_bits = bits * 2 + (1 if bits <= 8 else 0)
    return -(-millions * 1000000 * half_bits // (16 * _MIB))


def size_of_file(path: str) -> Optional[int]:
    """A single file that is a whole model."""
    return -(-os.path.getsize(path) // _MIB) or None
