"""What is known of the model that is to be served."""

from __future__ import annotations

import os

from .quantization import Quantization, quantization_named, quantization_of
from .weights import named_mib, size_of_file, stored_mib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Optional, Tuple

    from ..report_types import Model, WeightsSource

    Config = Dict[str, object]

# Where multimodal models keep what the language model is (transformers' get_text_config, and
# vllm/transformers_utils/config.py, v0.12.0).
_NESTED = ("text_config", "llm_config", "language_config", "thinker_config")


class KnownModel:
    """The report's part, the quantisation in full, and where a local model is."""

    def __init__(
        self, report: Model, quantization: Optional[Quantization], path: Optional[str]
    ) -> None:
        self.report = report
        self.quantization = quantization
        self.path = path


def read_model(name: Optional[str], weights_gib: Optional[int]) -> KnownModel:
    """Looks at a model: a local directory or file, or only its name, and the size that is given."""
    directory = name if name is not None and os.path.isdir(name) else None
    config = {} if directory is None else _read_config(directory)
    text = _text_config(config)
    quantization = quantization_of(config) or quantization_of(text)
    if quantization is None and not config:
        quantization = quantization_named(name or "")
    mib, source = _weights(name, directory, weights_gib, quantization)
    stored = next((c[k] for c in (config, text) for k in ("dtype", "torch_dtype") if k in c), None)
    heads = _integer(text.get("num_attention_heads"))
    report: Model = {
        "name": "MODEL" if name is None else name,
        "weightsMib": mib,
        "weightsFrom": source,
        "storedType": stored if isinstance(stored, str) and quantization is None else None,
        "quantization": None if quantization is None else quantization.method,
        "quantizationBits": None if quantization is None else quantization.bits,
        "attentionHeads": heads,
        "keyValueHeads": _integer(text.get("num_key_value_heads")),
        "maxPositions": _integer(text.get("max_position_embeddings")),
    }
    local = name is not None and os.path.exists(name)
    return KnownModel(report, quantization, os.path.abspath(name) if name and local else None)


def _weights(
    name: Optional[str],
    directory: Optional[str],
    weights_gib: Optional[int],
    quantization: Optional[Quantization],
) -> Tuple[Optional[int], WeightsSource]:
    if weights_gib is not None:
        return weights_gib * 1024, "option"
    stored = None
    if directory is not None:
        stored = stored_mib(directory)
    elif name is not None and os.path.isfile(name):
        stored = size_of_file(name)
    if stored is not None:
        return stored, "directory"
    named = named_mib(name or "", quantization)
    return (None, "unknown") if named is None else (named, "name")


def _read_config(directory: str) -> Config:
    import json

    try:
        with open(os.path.join(directory, "config.json"), encoding="utf-8") as handle:
            parsed = json.load(handle)
    except (OSError, ValueError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _text_config(config: Config) -> Config:
    """The language model's part of a config: nested where there is more than one part."""
    for name in _NESTED:
        nested = config.get(name)
        if isinstance(nested, dict):
            # What the part leaves out counts as at the top.
            return _text_config({**config, name: None, **nested})
    return config


def _integer(value: object) -> Optional[int]:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if isinstance(value, int) and whole and value > 0 else None
