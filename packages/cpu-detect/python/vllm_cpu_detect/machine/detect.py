"""Tells what CPU this is and what surrounds it."""

from __future__ import annotations

import os
import sys

from .._table import VARIANTS
from ..errors import EX_NOINPUT, DetectError
from .cpuinfo import parse_cpuinfo
from .environment import read_environment, unknown_environment
from .files import Files
from .identity import Identity, identify, level_of
from .memory import read_limits, read_memory
from .topology import read_topology, topology_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Tuple

    from ..report_types import (
        AmxPermission,
        Cpu,
        Environment,
        Memory,
        Platform,
        PointerBits,
        System,
        Topology,
    )
    from .cpuinfo import Cpuinfo


class Process:
    """The process that looks: what uname and its pointers say, against what cpuinfo says.

    glibc: the version of its C library; None: another one, or not known
    """

    def __init__(self, machine: str, bits: PointerBits, glibc: Optional[str] = None) -> None:
        self.machine = machine
        self.bits = bits
        self.glibc = glibc


class _Surroundings:
    def __init__(
        self,
        topology: Topology,
        memory: Memory,
        milli_cpus: Optional[int],
        environment: Environment,
    ) -> None:
        self.topology = topology
        self.memory = memory
        self.milli_cpus = milli_cpus
        self.environment = environment


def detect_cpu(
    cpuinfo_text: Optional[str] = None,
    cpuinfo_name: str = "cpuinfo",
    root: Optional[str] = None,
    amx: Optional[AmxPermission] = None,
    foreign: Optional[Tuple[System, str, str]] = None,
    process: Optional[Process] = None,
) -> Cpu:
    """Returns the `cpu` part of the report (report.schema.json).

    cpuinfo_text: text of another machine's /proc/cpuinfo; nothing else is read then
    root: a copy of another machine's /proc and /sys
    amx: the kernel's answer, where it is known
    foreign: (system, machine, text) of a machine that does not run Linux
    process: with `root`, the process on that machine

    Without arguments it is about this machine. Raises DetectError where a cpuinfo cannot be
    understood.
    """
    if cpuinfo_text is not None:
        return _from_cpuinfo(cpuinfo_text, cpuinfo_name, amx)
    if root is not None:
        return look_into(Files(root), process, amx)
    if foreign is not None:
        return _from_foreign(*foreign)
    if sys.platform == "darwin":
        from .foreign import read_sysctl

        return _from_foreign("macos", os.uname().machine, read_sysctl())
    if sys.platform == "win32":
        machine = os.environ.get("PROCESSOR_ARCHITECTURE", "")
        return _from_foreign("windows", machine, os.environ.get("PROCESSOR_IDENTIFIER", ""))
    process = this_process()
    files = Files("/")
    if amx is None and "amx_tile" in (files.text("/proc/cpuinfo") or ""):
        from .amx import ask_kernel

        amx = ask_kernel()
    return look_into(files, process, amx)


def this_process() -> Process:
    """What the kernel tells this process, the size of its pointers, and its C library."""
    return Process(os.uname().machine, 64 if sys.maxsize > 2**32 else 32, _glibc_version())


def _glibc_version() -> Optional[str]:
    """`2.36`: confstr(3), which other C libraries do not answer."""
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return None
    return version if name == "glibc" else None


_PLATFORMS: Dict[str, Platform] = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}


def _from_cpuinfo(text: str, name: str, amx: Optional[AmxPermission]) -> Cpu:
    cpuinfo = parse_cpuinfo(text, name)
    surroundings = _Surroundings(
        topology_of(cpuinfo),
        {"totalMib": None, "availableMib": None, "limitMib": None, "hugePagesMib": None},
        None,
        unknown_environment(cpuinfo.features),
    )
    return _assemble(cpuinfo, None, amx, surroundings)


def look_into(
    files: Files, process: Optional[Process] = None, amx: Optional[AmxPermission] = None
) -> Cpu:
    """The `cpu` part of the report for a machine's files. Raises DetectError."""
    text = files.text("/proc/cpuinfo")
    if text is None:
        raise DetectError(
            "CPUINFO_UNREADABLE",
            f"{files.at('/proc/cpuinfo')} cannot be read.",
            "On Linux it lists the features of the CPU.",
            "Mount /proc, or give a copy from the machine in question with --cpuinfo FILE."
            if files.root == "/"
            else "Give --root the directory that has proc and sys in it, or a file to --cpuinfo.",
            EX_NOINPUT,
        )
    machine = None if process is None else process.machine
    cpuinfo = parse_cpuinfo(text, files.at("/proc/cpuinfo"), machine)
    limits = read_limits(files)
    surroundings = _Surroundings(
        read_topology(files, cpuinfo),
        read_memory(files, limits),
        limits.milli_cpus,
        read_environment(files, cpuinfo.features, process),
    )
    return _assemble(cpuinfo, process, amx, surroundings)


