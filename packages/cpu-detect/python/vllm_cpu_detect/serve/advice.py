"""Works out settings and command of `vllm serve` for a CPU."""

from __future__ import annotations

from ..recommendation import usable_features
from ..releases import assumed
from ..texts import say
from .cache import cache_space
from .model import read_model
from .notes import notes_of
from .settings import settings_of
from .threads import place_ranks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from ..report_types import Advice, Binding, Cpu, DataType, Placement, Recommendation
    from .quantization import Quantization


def serve_advice(
    cpu: Cpu,
    recommendation: Recommendation,
    model: Optional[str] = None,
    weights_gib: Optional[int] = None,
    max_model_len: Optional[int] = None,
    bind: Optional[Binding] = None,
    image: Optional[str] = None,
    release: Optional[str] = None,
) -> Optional[Advice]:
    """The `serve` part of the report; None where no package runs here."""
    variant = recommendation["variant"]
    if variant is None:
        return None
    spoken_to = assumed(release)
    known = read_model(model, weights_gib)
    dtype = _dtype(cpu, known.quantization)
    placement = place_ranks(cpu, bind, known.report)
    kv_cache = cache_space(cpu, placement, known.report, dtype["value"], spoken_to)
    positions = known.report["maxPositions"]
    long = max_model_len is not None and positions is not None and max_model_len > positions
    settings = settings_of(cpu, placement, kv_cache, dtype["value"], long, spoken_to)
    return {
        "model": known.report,
        "dtype": dtype,
        "placement": placement,
        "kvCache": kv_cache,
        "environment": settings.environment,
        "leftOut": settings.left_out,
        "command": _command(known.report["name"], dtype["value"], placement, max_model_len),
        "container": {
            "image": image or _image(variant, release),
            "shmSize": "4g",
            "capAdd": ["SYS_NICE"],
            "securityOpt": ["seccomp=unconfined"],
            "localModel": known.path,
        },
        "notes": notes_of(cpu, placement, kv_cache, known, spoken_to),
    }


def _dtype(cpu: Cpu, quantization: Optional[Quantization]) -> DataType:
    """bfloat16 halves the memory traffic, which decides speed, where the CPU is good at it."""
    has = set(usable_features(cpu))
    for feature in ("amx_bf16", "avx512_bf16", "bf16"):
        if feature in has:
            return {"value": "bfloat16", "why": say("dtypeNative", feature=feature)}
    if has.issuperset(("avx512f", "avx512bw", "avx512dq", "avx512vl")):
        return {"value": "bfloat16", "why": say("dtypeEmulated")}
    if quantization is not None:
        return {"value": "bfloat16", "why": say("dtypeQuantised")}
    return {"value": "float32", "why": say("dtypeNoneArm" if "asimd" in has else "dtypeNone")}


def _command(
    model: str, dtype: str, placement: Placement, max_model_len: Optional[int]
) -> List[str]:
    command = ["vllm", "serve", model, f"--dtype={dtype}"]
    command.append(f"--tensor-parallel-size={placement['tensorParallelSize']}")
    if max_model_len is not None:
        command.append(f"--max-model-len={max_model_len}")
    return command


def _image(variant: str, release: Optional[str]) -> str:
    version = release or "latest"
    return "vllm-cpu:" + (version if variant == "noavx512" else f"{variant}-{version}")
