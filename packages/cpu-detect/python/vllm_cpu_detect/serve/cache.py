"""Space for the KV cache of each rank, and how it is reckoned."""

from ..texts import gib, say

# vLLM's own default, where nothing is set (vllm/platforms/cpu.py, v0.12.0).
_DEFAULT_GIB = 4


def cache_space(cpu, placement, model, dtype):
    """From the memory of a NUMA node, the weights and a fifth kept back."""
    ranks = placement["tensorParallelSize"]
    memory = _rank_memory(cpu, placement)
    if memory is None:
        return {
            "gib": _DEFAULT_GIB,
            "rankMemoryMib": None,
            "reserveMib": None,
            "weightsMib": None,
            "fits": True,
            "arithmetic": say("kvUnknown", gib=_DEFAULT_GIB),
        }
    reserve = max(2048, memory // 5)
    loaded = _loaded_mib(model, dtype)
    free = max(0, memory - reserve)
    weights = free // 2 if loaded is None else -(-loaded // ranks)
    space = (free - weights) // 1024
    arithmetic = say(
        "kvHalf" if loaded is None else "kvWeights",
        memory=gib(memory),
        reserve=gib(reserve),
        weights=gib(weights),
        of=say("kvShare", total=gib(loaded or 0), ranks=ranks) if ranks > 1 else "",
        space=max(1, space),
    )
    return {
        "gib": max(1, space),
        "rankMemoryMib": memory,
        "reserveMib": reserve,
        "weightsMib": weights,
        "fits": space >= 1,
        "arithmetic": arithmetic,
    }


def _rank_memory(cpu, placement):
    """Memory that every rank can have: its node's where it is bound, its share of the limit."""
    used = {rank["node"] for rank in placement["ranks"]}
    ranks = placement["tensorParallelSize"]
    nodes = [node for node in cpu["topology"]["nodes"] if node["id"] in used]
    sizes = [node["memoryMib"] for node in nodes if node["memoryMib"] is not None]
    total = cpu["memory"]["totalMib"]
    limit = cpu["memory"]["limitMib"]
    own = min(sizes) if sizes else None if total is None else total // ranks
    share = None if limit is None else limit // ranks
    if own is None or share is None:
        return share if own is None else own
    return min(own, share)


def _loaded_mib(model, dtype):
    """Size in memory: weights stored in another type than they are served in change theirs."""
    stored = model["weightsMib"]
    if stored is None or model["weightsFrom"] == "option":
        return stored
    half = model["storedType"] in ("bfloat16", "float16")
    if dtype == "float32" and (half or model["weightsFrom"] == "name"):
        return stored * 2
    if dtype == "bfloat16" and model["storedType"] == "float32":
        return -(-stored // 2)
    return stored