def _assemble(
    cpuinfo: Cpuinfo,
    process: Optional[Process],
    amx: Optional[AmxPermission],
    surroundings: _Surroundings,
) -> Cpu:
    identity = identify(cpuinfo)
    # A 32-bit kernel on a 64-bit CPU cannot run the packages; uname knows, cpuinfo does not.
    architecture = cpuinfo.architecture if process is None else _uname(process)
    cpu = _cpu("linux", architecture, identity, cpuinfo.features, surroundings)
    cpu["platform"] = _PLATFORMS.get(architecture)
    cpu["emulatedOn"] = _emulated_on(cpuinfo, architecture)
    cpu["processBits"] = None if process is None else process.bits
    cpu["partialFeatures"] = cpuinfo.partial_features
    cpu["maskedFeatures"] = _masked(cpuinfo.features, identity)
    if amx is not None and cpu["amx"] != "absent":
        cpu["amx"] = amx
    return cpu


def _cpu(
    system: System,
    architecture: str,
    identity: Identity,
    features: List[str],
    surroundings: _Surroundings,
) -> Cpu:
    """What every system tells; the fields that only Linux fills in are null or empty."""
    return {
        "system": system,
        "architecture": architecture,
        "platform": None,
        "emulatedOn": None,
        "processBits": None,
        "vendor": identity.vendor,
        "model": identity.model,
        "family": identity.family,
        "modelNumber": identity.number,
        "stepping": identity.stepping,
        "microarchitecture": identity.microarchitecture,
        "level": level_of(architecture, features),
        "features": features,
        "partialFeatures": [],
        "maskedFeatures": [],
        "amx": "not checked" if "amx_tile" in features else "absent",
        "topology": surroundings.topology,
        "memory": surroundings.memory,
        "quotaMilliCpus": surroundings.milli_cpus,
        "environment": surroundings.environment,
    }


# What one CPU can be at the same time; everything else is another CPU, behind an emulator.
_FAMILIES = {
    "x86_64": "x86",
    "i686": "x86",
    "i586": "x86",
    "i386": "x86",
    "aarch64": "arm",
    "armv8l": "arm",
    "armv7l": "arm",
    "armv6l": "arm",
}


def _emulated_on(cpuinfo: Cpuinfo, architecture: str) -> Optional[str]:
    """Architecture of the CPU where that of the process contradicts it."""
    first = cpuinfo.processors[0] if cpuinfo.processors else cpuinfo.general
    # What Rosetta says of itself in a Linux guest.
    if first.get("vendor_id") == "VirtualApple":
        return "aarch64"
    own = _FAMILIES.get(architecture)
    found = _FAMILIES.get(cpuinfo.architecture, cpuinfo.architecture)
    return cpuinfo.architecture if own is not None and own != found else None


def _uname(process: Process) -> str:
    return "aarch64" if process.machine == "arm64" else process.machine


def _masked(features: List[str], identity: Identity) -> List[str]:
    """Only under a hypervisor: on bare metal the firmware switched them off, which it may."""
    if "hypervisor" not in features:
        return []
    for variant in VARIANTS:
        if variant["name"] == identity.native:
            expected = variant["requires"].get("linux-x86_64", ())
            return sorted(feature for feature in expected if feature not in features)
    return []


def _from_foreign(system: System, machine: str, text: str) -> Cpu:
    from .foreign import darwin_cpu, windows_cpu

    known = (darwin_cpu if system == "macos" else windows_cpu)(machine, text)
    surroundings = _Surroundings(
        {
            "sockets": None,
            "physicalCores": 0,
            "logicalCpus": 0,
            "usableCpus": None,
            "coreKinds": [],
            "nodes": [],
        },
        {
            "totalMib": known.memory_mib,
            "availableMib": None,
            "limitMib": None,
            "hugePagesMib": None,
        },
        None,
        unknown_environment([]),
    )
    return _cpu(system, known.architecture, known.identity, known.features, surroundings)
