"""Who made the CPU and what it is called."""

import re

from ._table import ARM_PARTS, VENDORS, X86_MODELS
from .files import trim, whole_number


def x86_model(vendor, family, model, stepping):
    """Finds a CPU by vendor string, family, model and stepping of CPUID leaves 0 and 1."""
    if family is None or model is None:
        return None
    for entry in X86_MODELS:
        if entry["vendor"] != vendor or entry["family"] != family:
            continue
        if not any(low <= model <= high for low, high in entry["models"]):
            continue
        steppings = entry["steppings"]
        if steppings is None or steppings[0] <= (stepping or 0) <= steppings[1]:
            return entry
    return None


def identify(cpuinfo):
    """Names the CPU of a parsed cpuinfo: (fields of the report, native variant or None)."""
    first = cpuinfo.processors[0] if cpuinfo.processors else cpuinfo.general
    if "cpu implementer" in first:
        return _identify_arm(cpuinfo, first), None
    vendor_id = first.get("vendor_id", "")
    family = whole_number(first.get("cpu family"))
    number = whole_number(first.get("model"))
    stepping = whole_number(first.get("stepping"))
    known = x86_model(vendor_id, family, number, stepping)
    name = first.get("model name", first.get("cpu", first.get("uarch")))
    identity = {
        "vendor": vendor_name(vendor_id),
        "model": model_name(name),
        "family": family,
        "modelNumber": number,
        "stepping": stepping,
        "microarchitecture": known["name"] if known else None,
    }
    return identity, known["variant"] if known else None


def _identify_arm(cpuinfo, first):
    names = []
    for fields in cpuinfo.processors:
        for entry in ARM_PARTS:
            same = entry["implementer"] == fields.get("cpu implementer")
            if same and entry["part"] == fields.get("cpu part") and entry["name"] not in names:
                names.append(entry["name"])
    return {
        "vendor": vendor_name(first.get("cpu implementer", "")),
        "model": model_name(cpuinfo.general.get("model", first.get("model name"))),
        "family": None,
        "modelNumber": None,
        "stepping": None,
        "microarchitecture": " + ".join(names) if names else None,
    }


def vendor_name(identifier):
    """The vendor's usual name; what the CPU says itself where it is not known."""
    trimmed = trim(identifier)
    return VENDORS.get(trimmed) or model_name(trimmed)


def model_name(text):
    """A model name as one clean line: printable ASCII, single spaces, at most 120 characters."""
    clean = re.sub(r" +", " ", re.sub(r"[^\x20-\x7e]", " ", text or "")).strip(" ")
    return clean[:120] if clean else None


_X86_LEVELS = (
    ("x86-64-v2", ("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3")),
    ("x86-64-v3", ("abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave")),
    ("x86-64-v4", ("avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl")),
)


def level_of(architecture, features):
    """The microarchitecture level of the x86-64 psABI; None for other architectures."""
    if architecture != "x86_64":
        return None
    level = "x86-64-v1"
    for name, needed in _X86_LEVELS:
        if not all(feature in features for feature in needed):
            break
        level = name
    return level
