"""Spreads tensor-parallel ranks over NUMA nodes and cores."""

from ..cpu_list import format_cpu_list, parse_cpu_list

# Sizes that vLLM's shared-memory reduction is compiled for, and 1: csrc/cpu/shm.cpp
# (`switch (ctx->group_size)`), v0.12.0.
_SIZES = (8, 4, 3, 2, 1)


def place_ranks(cpu, asked, attention_heads):
    """One rank a NUMA node, on one processor per physical core: `serve.placement` of the report."""
    topology = cpu["topology"]
    usable = [node for node in topology["nodes"] if node["usable"]]
    cores = sum(len(parse_cpu_list(node["cores"])) for node in usable)
    quota = cpu["quotaMilliCpus"]
    limited = quota is not None and quota < cores * 1000
    size = 1 if limited else _size_for(len(usable), attention_heads)
    ranks = [_rank(node) for node in usable[:size]]
    binding, why = _binding(topology, asked, bool(usable), limited)
    return {
        "binding": binding,
        "why": why,
        "tensorParallelSize": max(1, len(ranks)),
        "ranks": [] if binding == "nobind" else ranks,
        "threads": max(1, quota // 1000) if limited else _fewest_threads(ranks, topology),
        "reserved": max([0] + [len(parse_cpu_list(rank["reserved"])) for rank in ranks]),
        "usableNodes": len(usable),
    }


def _size_for(nodes, attention_heads):
    for size in _SIZES:
        if size <= nodes and (attention_heads is None or attention_heads % size == 0):
            return size
    return 1


def _binding(topology, asked, has_nodes, limited):
    if asked in ("auto", "nobind"):
        return asked, "bindAsked"
    if topology["usableCpus"] is None:
        return "auto", "bindUnknown"
    if not has_nodes:
        return "nobind", "bindNoNode"
    if asked == "explicit":
        return asked, "bindAsked"
    return ("nobind", "bindQuota") if limited else ("explicit", "bindExplicit")


def _rank(node):
    """The last core stays free where that costs little, as vLLM's own `auto` does."""
    cores = parse_cpu_list(node["cores"])
    bound = cores[:-1] if len(cores) >= 4 else cores
    return {
        "node": node["id"],
        "cpus": format_cpu_list(bound),
        "threads": len(bound),
        "reserved": format_cpu_list(cores[len(bound) :]),
    }


def _fewest_threads(ranks, topology):
    if not ranks:
        return max(1, len(parse_cpu_list(topology["usableCpus"])) or topology["physicalCores"])
    return min(rank["threads"] for rank in ranks)
