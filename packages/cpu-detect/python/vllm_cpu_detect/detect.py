"""Tells what CPU this is and what surrounds it."""

import os
import sys

from ._table import VARIANTS
from .cpuinfo import parse_cpuinfo
from .environment import read_environment, unknown_environment
from .errors import DetectError
from .files import Files
from .identity import identify, level_of
from .memory import read_cgroups, read_memory
from .topology import read_topology, topology_of


def detect_cpu(cpuinfo_text=None, cpuinfo_name="cpuinfo", root=None, amx=None, foreign=None):
    """Returns the `cpu` part of the report (report.schema.json) as a dict.

    cpuinfo_text: text of another machine's /proc/cpuinfo; nothing else is read then
    root: a copy of another machine's /proc and /sys
    amx: the kernel's answer, where it is known
    foreign: (system, machine, text) of a machine that does not run Linux

    Without arguments it is about this machine. Raises DetectError where a cpuinfo cannot be
    understood.
    """
    if cpuinfo_text is not None:
        return _from_cpuinfo(cpuinfo_text, cpuinfo_name, amx)
    if root is not None:
        return _from_root(root, None, amx)
    if foreign is not None:
        return _from_foreign(*foreign)
    if sys.platform == "darwin":
        from .foreign import read_sysctl

        return _from_foreign("macos", os.uname().machine, read_sysctl())
    if sys.platform == "win32":
        machine = os.environ.get("PROCESSOR_ARCHITECTURE", "")
        return _from_foreign("windows", machine, os.environ.get("PROCESSOR_IDENTIFIER", ""))
    return _from_root("/", os.uname().machine, amx)


_PLATFORMS = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}


def _from_cpuinfo(text, name, amx):
    cpuinfo = parse_cpuinfo(text, name)
    surroundings = {
        "topology": topology_of(cpuinfo),
        "memory": {"totalMib": None, "availableMib": None, "limitMib": None},
        "quotaMilliCpus": None,
        "environment": unknown_environment(cpuinfo.features),
    }
    return _assemble(cpuinfo, cpuinfo.architecture, amx, surroundings)


def _from_root(root, machine, amx):
    files = Files(root)
    text = files.text("/proc/cpuinfo")
    if text is None:
        raise DetectError(
            "CPUINFO_UNREADABLE",
            "%s cannot be read." % files.at("/proc/cpuinfo"),
            "On Linux the features of the CPU stand there.",
            "Mount /proc, or give a copy from the machine in question with --cpuinfo FILE.",
            66,
        )
    cpuinfo = parse_cpuinfo(text, files.at("/proc/cpuinfo"))
    # A 32-bit kernel on a 64-bit CPU cannot run the packages; uname knows, cpuinfo does not.
    architecture = cpuinfo.architecture if machine in (None, "arm64") else machine
    if amx is None and machine is not None and "amx_tile" in cpuinfo.features:
        from .amx import ask_kernel

        amx = ask_kernel()
    cgroups = read_cgroups(files)
    surroundings = {
        "topology": read_topology(files, cpuinfo),
        "memory": read_memory(files, cgroups),
        "quotaMilliCpus": cgroups["milliCpus"],
        "environment": read_environment(files, cpuinfo.features),
    }
    return _assemble(cpuinfo, architecture, amx, surroundings)


def _assemble(cpuinfo, architecture, amx, surroundings):
    identity, native = identify(cpuinfo)
    features = cpuinfo.features
    cpu = {
        "system": "linux",
        "architecture": architecture,
        "platform": _PLATFORMS.get(architecture),
    }
    cpu.update(identity)
    cpu["level"] = level_of(architecture, features)
    cpu["features"] = features
    cpu["partialFeatures"] = cpuinfo.partial_features
    cpu["maskedFeatures"] = _masked(features, native)
    cpu["amx"] = (amx or "not checked") if "amx_tile" in features else "absent"
    cpu.update(surroundings)
    return cpu


def _masked(features, native):
    """Only under a hypervisor: on bare metal the firmware switched them off, which it may."""
    if "hypervisor" not in features:
        return []
    for variant in VARIANTS:
        if variant["name"] == native:
            expected = variant["requires"].get("linux-x86_64", ())
            return sorted(feature for feature in expected if feature not in features)
    return []


def _from_foreign(system, machine, text):
    from .foreign import darwin_cpu, windows_cpu

    known = (darwin_cpu if system == "macos" else windows_cpu)(machine, text)
    architecture = known.pop("architecture")
    features = known.pop("features")
    memory = known.pop("memoryMib")
    cpu = {"system": system, "architecture": architecture, "platform": None}
    cpu.update(known)
    cpu.update(
        {
            "level": level_of(architecture, features),
            "features": features,
            "partialFeatures": [],
            "maskedFeatures": [],
            "amx": "not checked" if "amx_tile" in features else "absent",
            "topology": {
                "sockets": None,
                "physicalCores": 0,
                "logicalCpus": 0,
                "usableCpus": None,
                "nodes": [],
            },
            "memory": {"totalMib": memory, "availableMib": None, "limitMib": None},
            "quotaMilliCpus": None,
            "environment": unknown_environment([]),
        }
    )
    return cpu
