"""Spreads tensor-parallel ranks over NUMA nodes and cores."""

from __future__ import annotations

from ..machine.core_kinds import FASTEST
from ..machine.files import format_cpu_list, parse_cpu_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence, Set, Tuple

    from ..report_types import Binding, Cpu, Model, Node, Placement, Rank, Topology

# Sizes that vLLM's shared-memory reduction is compiled for, and 1: csrc/cpu/shm.cpp
# (`switch (ctx->group_size)`), v0.12.0 to v0.33.0.
SIZES = (8, 4, 3, 2, 1)

# Sizes that divide the attention heads of nearly every model, where they are not known.
_USUAL_SIZES = (8, 4, 2, 1)

# Work is shared out evenly, so slow cores set the pace. They are left out unless all cores
# together are this many times as fast: generating text waits for memory more than for cores.
_WORTH_WAITING = 1.5


def place_ranks(cpu: Cpu, asked: Optional[Binding], model: Model) -> Placement:
    """One rank a NUMA node, on one processor per physical core: `serve.placement` of the report."""
    topology = cpu["topology"]
    usable = [node for node in topology["nodes"] if node["usable"]]
    cores = _core_count(topology)
    quota = cpu["quotaMilliCpus"]
    limited = quota is not None and quota < cores * 1000
    size = 1 if limited else _size_for(len(usable), model)
    slow = slow_cpus(topology)
    ranks = [_rank(node, slow) for node in usable[:size]]
    binding, why = _binding(topology, asked, bool(usable), limited)
    threads = _fewest_threads(ranks, cores)
    if limited and quota is not None:
        threads = min(max(1, quota // 1000), cores)
    return {
        "binding": binding,
        "why": why,
        "tensorParallelSize": max(1, len(ranks)),
        "ranks": [] if binding == "nobind" else ranks,
        "threads": threads,
        "reserved": max([0] + [len(parse_cpu_list(rank["reserved"])) for rank in ranks]),
        "usableNodes": len(usable),
    }


def _core_count(topology: Topology) -> int:
    """Physical cores of the processors that may be used, whatever memory is beside them."""
    return sum(len(parse_cpu_list(node["cores"])) for node in topology["nodes"])


def _size_for(nodes: int, model: Model) -> int:
    sizes = _USUAL_SIZES if model["attentionHeads"] is None else SIZES
    return next((size for size in sizes if size <= nodes and divides(size, model)), 1)


def divides(size: int, model: Model) -> bool:
    """Whether vLLM can share the model's heads out among `size` ranks.

    Key-value heads are shared out where there are enough of them, and repeated where not
    (vllm/model_executor/models/llama.py, v0.12.0).
    """
    heads = model["attentionHeads"]
    shared = model["keyValueHeads"]
    if heads is not None and heads % size != 0:
        return False
    return shared is None or (shared % size == 0 if shared >= size else size % shared == 0)


def _binding(
    topology: Topology, asked: Optional[Binding], has_nodes: bool, limited: bool
) -> Tuple[Binding, str]:
    if asked == "auto" or asked == "nobind":  # noqa: PLR1714 (narrows the type)
        return asked, "bindAsked"
    if topology["usableCpus"] is None:
        return "auto", "bindUnknown"
    if not has_nodes:
        return "nobind", "bindNoNode"
    if asked == "explicit":
        return asked, "bindAsked"
    return ("nobind", "bindQuota") if limited else ("explicit", "bindExplicit")


def slow_cpus(topology: Topology) -> Set[int]:
    """Processors of slower cores that are better left to other threads."""
    kinds = topology["coreKinds"]
    cores = {cpu for node in topology["nodes"] for cpu in parse_cpu_list(node["cores"])}
    best = 0.0
    kept: Set[int] = set()
    faster: Set[int] = set()
    # From the fastest kind on: what would all cores down to this kind compute together?
    for kind in sorted(kinds, key=lambda kind: -kind["speed"]):
        faster |= cores.intersection(parse_cpu_list(kind["cpus"]))
        together = len(faster) * kind["speed"] / FASTEST
        if together > best * (_WORTH_WAITING if best else 1):
            best = together
            kept = set(faster)
    return faster - kept


def first_node(nodes: Sequence[Node]) -> Optional[Node]:
    """The node of the processor with the lowest number among those that may be used."""
    with_cpus = [node for node in nodes if node["cpus"]]
    if not with_cpus:
        return None
    return min(with_cpus, key=lambda node: parse_cpu_list(node["cpus"])[0])


def _rank(node: Node, slow: Set[int]) -> Rank:
    """A core stays free where that costs little, as vLLM's own `auto` does: a slow one if any."""
    cores = parse_cpu_list(node["cores"])
    fast = [cpu for cpu in cores if cpu not in slow] or cores
    slower = [cpu for cpu in cores if cpu not in fast]
    bound = fast[:-1] if len(fast) >= 4 and not slower else fast
    return {
        "node": node["id"],
        "cpus": format_cpu_list(bound),
        "threads": len(bound),
        "reserved": format_cpu_list(fast[len(bound) :]),
        "slower": format_cpu_list(slower),
    }


def _fewest_threads(ranks: Sequence[Rank], cores: int) -> int:
    if not ranks:
        return max(1, cores)
    return min(rank["threads"] for rank in ranks)


def uneven(ranks: Sequence[Rank]) -> List[int]:
    """The ranks' numbers of threads where the largest waits for the smallest; none where even."""
    threads = [rank["threads"] for rank in ranks]
    return threads if threads and max(threads) > min(threads) * 4 // 3 else []
