"""Space for the KV cache of each rank, and how it is reckoned."""

from __future__ import annotations

from ..releases import is_before
from ..texts import gib, say
from .threads import first_node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from ..report_types import Cpu, KvCache, Model, Node, Placement

# vLLM's own default, where nothing is set (vllm/platforms/cpu.py, v0.12.0).
_DEFAULT_GIB = 4


def cache_space(cpu: Cpu, placement: Placement, model: Model, dtype: str, release: str) -> KvCache:
    """From the memory of a NUMA node, the weights and a fifth kept back."""
    ranks = placement["tensorParallelSize"]
    memory = _rank_memory(cpu, placement, release)
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


def _rank_memory(cpu: Cpu, placement: Placement, release: str) -> Optional[int]:
    """Memory that every rank can have.

    Its node's where it is bound; its share of the machine's memory, which lxcfs makes that of the
    container; and its share of the limit.
    """
    ranks = placement["tensorParallelSize"]
    used = {rank["node"] for rank in placement["ranks"]}
    nodes = [node for node in cpu["topology"]["nodes"] if node["memoryAllowed"]]
    bound = [node for node in nodes if node["id"] in used]
    sizes = _sizes(bound) if bound else _unbound(nodes, ranks, release)
    wholes = (cpu["memory"]["totalMib"], cpu["memory"]["limitMib"])
    sizes.extend(whole // ranks for whole in wholes if whole is not None)
    return min((size for size in sizes if size > 0), default=None)


def _unbound(nodes: List[Node], ranks: int, release: str) -> List[int]:
    """What one rank can have of the nodes that the process may use.

    From 0.20 on every rank binds its memory to one node, that of the first processor or else the
    first one, whatever its threads do (v1/worker/cpu_worker.py); before, none does.
    """
    known = [node for node in nodes if node["memoryMib"]]
    first = first_node(known) or (known[0] if known else None)
    if first is None:
        return []
    one = (first["memoryMib"] or 0) // ranks
    return [sum(_sizes(known)) // ranks if is_before(release, "0.20") else one]


def _sizes(nodes: List[Node]) -> List[int]:
    return [node["memoryMib"] for node in nodes if node["memoryMib"] is not None]


def _loaded_mib(model: Model, dtype: str) -> Optional[int]:
    """Size in memory: weights stored in another type than they are served in change theirs."""
    stored = model["weightsMib"]
    if stored is None or model["weightsFrom"] == "option" or model["quantization"] is not None:
        return stored
    half = model["storedType"] in ("bfloat16", "float16")
    if dtype == "float32" and (half or model["weightsFrom"] == "name"):
        return stored * 2
    if dtype == "bfloat16" and model["storedType"] == "float32":
        return -(-stored // 2)
    return stored
