"""What is known of the model that is to be served."""

import os
import re

_WEIGHTS = re.compile(r"\.(safetensors|bin|pt|pth|gguf)\Z")


def read_model(name, weights_gib):
    """Looks at a model: the size that the user gave, a local directory, or only the name."""
    directory = name if name is not None and os.path.isdir(name) else None
    config = {} if directory is None else _read_config(directory)
    mib, source = _weights(name, directory, weights_gib)
    stored = config.get("torch_dtype")
    if stored is None:
        stored = config.get("dtype")
    quantised = "quantization_config" in config
    return {
        "name": "MODEL" if name is None else name,
        "weightsMib": mib,
        "weightsFrom": source,
        "storedType": stored if isinstance(stored, str) and not quantised else None,
        "attentionHeads": _integer(config.get("num_attention_heads")),
        "maxPositions": _integer(config.get("max_position_embeddings")),
    }


def _weights(name, directory, weights_gib):
    if weights_gib is not None:
        return weights_gib * 1024, "option"
    stored = 0 if directory is None else _stored_mib(directory)
    if stored > 0:
        return stored, "directory"
    named = _name_mib(name or "")
    return (None, "unknown") if named is None else (named, "name")


def _stored_mib(directory):
    names = [name for name in sorted(os.listdir(directory)) if _WEIGHTS.search(name)]
    # Repositories may hold the same weights twice; vLLM loads the safetensors then.
    safe = [name for name in names if name.endswith(".safetensors")]
    size = sum(os.path.getsize(os.path.join(directory, name)) for name in safe or names)
    return -(-size // 1048576)


def _name_mib(name):
    """`...-8B`, `...-0.5b`, `...-8x7B`: billions of parameters of two bytes each."""
    match = re.search(
        r"(?:^|[-_/])(?:([0-9]{1,3})x)?([0-9]{1,4})(?:\.([0-9]))?[bB](?![A-Za-z0-9])", name
    )
    if not match:
        return None
    tenths = int(match.group(2)) * 10 + int(match.group(3) or 0)
    millions = tenths * 100 * int(match.group(1) or 1)
    return -(-millions * 2000000 // 1048576)


def _read_config(directory):
    import json

    try:
        with open(os.path.join(directory, "config.json"), encoding="utf-8") as handle:
            parsed = json.load(handle)
    except (OSError, ValueError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _integer(value):
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and value > 0 else None
