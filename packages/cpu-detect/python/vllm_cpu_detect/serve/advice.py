"""Works out settings and command of `vllm serve` for a CPU."""

from ..cpu_list import parse_cpu_list
from ..recommend import usable_features
from ..texts import count, say
from .cache import cache_space
from .model import read_model
from .settings import settings_of
from .threads import place_ranks


def serve_advice(
    cpu,
    recommendation,
    model=None,
    weights_gib=None,
    max_model_len=None,
    bind=None,
    image=None,
    release=None,
):
    """The `serve` part of the report; None where no package runs here."""
    if recommendation["variant"] is None:
        return None
    known = read_model(model, weights_gib)
    dtype = _dtype(cpu)
    placement = place_ranks(cpu, bind, known["attentionHeads"])
    kv_cache = cache_space(cpu, placement, known, dtype["value"])
    positions = known["maxPositions"]
    long = max_model_len is not None and positions is not None and max_model_len > positions
    environment, left_out = settings_of(
        cpu, placement, kv_cache, dtype["value"], long, release
    )
    return {
        "model": known,
        "dtype": dtype,
        "placement": placement,
        "kvCache": kv_cache,
        "environment": environment,
        "leftOut": left_out,
        "command": _command(known["name"], dtype["value"], placement, max_model_len),
        "container": {
            "image": image or _image(recommendation["variant"], release),
            "shmSize": "4g",
            "capAdd": ["SYS_NICE"],
            "securityOpt": ["seccomp=unconfined"],
        },
        "notes": _notes(cpu, placement, kv_cache, known),
    }


def _dtype(cpu):
    """bfloat16 halves the memory traffic, which decides speed; it pays where the CPU is good at it."""
    has = set(usable_features(cpu))
    for feature in ("amx_bf16", "avx512_bf16", "bf16"):
        if feature in has:
            return {"value": "bfloat16", "why": say("dtypeNative", feature=feature)}
    if has.issuperset(("avx512f", "avx512bw", "avx512dq", "avx512vl")):
        return {"value": "bfloat16", "why": say("dtypeEmulated")}
    return {"value": "float32", "why": say("dtypeNoneArm" if "asimd" in has else "dtypeNone")}


def _command(model, dtype, placement, max_model_len):
    command = ["vllm", "serve", model, "--dtype=" + dtype]
    command.append("--tensor-parallel-size=%d" % placement["tensorParallelSize"])
    if max_model_len is not None:
        command.append("--max-model-len=%d" % max_model_len)
    return command


def _image(variant, release):
    version = release or "latest"
    return "vllm-cpu:" + (version if variant == "noavx512" else "%s-%s" % (variant, version))


def _notes(cpu, placement, kv_cache, model):
    environment = cpu["environment"]
    topology = cpu["topology"]
    size = placement["tensorParallelSize"]
    nodes = placement["usableNodes"]
    notes = []
    if not kv_cache["fits"]:
        notes.append(say("kvDoesNotFit"))
    if placement["binding"] == "nobind" and nodes > 1 and size == 1:
        notes.append(say("noteOneRank"))
    elif size < nodes:
        heads = model["attentionHeads"] or 0
        key = "noteHeads" if heads > 0 and heads % nodes != 0 else "noteSizes"
        notes.append(say(key, size=size, nodes=nodes, left=nodes - size, heads=heads))
    idle = [str(node["id"]) for node in topology["nodes"] if not node["usable"] and node["cpus"]]
    if idle:
        notes.append(say("noteMemoryless", nodes=", ".join(idle)))
    contained = environment["container"] is not None
    if contained and environment["mayMigrateMemory"] is False:
        notes.append(say("noteCapability"))
    if contained and environment["seccomp"] is True:
        notes.append(say("noteSeccomp"))
    shared = environment["sharedMemoryMib"]
    if shared is not None and shared < 4096:
        notes.append(say("noteSharedMemory", mib=shared))
    available = cpu["memory"]["availableMib"]
    needed = (kv_cache["gib"] * 1024 + (kv_cache["weightsMib"] or 0)) * size
    if available is not None and available < needed:
        notes.append(say("noteAvailable", mib=available))
    if model["weightsFrom"] == "name":
        notes.append(say("noteEstimated"))
    cores = len(parse_cpu_list(topology["usableCpus"]))
    if topology["usableCpus"] is not None and cores < 4:
        notes.append(say("noteFewCores", cpus=count(cores, "processor")))
    return notes
