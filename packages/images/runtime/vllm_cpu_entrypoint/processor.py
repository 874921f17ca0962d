"""Whether this CPU runs this image."""

import importlib
import importlib.util
import os
import sys
import types

from vllm_cpu_detect import detect_cpu, recommend
from vllm_cpu_detect.machine.files import read_cpuinfo
from vllm_cpu_detect.texts import list_of
from vllm_cpu_detect.texts import say as text_of

from .failure import CONFIG, USAGE, StartError


def look_at_cpu(environment):
    """The detector's `cpu`.

    VLLM_CPU_CPUINFO, the path of a copy of another machine's /proc/cpuinfo, is for tests.
    """
    recorded = environment.get("VLLM_CPU_CPUINFO")
    if recorded:
        return detect_cpu(cpuinfo_text=read_cpuinfo(recorded), cpuinfo_name=recorded)
    cpu = detect_cpu()
    asked = _ask_cpu()
    if asked is not None:
        known, present = asked
        has = [name for name in cpu["features"] if name not in known or name in present]
        cpu = dict(cpu, features=has, amx=cpu["amx"] if "amx_tile" in has else "absent")
    return cpu


def _ask_cpu():
    """(names that are asked for, those that are there), from the guard in the wheel, or None.

    An emulator shows the host's /proc/cpuinfo to its guest; only the CPU itself knows better. The
    guard is loaded without importing vllm, which would take seconds.
    """
    spec = importlib.util.find_spec("vllm")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = types.ModuleType("vllm_cpu_entrypoint_guard")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules[package.__name__] = package
    try:
        guard = importlib.import_module(package.__name__ + "._cpu_guard")
        if guard.table.PLATFORM != "linux-x86_64":
            return None
        words, _ = guard._ask_x86_64()
        return set(guard.table.FEATURES), guard.features_of(words)
    except (ImportError, AttributeError):
        return None


def require_variant(cpu, environment):
    """Returns the image's entry among the recommendation's candidates and the recommendation.

    Raises StartError WRONG_CPU (78) naming what is missing and the image to take.
    """
    variant = environment.get("VLLM_CPU_VARIANT", "")
    recommendation = recommend(cpu)
    candidates = {entry["variant"]: entry for entry in recommendation["candidates"]}
    own = candidates.get(variant)
    if own is None:
        raise StartError(
            "UNKNOWN_VARIANT",
            "VLLM_CPU_VARIANT is %s." % (variant or "not set"),
            "The image says with it what its vLLM was compiled for: %s." % ", ".join(candidates),
            "Leave it as the image sets it.",
            USAGE,
        )
    if own["verdict"] in ("recommended", "runs"):
        return own, recommendation
    raise _wrong_cpu(cpu, own, recommendation, environment)


def _wrong_cpu(cpu, own, recommendation, environment):
    tag = image_name(environment, own["variant"])
    name = cpu_name(cpu)
    if _is_emulated_arm(cpu):
        return StartError(
            "WRONG_CPU",
            "%s is an image for x86-64, and this is 64-bit ARM (%s)." % (tag, name),
            "An emulator would run it, slowly at best, and cannot run its AVX code.",
            "Take the image for ARM: docker run --platform linux/arm64 ... %s"
            % image_name(environment, "noavx512"),
            CONFIG,
        )
    if own["verdict"] == "not built":
        why = "That image does not exist for %s." % cpu["architecture"]
    else:
        why = "The CPU lacks %s, which its vLLM was compiled for." % list_of(own["missing"])
    notes = "".join(" " + text for text in recommendation["notes"])
    after = _advice(recommendation, cpu, environment)
    return StartError("WRONG_CPU", "%s cannot run on %s." % (tag, name), why + notes, after, CONFIG)


def cpu_name(cpu):
    return cpu["model"] or cpu["microarchitecture"] or "this CPU"


def _is_emulated_arm(cpu):
    return os.uname().machine == "x86_64" and "asimd" in cpu["features"]


def _advice(recommendation, cpu, environment):
    if recommendation["variant"] is not None:
        return "Use the image for this CPU: " + image_name(environment, recommendation["variant"])
    masked = text_of("doMasked") + " " if cpu["maskedFeatures"] else ""
    return "%s %s%s" % (recommendation["reason"], masked, text_of("doOtherMachine"))


def image_name(environment, variant):
    """As vllm-cpu-detect --format=docker spells it: the base variant's tag is the version alone."""
    name = environment.get("VLLM_CPU_IMAGE") or "vllm-cpu"
    version = environment.get("VLLM_CPU_RELEASE") or "latest"
    return "%s:%s" % (name, version if variant == "noavx512" else "%s-%s" % (variant, version))
