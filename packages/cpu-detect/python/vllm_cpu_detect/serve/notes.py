"""What else has to be said about serving a model on a machine."""

from __future__ import annotations

from ..machine.files import parse_cpu_list
from ..recommendation import usable_features
from ..releases import is_before
from ..texts import count, gib, list_of, say
from .quantization import has_kernel
from .threads import SIZES, divides, first_node, slow_cpus, uneven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from ..report_types import Cpu, KvCache, Model, Placement
    from .model import KnownModel


def notes_of(
    cpu: Cpu,
    placement: Placement,
    kv_cache: KvCache,
    model: KnownModel,
    release: str,
) -> List[str]:
    """Sentences, the most important ones first."""
    return [
        *_about_kernels(cpu, model, release),
        *([] if kv_cache["fits"] else [say("kvDoesNotFit")]),
        *_about_ranks(cpu, placement, model.report),
        *_about_cores(cpu, placement),
        *_about_nodes(cpu, placement, release),
        *_about_container(cpu),
        *_about_limit(cpu, placement, kv_cache, model.report, release),
        *_about_memory(cpu, placement, kv_cache, model.report),
    ]


def _about_kernels(cpu: Cpu, model: KnownModel, release: str) -> List[str]:
    quantization = model.quantization
    if quantization is None:
        return []
    method = quantization.method
    if quantization.bits is not None:
        method = f"{method} ({quantization.bits} bits)"
    known = has_kernel(quantization, cpu["platform"], usable_features(cpu), release)
    if known is None:
        return [say("noteKernelUnknown", method=method)]
    return [] if known else [say("noteNoKernel", method=method)]


def _about_ranks(cpu: Cpu, placement: Placement, model: Model) -> List[str]:
    size = placement["tensorParallelSize"]
    nodes = placement["usableNodes"]
    if size >= nodes:
        return []
    if placement["binding"] == "nobind" and size == 1 and cpu["quotaMilliCpus"] is not None:
        return [say("noteOneRank")]
    left = nodes - size
    if model["attentionHeads"] is None and nodes == 3:
        return [say("noteHeadsUnknown", size=size, nodes=nodes)]
    heads = model["attentionHeads"] or 0
    key = "noteHeads" if nodes in SIZES and not divides(nodes, model) else "noteSizes"
    return [say(key, size=size, nodes=nodes, left=left, heads=heads)]


def _about_cores(cpu: Cpu, placement: Placement) -> List[str]:
    notes = []
    topology = cpu["topology"]
    threads = uneven(placement["ranks"])
    if threads:
        cores = list_of([str(number) for number in threads])
        notes.append(say("noteUneven", cores=cores, fewest=min(threads)))
    if topology["coreKinds"]:
        slow = slow_cpus(topology)
        left = [rank["slower"] for rank in placement["ranks"] if rank["slower"]]
        if left:
            notes.append(say("noteSlowerCores", cpus=list_of(left)))
        elif placement["ranks"] and not slow:
            notes.append(say("notePace"))
    cores_left = len(parse_cpu_list(topology["usableCpus"]))
    if topology["usableCpus"] is not None and cores_left < 4:
        notes.append(say("noteFewCores", cpus=count(cores_left, "processor")))
    return notes


# What the server's processes take beside weights and cache, measured with 0.33.0.
_SERVER_MIB = 2048


def _about_nodes(cpu: Cpu, placement: Placement, release: str) -> List[str]:
    notes = []
    nodes = cpu["topology"]["nodes"]
    first = first_node(nodes)
    # Unbound, a rank asks the node of its first processor (v1/worker/cpu_worker.py, 0.20 on).
    unbound = not placement["ranks"] and not is_before(release, "0.20")
    if unbound and first is not None and first["memoryMib"] == 0:
        notes.append(say("noteFirstNodeEmpty", node=first["id"]))
    empty = [str(node["id"]) for node in nodes if node["cpus"] and node["memoryMib"] == 0]
    if empty:
        notes.append(say("noteMemoryless", nodes=", ".join(empty)))
    others = [node for node in nodes if node["cpus"] and node["memoryMib"]]
    barred = [str(node["id"]) for node in others if not node["memoryAllowed"]]
    if barred:
        notes.append(say("noteMemoryBarred", nodes=", ".join(barred)))
    return notes


def _about_container(cpu: Cpu) -> List[str]:
    environment = cpu["environment"]
    notes = []
    contained = environment["container"] is not None
    if contained and environment["mayMigrateMemory"] is False:
        notes.append(say("noteCapability"))
    if contained and environment["seccomp"] is True:
        notes.append(say("noteSeccomp"))
    shared = environment["sharedMemoryMib"]
    if shared is not None and shared < 4096:
        notes.append(say("noteSharedMemory", mib=shared))
    return notes


def _about_limit(
    cpu: Cpu, placement: Placement, kv_cache: KvCache, model: Model, release: str
) -> List[str]:
    """A container's limit has to hold the weights twice: in memory, and as cached files.

    Once they are loaded, vLLM compares the KV cache with the limit less what the cgroup uses,
    cached files included, and ends where that is too little (vllm/utils/cpu_resource_utils.py and
    v1/worker/cpu_worker.py, read in 0.25.1 and 0.33.0).
    """
    limit = cpu["memory"]["limitMib"]
    stored = model["weightsMib"]
    contained = cpu["environment"]["container"] is not None
    if limit is None or stored is None or not contained or is_before(release, "0.24"):
        return []
    ranks = placement["tensorParallelSize"]
    room = limit - _SERVER_MIB - (kv_cache["weightsMib"] or 0) * ranks - stored
    if not kv_cache["fits"] or room >= kv_cache["gib"] * 1024 * ranks:
        return []
    space = max(0, room) // 1024 // ranks
    fits = say("noteLimitFits", gib=space) if space else ""
    return [say("noteLimit", weights=gib(stored), fits=fits)]


def _about_memory(cpu: Cpu, placement: Placement, kv_cache: KvCache, model: Model) -> List[str]:
    notes = []
    available = cpu["memory"]["availableMib"]
    ranks = placement["tensorParallelSize"]
    others = _SERVER_MIB + (kv_cache["weightsMib"] or 0) * ranks
    if available is not None and available < others + kv_cache["gib"] * 1024 * ranks:
        space = max(0, available - others) // 1024 // ranks
        fits = say("noteAvailableFits", gib=space) if space else ""
        notes.append(say("noteAvailable", mib=available, fits=fits))
    if model["weightsFrom"] == "name":
        bytes_each = (
            "two bytes per parameter"
            if model["quantization"] is None
            else (f"{model['quantizationBits']} bits per parameter and their scales")
        )
        notes.append(say("noteEstimated", each=bytes_each))
    return notes
