"""Processors and where they sit: sockets, physical cores, NUMA nodes."""

import re

from .cpu_list import format_cpu_list, parse_cpu_list
from .files import trim, whole_number
from .memory import memory_total_mib

_CPU = "/sys/devices/system/cpu"
_NODE = "/sys/devices/system/node"


def read_topology(files, cpuinfo):
    """Reads sysfs below `files`, respecting the process's cpuset."""
    online = _online(files, cpuinfo)
    allowed = _allowed(files, "Cpus_allowed_list")
    usable = online if allowed is None else [cpu for cpu in online if cpu in allowed]
    core_of, packages = _read_cores(files, online, cpuinfo)
    return {
        "sockets": max(1, len(packages)),
        "physicalCores": len(set(core_of.values())),
        "logicalCpus": len(online),
        "usableCpus": format_cpu_list(usable),
        "nodes": _read_nodes(files, usable, core_of),
    }


def topology_of(cpuinfo):
    """What a cpuinfo alone says of the topology."""
    core_of, packages = _cores(cpuinfo)
    return {
        "sockets": len(packages) or None,
        "physicalCores": len(set(core_of.values())),
        "logicalCpus": len(cpuinfo.processors),
        "usableCpus": None,
        "nodes": [],
    }


def _online(files, cpuinfo):
    return parse_cpu_list(files.line(_CPU + "/online")) or list(_cores(cpuinfo)[0])


def _allowed(files, name):
    """A list of /proc/self/status; None where the file or the line is missing."""
    line = status_line(files, name)
    return None if line is None else set(parse_cpu_list(line))


def status_line(files, name):
    """One value of /proc/self/status."""
    for line in (files.text("/proc/self/status") or "").split("\n"):
        if line.startswith(name + ":"):
            return trim(line[len(name) + 1 :])
    return None


def _read_cores(files, online, cpuinfo):
    """Processor to the lowest processor of the same core, and the identifiers of packages."""
    core_of = {}
    packages = set()
    here = set(online)
    for cpu in online:
        if cpu in core_of:
            continue
        topology = "%s/cpu%d/topology" % (_CPU, cpu)
        siblings = files.line(topology + "/thread_siblings_list")
        if siblings is None:
            return _cores(cpuinfo, online)
        for sibling in [cpu] + parse_cpu_list(siblings):
            if sibling in here:
                core_of.setdefault(sibling, cpu)
        package = files.line(topology + "/physical_package_id")
        packages.add("0" if package is None else package)
    return core_of, packages


def _cores(cpuinfo, online=()):
    """Cores by `physical id` and `core id`; a processor without them is a core of its own."""
    core_of = {}
    packages = set()
    first = {}
    for fields in cpuinfo.processors:
        number = whole_number(fields.get("processor"))
        cpu = len(core_of) if number is None else number
        socket = fields.get("physical id")
        if socket is not None:
            packages.add(socket)
        own = socket is None or "core id" not in fields
        core = "cpu %d" % cpu if own else "%s %s" % (socket, fields["core id"])
        core_of[cpu] = first.setdefault(core, cpu)
    for cpu in online:
        core_of.setdefault(cpu, cpu)
    return core_of, packages


def _read_nodes(files, usable, core_of):
    ids = sorted(int(name[4:]) for name in files.names(_NODE) if re.match(r"node[0-9]+\Z", name))
    total = memory_total_mib(files, "/proc/meminfo")
    allowed = _allowed(files, "Mems_allowed_list")
    if not ids:
        return [_node(0, usable, core_of, total, True)]
    nodes = []
    for number in ids:
        folder = "%s/node%d" % (_NODE, number)
        cpus = set(parse_cpu_list(files.line(folder + "/cpulist")))
        own = [cpu for cpu in usable if cpu in cpus]
        # With one node the machine's total is the truth: hot-added memory may be missing here.
        memory = total if len(ids) == 1 else memory_total_mib(files, folder + "/meminfo")
        nodes.append(_node(number, own, core_of, memory, allowed is None or number in allowed))
    return nodes


def _node(number, cpus, core_of, memory, allowed):
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
        "usable": bool(allowed and cpus and memory != 0),
    }
