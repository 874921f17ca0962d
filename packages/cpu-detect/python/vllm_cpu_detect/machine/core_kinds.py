"""Cores of different speed: big.LITTLE, performance and efficiency cores."""

from __future__ import annotations

from .files import format_cpu_list, parse_cpu_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, Iterable, List, Optional

    from ..report_types import CoreKind
    from .files import Files

# The kernel's own scale: the fastest core has this capacity (its sched-capacity documentation).
FASTEST = 1024

# Cores of one kind differ this much: the best ones of a die are allowed a higher boost.
_SAME_KIND = 0.8

# An efficiency core of a hybrid x86 CPU has half the vector units, at three quarters of the clock.
_EFFICIENCY = 400


def read_core_kinds(files: Files, cpus: Iterable[int]) -> List[CoreKind]:
    """The kinds of these processors, slowest first; none where they are alike or not known.

    Sources in this order: the kernel's capacity (Arm, and x86 from Linux 6.12), its lists of
    hybrid x86 cores, the highest frequency.
    """
    listed = list(cpus)
    for source in (_capacities(files), _hybrid(files), _frequencies(files)):
        speeds = _ask_all(source, listed)
        if speeds:
            return _kinds(speeds)
    return []


def _ask_all(source: Callable[[int], Optional[int]], cpus: List[int]) -> Dict[int, int]:
    """The speed of every processor; nothing where the source lacks one of them."""
    speeds = {}
    for cpu in cpus:
        speed = source(cpu)
        if speed is None:
            return {}
        speeds[cpu] = speed
    return speeds


def _capacities(files: Files) -> Callable[[int], Optional[int]]:
    return lambda cpu: files.number(f"/sys/devices/system/cpu/cpu{cpu}/cpu_capacity")


def _hybrid(files: Files) -> Callable[[int], Optional[int]]:
    performance = set(parse_cpu_list(files.line("/sys/devices/cpu_core/cpus")))
    efficiency = set(parse_cpu_list(files.line("/sys/devices/cpu_atom/cpus")))

    def speed(cpu: int) -> Optional[int]:
        return FASTEST if cpu in performance else _EFFICIENCY if cpu in efficiency else None

    return speed


def _frequencies(files: Files) -> Callable[[int], Optional[int]]:
    folder = "/sys/devices/system/cpu"
    return lambda cpu: files.number(f"{folder}/cpu{cpu}/cpufreq/cpuinfo_max_freq")


def _kinds(speeds: Dict[int, int]) -> List[CoreKind]:
    fastest = max(1, *speeds.values())
    groups: List[List[int]] = []
    floor = 0.0
    for cpu in sorted(speeds, key=lambda cpu: (-speeds[cpu], cpu)):
        if not groups or speeds[cpu] < floor:
            groups.append([])
            floor = speeds[cpu] * _SAME_KIND
        groups[-1].append(cpu)
    if len(groups) < 2:
        return []
    return [
        {
            "cpus": format_cpu_list(group),
            "speed": max(1, min(speeds[cpu] for cpu in group) * FASTEST // fastest),
        }
        for group in reversed(groups)
    ]
