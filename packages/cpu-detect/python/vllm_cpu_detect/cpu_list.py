"""The kernel's lists of processors, such as `0-3,8`."""

import re

from .files import trim


def parse_cpu_list(text):
    """The numbers of a kernel list, ascending; none for an empty or broken one."""
    numbers = set()
    for part in (text or "").split(","):
        match = re.match(r"([0-9]{1,7})(?:-([0-9]{1,7}))?\Z", trim(part))
        if not match:
            continue
        first = int(match.group(1))
        last = min(int(match.group(2) or match.group(1)), first + 65535)
        numbers.update(range(first, last + 1))
    return sorted(numbers)


def format_cpu_list(numbers):
    """The shortest kernel list of ascending numbers."""
    parts = []
    index = 0
    while index < len(numbers):
        first = last = numbers[index]
        while index + 1 < len(numbers) and numbers[index + 1] == last + 1:
            last += 1
            index += 1
        parts.append(str(first) if first == last else "%d-%d" % (first, last))
        index += 1
    return ",".join(parts)
