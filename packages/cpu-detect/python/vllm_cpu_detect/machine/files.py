"""Reads the kernel's small text files below a root: `/`, or a copy of another machine's."""

from __future__ import annotations

import errno
import os
import sys

from ..errors import EX_DATAERR, EX_NOINPUT, DetectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional

# A cpuinfo of 4,096 processors is about 8 MB; anything far above is another kind of file.
LARGEST_CPUINFO = 16 * 1024 * 1024


class Files:
    """The files of one machine."""

    def __init__(self, root: str) -> None:
        self.root = root

    def at(self, file: str) -> str:
        return file if self.root == "/" else os.path.normpath(self.root + file)

    def text(self, file: str) -> Optional[str]:
        """The text of a file, one character a byte; None where it cannot be read."""
        try:
            with open(self.at(file), "rb") as handle:
                return handle.read().decode("latin-1")
        except OSError:
            return None

    def line(self, file: str) -> Optional[str]:
        """The first line of a file, trimmed; None where it cannot be read."""
        text = self.text(file)
        return None if text is None else trim(text.split("\n", 1)[0])

    def number(self, file: str) -> Optional[int]:
        """A file that holds one whole number."""
        return whole_number(self.line(file))

    def exists(self, file: str) -> bool:
        return os.path.exists(self.at(file))

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


def read_cpuinfo(file: str) -> str:
    """Reads a cpuinfo file that the user named; `-` is standard input.

    Raises DetectError CPUINFO_UNREADABLE or CPUINFO_TOO_LARGE.
    """
    try:
        if file == "-":
            data = sys.stdin.buffer.read(LARGEST_CPUINFO + 1)
        else:
            with open(file, "rb") as handle:
                data = handle.read(LARGEST_CPUINFO + 1)
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "with an error")
        raise DetectError(
            "CPUINFO_UNREADABLE",
            f"{file} cannot be read.",
            f"The operating system answered {name}.",
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
