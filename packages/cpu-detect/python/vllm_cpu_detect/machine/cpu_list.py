"""The kernel's lists of processors, such as `0-3,8`."""

from __future__ import annotations

from .files import trim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List, Optional, Set

# Far above the largest NR_CPUS: what is larger is no list of processors.
_LONGEST_RANGE = 65536


def parse_cpu_list(text: Optional[str]) -> List[int]:
    """The numbers of a kernel list, ascending; none for an empty or broken one."""
    numbers: Set[int] = set()
    for part in (text or "").split(","):
        first, dash, last = trim(part).partition("-")
        if not _is_number(first) or (dash and not _is_number(last)):
            continue
        start = int(first)
        end = min(int(last) if dash else start, start + _LONGEST_RANGE - 1)
        numbers.update(range(start, end + 1))
    return sorted(numbers)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7


def format_cpu_list(numbers: Iterable[int]) -> str:
    """The shortest kernel list of these numbers."""
    parts: List[List[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)
