"""The environment variables of the server, each with its reason."""

from __future__ import annotations

from ..machine.files import parse_cpu_list
from ..recommendation import usable_features
from ..releases import is_before
from ..texts import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

    from ..report_types import Cpu, KvCache, LeftOut, Placement, Setting, SettingScope


class Settings:
    """What is set and what is left out, in the order in which it is shown."""

    def __init__(self) -> None:
        self.environment: List[Setting] = []
        self.left_out: List[LeftOut] = []

    def set(self, name: str, value: object, why: str, scope: SettingScope = "everywhere") -> None:
        """`scope` is `process` for a file of this system, which containers do not have."""
        self.environment.append({"name": name, "value": str(value), "why": why, "scope": scope})

    def leave(self, name: str, why: str) -> None:
        self.left_out.append({"name": name, "why": why})


def settings_of(
    cpu: Cpu,
    placement: Placement,
    kv_cache: KvCache,
    dtype: str,
    long: bool,
    release: str,
) -> Settings:
    """The variables to set, in a fixed order, and those left out with the reason.

    `long`: the context that is asked for is longer than the model's own.
    """
    settings = Settings()
    settings.set("VLLM_CPU_KVCACHE_SPACE", kv_cache["gib"], kv_cache["arithmetic"])
    _binding(settings, cpu, placement, release)
    _sgl_kernel(settings, cpu, dtype, release)
    tcmalloc = cpu["environment"]["tcmalloc"]
    if tcmalloc is None:
        settings.leave("LD_PRELOAD", say("whyNotPreload"))
    else:
        settings.set("LD_PRELOAD", tcmalloc, say("whyPreload"), "process")
    settings.set("TORCHINDUCTOR_COMPILE_THREADS", 1, say("whyInductor"))
    if long:
        settings.set("VLLM_ALLOW_LONG_MAX_MODEL_LEN", 1, say("whyLong"))
    else:
        settings.leave("VLLM_ALLOW_LONG_MAX_MODEL_LEN", say("whyNotLong"))
    return settings


def _binding(settings: Settings, cpu: Cpu, placement: Placement, release: str) -> None:
    binding = placement["binding"]
    ranks = placement["ranks"]
    value = "|".join(rank["cpus"] for rank in ranks) if binding == "explicit" else binding
    spoken = _in_words_of(release, value, placement["tensorParallelSize"])
    settings.set("VLLM_CPU_OMP_THREADS_BIND", spoken, say(placement["why"]))
    if binding == "nobind":
        settings.leave("VLLM_CPU_NUM_OF_RESERVED_CPU", say("whyNotReserved"))
        settings.leave("CPU_VISIBLE_MEMORY_NODES", say("whyNotNodes"))
        settings.set("OMP_NUM_THREADS", placement["threads"], say("whyOmp"))
        settings.set("MKL_NUM_THREADS", placement["threads"], say("whyMkl"))
        return
    only = "" if binding == "auto" else " " + say("onlyAuto")
    _reserved(settings, placement, release, only)
    nodes = [rank["node"] for rank in ranks]
    usable = set(parse_cpu_list(cpu["topology"]["usableCpus"]))
    if not nodes:
        settings.leave("CPU_VISIBLE_MEMORY_NODES", say("whyNodesUnknown"))
    # Up to 0.19.1 vllm/platforms/cpu.py keeps a node only if a processor of that number is allowed.
    elif is_before(release, "0.20") and not usable.issuperset(nodes):
        settings.leave("CPU_VISIBLE_MEMORY_NODES", say("whyNodesBroken"))
    else:
        listed = ",".join(str(node) for node in nodes)
        settings.set("CPU_VISIBLE_MEMORY_NODES", listed, say("whyNodes") + only)
    settings.leave("OMP_NUM_THREADS", say("whyNotOmp"))
    settings.leave("MKL_NUM_THREADS", say("whyNotOmp"))


def _reserved(settings: Settings, placement: Placement, release: str, only: str) -> None:
    """Up to 0.19.1 of each rank; then of all ranks together, one for each at the least."""
    reserved = placement["reserved"]
    why = "whyReserved"
    if not is_before(release, "0.20"):
        ranks = placement["tensorParallelSize"]
        reserved = max(reserved, 1) * ranks
        why = "whyReservedInAll"
    settings.set("VLLM_CPU_NUM_OF_RESERVED_CPU", reserved, say(why) + only)


def _in_words_of(release: str, value: str, ranks: int) -> str:
    """Threads left alone, or placed by vLLM, in the words of the release.

    Up to 0.11.0 unbound is `all`, once for each rank, and `nobind` ends the server; so does `auto`
    up to 0.9.0 (read at the tags, in vllm/v1/worker/cpu_worker.py and vllm/worker/cpu_worker.py).
    """
    first = {"nobind": "0.11.1", "auto": "0.9.1"}.get(value)
    if first is None or not is_before(release, first):
        return value
    return "|".join(["all"] * ranks)


def _sgl_kernel(settings: Settings, cpu: Cpu, dtype: str, release: str) -> None:
    """From 0.28 on vLLM chooses these kernels by itself, and warns of the variable."""
    if not is_before(release, "0.28"):
        return
    amx = {"amx_tile", "amx_int8", "amx_bf16"}.issubset(usable_features(cpu))
    if amx and dtype == "bfloat16":
        settings.set("VLLM_CPU_SGL_KERNEL", 1, say("whySgl"))
    else:
        settings.leave("VLLM_CPU_SGL_KERNEL", say("whyNotSgl"))
