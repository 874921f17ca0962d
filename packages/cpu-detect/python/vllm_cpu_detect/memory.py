"""Memory of the machine, of its NUMA nodes, and what cgroups allow of it. Sizes are in MiB."""

import re

from .files import whole_number


def memory_total_mib(files, file):
    """MemTotal of a meminfo file, the machine's or a NUMA node's."""
    return _meminfo_mib(files, file, "MemTotal")


def _meminfo_mib(files, file, name):
    pattern = r"(?:^|\n)(?:Node [0-9]+ )?%s: *([0-9]{1,15}) kB" % name
    match = re.search(pattern, files.text(file) or "")
    return int(match.group(1)) // 1024 if match else None


def read_memory(files, cgroups):
    """The machine's memory and the limit that `cgroups` set below it."""
    total = memory_total_mib(files, "/proc/meminfo")
    limit = cgroups["memoryMib"]
    limited = limit is not None and (total is None or limit < total)
    return {
        "totalMib": total,
        "availableMib": _meminfo_mib(files, "/proc/meminfo", "MemAvailable"),
        "limitMib": limit if limited else None,
    }


def read_cgroups(files):
    """The strictest memory and CPU limit of this process's cgroup and of all its ancestors.

    cgroup v1 and v2 (cgroups(7)); a container sees its own cgroup as the mount's root. CPU time
    is in thousandths of a processor. None: no limit.
    """
    mounts = read_mounts(files)
    memory = []
    cpus = []
    for line in (files.text("/proc/self/cgroup") or "").split("\n"):
        match = re.match(r"[0-9]+:([^:]*):(.*)\Z", line)
        if not match:
            continue
        for directory in _directories(mounts, match.group(1).split(","), match.group(2)):
            memory.append(files.number(directory + "/memory.max"))
            memory.append(files.number(directory + "/memory.limit_in_bytes"))
            cpus.append(_quota((files.line(directory + "/cpu.max") or "").split(" ")))
            period = files.line(directory + "/cpu.cfs_period_us") or ""
            cpus.append(_quota([files.line(directory + "/cpu.cfs_quota_us") or "", period]))
    limit = _lowest(memory)
    return {
        "memoryMib": None if limit is None else limit // 1048576,
        "milliCpus": _lowest(cpus),
    }


def _quota(parts):
    """Quota and period in microseconds as thousandths of a CPU; None for `max`, -1, nonsense."""
    quota = whole_number(parts[0])
    period = whole_number(parts[1]) if len(parts) > 1 else None
    if quota is None or period is None or quota <= 0 or period <= 0:
        return None
    return quota * 1000 // period


def _lowest(numbers):
    return min((number for number in numbers if number is not None and number > 0), default=None)


def _directories(mounts, controllers, own):
    """The directories of one line of /proc/self/cgroup, from its own up to the mount point."""
    unified = controllers == [""]
    for mount in mounts:
        if unified and mount["type"] == "cgroup2":
            break
        named = any(controller in mount["options"] for controller in controllers)
        if not unified and mount["type"] == "cgroup" and named:
            break
    else:
        return []
    root = mount["root"]
    below = own if root == "/" else own[len(root) :] if own.startswith(root) else ""
    parts = [part for part in below.split("/") if part]
    directories = [mount["point"]]
    for part in [] if ".." in parts else parts:
        directories.insert(0, directories[0].rstrip("/") + "/" + part)
    return directories


def read_mounts(files):
    """/proc/self/mountinfo, as proc(5) describes it."""
    mounts = []
    for line in (files.text("/proc/self/mountinfo") or "").split("\n"):
        parts = line.split(" - ")
        before = parts[0].split(" ")
        after = parts[1].split(" ") if len(parts) > 1 else []
        if len(before) < 6 or len(after) < 3:
            continue
        options = after[2].split(",")
        mounts.append(
            {"root": before[3], "point": before[4], "type": after[0], "options": options}
        )
    return mounts
