"""Processors and where they sit: sockets, physical cores, NUMA nodes."""

from __future__ import annotations

from .core_kinds import read_core_kinds
from .files import format_cpu_list, parse_cpu_list, trim, whole_number
from .memory import memory_total_mib, node_total_mib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Optional, Set, Tuple

    from ..report_types import Node, Topology
    from .cpuinfo import Cpuinfo
    from .files import Files

    # Processor to the lowest processor of the same core, and the identifiers of packages.
    Cores = Tuple[Dict[int, int], Set[str]]

CPU_FOLDER = "/sys/devices/system/cpu"
_NODE = "/sys/devices/system/node"


def read_topology(files: Files, cpuinfo: Cpuinfo) -> Topology:
    """Reads sysfs below `files`, respecting the process's cpuset."""
    node_cpus = _read_node_cpus(files)
    online = _online(files, cpuinfo, node_cpus)
    allowed = _allowed(files, "Cpus_allowed_list")
    usable = online if allowed is None else _usable(files, online, allowed)
    core_of, packages = _read_cores(files, sorted({*online, *usable}), cpuinfo)
    return {
        "sockets": max(1, len(packages)),
        "physicalCores": len({core_of.get(cpu, cpu) for cpu in online}),
        "logicalCpus": len(online),
        "usableCpus": format_cpu_list(usable),
        "coreKinds": read_core_kinds(files, usable),
        "nodes": _read_nodes(files, usable, core_of, node_cpus),
    }


def topology_of(cpuinfo: Cpuinfo) -> Topology:
    """What a cpuinfo alone says of the topology."""
    core_of, packages = _cores(cpuinfo)
    return {
        "sockets": len(packages) or None,
        "physicalCores": len(set(core_of.values())),
        "logicalCpus": len(cpuinfo.processors),
        "usableCpus": None,
        "coreKinds": [],
        "nodes": [],
    }


def _read_node_cpus(files: Files) -> Dict[int, List[int]]:
    """The online processors of each NUMA node."""
    names = [name for name in files.names(_NODE) if name.startswith("node") and name[4:].isdigit()]
    numbers = sorted(int(name[4:]) for name in names)
    return {n: parse_cpu_list(files.line(f"{_NODE}/node{n}/cpulist")) for n in numbers}


def _online(files: Files, cpuinfo: Cpuinfo, node_cpus: Dict[int, List[int]]) -> List[int]:
    """lxcfs puts numbers of its own into the list of online processors, but not into the nodes."""
    listed = parse_cpu_list(files.line(f"{CPU_FOLDER}/online")) or list(_cores(cpuinfo)[0])
    of_nodes = {cpu for cpus in node_cpus.values() for cpu in cpus}
    return sorted(of_nodes.union(listed))


def _usable(files: Files, online: Iterable[int], allowed: Set[int]) -> List[int]:
    """The allowed processors that are online.

    The affinity is the kernel's word: where the list of online processors contradicts it
    altogether, that list is somebody else's. A processor that is offline has no topology.
    """
    usable = allowed.intersection(online)
    if not usable:
        usable = {cpu for cpu in allowed if files.exists(f"{CPU_FOLDER}/cpu{cpu}/topology")}
    return sorted(usable or allowed)


def _allowed(files: Files, name: str) -> Optional[Set[int]]:
    """A list of /proc/self/status; None where the file or the line is missing."""
    line = status_line(files, name)
    return None if line is None else set(parse_cpu_list(line))


def status_line(files: Files, name: str) -> Optional[str]:
    """One value of /proc/self/status."""
    for line in (files.text("/proc/self/status") or "").split("\n"):
        if line.startswith(f"{name}:"):
            return trim(line[len(name) + 1 :])
    return None


def _read_cores(files: Files, cpus: List[int], cpuinfo: Cpuinfo) -> Cores:
    core_of: Dict[int, int] = {}
    packages: Set[str] = set()
    here = set(cpus)
    for cpu in cpus:
        if cpu in core_of:
            continue
        topology = f"{CPU_FOLDER}/cpu{cpu}/topology"
        siblings = files.line(f"{topology}/thread_siblings_list")
        if siblings is None:
            return _cores(cpuinfo, cpus)
        for sibling in [cpu, *parse_cpu_list(siblings)]:
            if sibling in here:
                core_of.setdefault(sibling, cpu)
        packages.add(files.line(f"{topology}/physical_package_id") or "0")
    return core_of, packages


def _cores(cpuinfo: Cpuinfo, cpus: Iterable[int] = ()) -> Cores:
    """Cores by `physical id` and `core id`; a processor without them is a core of its own."""
    core_of: Dict[int, int] = {}
    packages: Set[str] = set()
    first: Dict[str, int] = {}
    for fields in cpuinfo.processors:
        number = whole_number(fields.get("processor"))
        cpu = len(core_of) if number is None else number
        socket = fields.get("physical id")
        if socket is not None:
            packages.add(socket)
        own = socket is None or "core id" not in fields
        core = f"cpu {cpu}" if own else f"{socket} {fields['core id']}"
        core_of[cpu] = first.setdefault(core, cpu)
    for cpu in cpus:
        core_of.setdefault(cpu, cpu)
    return core_of, packages


def _read_nodes(
    files: Files, usable: List[int], core_of: Dict[int, int], node_cpus: Dict[int, List[int]]
) -> List[Node]:
    total = memory_total_mib(files)
    allowed = _allowed(files, "Mems_allowed_list")
    if not node_cpus:
        return [_node(0, usable, core_of, total, True)]
    nodes = []
    for number, cpus in node_cpus.items():
        own = [cpu for cpu in usable if cpu in set(cpus)]
        # With one node the machine's total is the truth: hot-added memory may be missing here.
        single = len(node_cpus) == 1
        memory = total if single else node_total_mib(files, f"{_NODE}/node{number}")
        nodes.append(_node(number, own, core_of, memory, allowed is None or number in allowed))
    return nodes


def _node(
    number: int, cpus: List[int], core_of: Dict[int, int], memory: Optional[int], allowed: bool
) -> Node:
    seen = set()
    cores = []
    for cpu in cpus:
        core = core_of.get(cpu, cpu)
        if core not in seen:
            seen.add(core)
            cores.append(cpu)
    return {
        "id": number,
        "cpus": format_cpu_list(cpus),
        "cores": format_cpu_list(cores),
        "memoryMib": memory,
        "memoryAllowed": allowed,
        "usable": bool(allowed and cpus and memory != 0),
    }
