"""The report: what --json prints, and the readable answer."""

from __future__ import annotations

from ._table import OLDEST_GLIBC, RELEASES, VARIANTS, VERSION
from .recommendation import usable_features
from .releases import install_commands, release_note
from .texts import count, gib, labelled, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

    from .report_types import Cpu, Memory, Recommendation, Report
    from .texts import Paint


def report_of(cpu: Cpu, recommendation: Recommendation, release: Optional[str] = None) -> Report:
    """The report; `release` is the version to install, or None for the newest.

    Raises DetectError RELEASE_NOT_BUILT.
    """
    wanted = recommendation["package"] or recommendation["inside"]
    note = release_note(release)
    return {
        "schema": 1,
        "detector": VERSION,
        "releases": list(RELEASES),
        "cpu": cpu,
        "recommendation": recommendation,
        "install": None if wanted is None else install_commands(wanted, release, note),
    }


def render_json(report: Report) -> str:
    """The report as --json prints it, with a final newline."""
    import json

    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def render_report(report: Report, uv: bool, paint: Paint) -> str:
    """The CPU, the package, why, and how to install it."""
    recommendation = report["recommendation"]
    found = recommendation["package"] or say("noPackage")
    parts = [
        render_cpu(report["cpu"]),
        "\n",
        labelled("Package", [paint(found)]),
        labelled("Why", [recommendation["reason"]]),
    ]
    parts.extend(labelled("Note", [note]) for note in recommendation["notes"])
    install = report["install"]
    if install:
        label = "Inside" if recommendation["package"] is None else "Install"
        parts.extend(["\n", labelled(label, [paint(install["uv" if uv else "pip"])])])
        if install["note"]:
            parts.append(labelled("Note", [install["note"]]))
        releases = report["releases"]
        known = say("releases", newest=releases[-1], count=len(releases))
        parts.append(labelled("Releases", [known]))
    if recommendation["package"] is not None:
        parts.append(labelled("Run", ["vllm-cpu-detect --serve MODEL"]))
    else:
        parts.extend(
            ["\n", labelled("What to do", [say(_what_to_do(report), oldest=OLDEST_GLIBC)])]
        )
    return "".join(parts)


_WHAT_TO_DO = {
    "macos": "doInside",
    "windows": "doInside",
    "musl": "doGlibc",
    "bionic": "doGlibc",
    "old-glibc": "doNewerGlibc",
    "emulated": "doNative",
    "32-bit-process": "do64Bit",
    "unsupported-architecture": "doFromSource",
}


def _what_to_do(report: Report) -> str:
    code = report["recommendation"]["code"]
    if code in ("macos", "windows") and report["recommendation"]["inside"] is None:
        return "doOtherMachine"
    if code in _WHAT_TO_DO:
        return _WHAT_TO_DO[code]
    hypervisor = report["cpu"]["environment"]["hypervisor"]
    return "doOtherMachine" if hypervisor is None else "doMasked"


def render_cpu(cpu: Cpu) -> str:
    """What was detected, a line each."""
    name = cpu["model"] or cpu["vendor"] or say("unknownCpu")
    words = [word for word in (cpu["microarchitecture"], cpu["level"]) if word is not None]
    parts = [labelled("CPU", [name + (f" ({', '.join(words)})" if words else "")])]
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


def _shown_features(cpu: Cpu) -> List[str]:
    """The features that decide between packages; all others would only hide them."""
    arm = cpu["architecture"] == "aarch64"
    platform = "linux-aarch64" if arm else "linux-x86_64"
    has = set(usable_features(cpu))
    shown: List[str] = []
    for variant in VARIANTS:
        for feature in variant["requires"].get(platform, ()):
            if feature in has and feature not in shown:
                shown.append(feature)
    return shown


def _render_cores(cpu: Cpu) -> str:
    topology = cpu["topology"]
    if topology["logicalCpus"] == 0:
        return ""
    parts = [f"{topology['physicalCores']} physical", f"{topology['logicalCpus']} logical"]
    if topology["sockets"] is not None:
        parts.append(count(topology["sockets"], "socket"))
    if topology["nodes"]:
        parts.append(count(len(topology["nodes"]), "NUMA node"))
    if topology["usableCpus"] is not None:
        parts.append(f"usable CPUs: {topology['usableCpus'] or 'none'}")
    if topology["coreKinds"]:
        parts.append(f"{len(topology['coreKinds'])} kinds of cores")
    if cpu["quotaMilliCpus"] is not None:
        hundredths = cpu["quotaMilliCpus"] // 10
        parts.append(f"limited to {hundredths // 100}.{hundredths % 100:02d} CPUs")
    return ", ".join(parts)


def _render_memory(memory: Memory) -> str:
    if memory["totalMib"] is None:
        return ""
    parts = [gib(memory["totalMib"])]
    if memory["limitMib"] is not None:
        parts.append(f"limited to {gib(memory['limitMib'])}")
    if memory["hugePagesMib"]:
        parts.append(f"without {gib(memory['hugePagesMib'])} reserved for huge pages")
    return ", ".join(parts)


_SYSTEMS = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}


def _render_machine(cpu: Cpu) -> str:
    environment = cpu["environment"]
    hypervisor = environment["hypervisor"]
    parts = [f"{_SYSTEMS[cpu['system']]} on {cpu['architecture']}"]
    if cpu["emulatedOn"] is not None:
        parts.append(f"emulated on {cpu['emulatedOn']}")
    if environment["wsl"]:
        parts.append("WSL")
    elif hypervisor is not None:
        known = hypervisor != "unknown"
        parts.append(f"virtual machine ({hypervisor})" if known else "virtual machine")
    if environment["container"] is not None:
        parts.append(f"container ({environment['container']})")
    return ", ".join(parts)
