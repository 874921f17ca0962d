"""Memory of the machine, of its NUMA nodes, and what cgroups allow of it. Sizes are in MiB."""

from __future__ import annotations

from .files import whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List, Optional, Tuple

    from ..report_types import Memory
    from .files import Files


class Limits:
    """What cgroups allow; None: no limit."""

    def __init__(self, memory_mib: Optional[int], milli_cpus: Optional[int]) -> None:
        self.memory_mib = memory_mib
        self.milli_cpus = milli_cpus


class Mount:
    """A line of /proc/self/mountinfo, as proc(5) describes it."""

    def __init__(self, root: str, point: str, type: str, options: List[str]) -> None:
        self.root = root
        self.point = point
        self.type = type
        self.options = options


def memory_total_mib(files: Files) -> Optional[int]:
    """The machine's memory, without what is reserved for huge pages: only who asks gets those."""
    return _without(_meminfo_mib(files, "/proc/meminfo", "MemTotal"), huge_pages_mib(files))


def node_total_mib(files: Files, node: str) -> Optional[int]:
    """The same of a NUMA node, of which `node` is the directory."""
    total = _meminfo_mib(files, f"{node}/meminfo", "MemTotal")
    return _without(total, _reserved_mib(files, f"{node}/hugepages"))


def huge_pages_mib(files: Files) -> int:
    """What the machine reserves for huge pages (Documentation/admin-guide/mm/hugetlbpage.rst)."""
    stated = _meminfo_mib(files, "/proc/meminfo", "Hugetlb")
    return _reserved_mib(files, "/sys/kernel/mm/hugepages") if stated is None else stated


def _reserved_mib(files: Files, folder: str) -> int:
    """The pages of each size below a `hugepages` directory of sysfs."""
    mib = 0
    for name in files.names(folder):
        kib = whole_number(name[len("hugepages-") : -len("kB")])
        mib += (kib or 0) * (files.number(f"{folder}/{name}/nr_hugepages") or 0) // 1024
    return mib


def _without(total: Optional[int], reserved: int) -> Optional[int]:
    """lxcfs replaces the total by the container's, and leaves the host's huge pages."""
    return total if total is None or reserved >= total else total - reserved


def _meminfo_mib(files: Files, file: str, name: str) -> Optional[int]:
    for line in (files.text(file) or "").split("\n"):
        key, colon, value = line.partition(":")
        # `MemTotal: 1 kB`, and in a node's file `Node 0 MemTotal: 1 kB`.
        if colon and key.split(" ")[-1] == name and value.endswith(" kB"):
            kib = whole_number(value[:-3].strip(" "))
            return None if kib is None else kib // 1024
    return None


def read_memory(files: Files, limits: Limits) -> Memory:
    """The machine's memory and the limit that cgroups set below it."""
    total = memory_total_mib(files)
    limit = limits.memory_mib
    limited = limit is not None and (total is None or limit < total)
    return {
        "totalMib": total,
        "availableMib": _meminfo_mib(files, "/proc/meminfo", "MemAvailable"),
        "limitMib": limit if limited else None,
        "hugePagesMib": huge_pages_mib(files),
    }


def read_limits(files: Files) -> Limits:
    """The strictest memory and CPU limit of this process's cgroup and of all its ancestors.

    cgroup v1 and v2 (cgroups(7)); a container sees its own cgroup as the mount's root. CPU time
    is in thousandths of a processor.
    """
    mounts = read_mounts(files)
    memory: List[Optional[int]] = []
    cpus: List[Optional[int]] = []
    for controllers, own in _memberships(files):
        for folder in _directories(mounts, controllers, own):
            if controllers == [""]:
                memory.append(files.number(f"{folder}/memory.max"))
                # Above it the kernel slows the process down until it hardly runs.
                memory.append(files.number(f"{folder}/memory.high"))
                cpus.append(_quota(files.line(f"{folder}/cpu.max")))
            if "memory" in controllers:
                memory.append(files.number(f"{folder}/memory.limit_in_bytes"))
            if "cpu" in controllers:
                quota = files.line(f"{folder}/cpu.cfs_quota_us")
                cpus.append(_quota(f"{quota} {files.line(f'{folder}/cpu.cfs_period_us')}"))
    limit = _lowest(memory)
    return Limits(None if limit is None else limit // 1048576, _lowest(cpus))


def _memberships(files: Files) -> Iterable[Tuple[List[str], str]]:
    """Controllers and path of each cgroup of this process that can limit it; v2 names none."""
    for line in (files.text("/proc/self/cgroup") or "").split("\n"):
        number, _, rest = line.partition(":")
        names, colon, own = rest.partition(":")
        controllers = names.split(",")
        if colon and number.isdigit() and not {"", "memory", "cpu"}.isdisjoint(controllers):
            yield controllers, own


def _quota(text: Optional[str]) -> Optional[int]:
    """`quota period` in microseconds as thousandths of a CPU; None for `max`, -1, nonsense."""
    first, _, second = (text or "").partition(" ")
    quota = whole_number(first)
    period = whole_number(second)
    if quota is None or period is None or quota <= 0 or period <= 0:
        return None
    return quota * 1000 // period


def _lowest(numbers: Iterable[Optional[int]]) -> Optional[int]:
    return min((number for number in numbers if number is not None and number > 0), default=None)


def _directories(mounts: List[Mount], controllers: List[str], own: str) -> List[str]:
    """The directories of one line of /proc/self/cgroup, from its own up to the mount point."""
    mount = _mount_of(mounts, controllers)
    if mount is None:
        return []
    root = mount.root
    below = own if root == "/" else own[len(root) :] if own.startswith(root) else ""
    parts = [part for part in below.split("/") if part]
    directories = [mount.point]
    for part in [] if ".." in parts else parts:
        directories.insert(0, f"{directories[0].rstrip('/')}/{part}")
    return directories


def _mount_of(mounts: List[Mount], controllers: List[str]) -> Optional[Mount]:
    if controllers == [""]:
        return next((mount for mount in mounts if mount.type == "cgroup2"), None)
    for mount in mounts:
        if mount.type == "cgroup" and any(name in mount.options for name in controllers):
            return mount
    return None


def read_mounts(files: Files) -> List[Mount]:
    """Every mount that this process sees."""
    mounts = []
    for line in (files.text("/proc/self/mountinfo") or "").split("\n"):
        parts = line.split(" - ")
        before = parts[0].split(" ")
        after = parts[1].split(" ") if len(parts) > 1 else []
        if len(before) >= 6 and len(after) >= 3:
            mounts.append(Mount(before[3], before[4], after[0], after[2].split(",")))
    return mounts
