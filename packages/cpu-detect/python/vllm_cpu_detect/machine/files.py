"""The kernel's small text files, and its lists of processors such as `0-3,8`.

They are read below a root: `/`, or a copy of another machine's.
"""

from __future__ import annotations

import os
import sys

from ..errors import EX_DATAERR, EX_NOINPUT, DetectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Iterable, List, Optional, Set

# A cpuinfo of 4,096 processors is about 8 MB; anything far above is another kind of file.
LARGEST_CPUINFO = 16 * 1024 * 1024

# Far above the largest NR_CPUS: a larger range is not a list of processors.
_LONGEST_RANGE = 65536


class Files:
    """The files of one machine, each read once."""

    def __init__(self, root: str) -> None:
        self.root = root
        self._texts: Dict[str, Optional[str]] = {}

    def at(self, file: str) -> str:
        return file if self.root == "/" else os.path.normpath(self.root + file)

    def text(self, file: str) -> Optional[str]:
        """The text of a file, one character a byte; None where it cannot be read."""
        if file not in self._texts:
            try:
                with open(self.at(file), "rb", buffering=0) as handle:
                    self._texts[file] = handle.readall().decode("latin-1")
            except OSError:
                self._texts[file] = None
        return self._texts[file]

    def line(self, file: str) -> Optional[str]:
        """The first line of a file, trimmed; None where it cannot be read."""
        text = self.text(file)
        return None if text is None else trim(text.split("\n", 1)[0])

    def number(self, file: str) -> Optional[int]:
        """A file that holds one whole number."""
        return whole_number(self.line(file))

    def exists(self, file: str) -> bool:
        return os.access(self.at(file), os.F_OK)

    def names(self, directory: str) -> List[str]:
        """Names in a directory; none where it cannot be read."""
        try:
            return sorted(os.listdir(self.at(directory)))
        except OSError:
            return []


def trim(text: str) -> str:
    """Text without ASCII white space at its ends; str.strip takes bytes of latin-1 too."""
    return text.strip(" \t\r\n\v\f")


def whole_number(text: Optional[str]) -> Optional[int]:
    """Up to 15 digits, perhaps with a minus sign, as a number; None for anything else."""
    digits = (text or "")[1:] if (text or "").startswith("-") else (text or "")
    known = digits.isascii() and digits.isdigit() and len(digits) <= 15
    return int(text or "") if known else None


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


def read_cpuinfo(file: str) -> str:
    """Reads a cpuinfo file that the user named; `-` is standard input.

    Raises DetectError CPUINFO_UNREADABLE or CPUINFO_TOO_LARGE.
    """
    try:
        if file == "-":
            data = _standard_input(LARGEST_CPUINFO + 1)
        else:
            with open(file, "rb") as handle:
                data = handle.read(LARGEST_CPUINFO + 1)
    except OSError as error:
        import errno

        name = errno.errorcode.get(error.errno or 0, "with an error")
        raise DetectError(
            "CPUINFO_UNREADABLE",
            f"{file} cannot be read.",
            f"The operating system reported {name}.",
            "Give the path of a copy of /proc/cpuinfo, or - for standard input.",
            EX_NOINPUT,
        ) from error
    if len(data) > LARGEST_CPUINFO:
        raise DetectError(
            "CPUINFO_TOO_LARGE",
            f"{file} is larger than 16 MiB.",
            "No machine has a /proc/cpuinfo of that size, so it is another kind of file.",
            "Give a copy of /proc/cpuinfo.",
            EX_DATAERR,
        )
    return data.decode("latin-1")


def _standard_input(most: int) -> bytes:
    """Up to `most` bytes. Python has None for a stream that was closed before its start."""
    if sys.stdin is None:
        import errno

        raise OSError(errno.EBADF, "closed")
    return sys.stdin.buffer.read(most)
