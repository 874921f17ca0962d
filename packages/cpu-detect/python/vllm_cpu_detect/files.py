"""Reads the kernel's small text files below a root: `/`, or a copy of another machine's."""

import errno
import os
import re
import sys

from .errors import DetectError

# A cpuinfo of 4,096 processors is about 8 MB; anything far above is another kind of file.
LARGEST_CPUINFO = 16 * 1024 * 1024


class Files:
    def __init__(self, root):
        self.root = root

    def at(self, file):
        return file if self.root == "/" else os.path.normpath(self.root + file)

    def text(self, file):
        """The text of a file, one character a byte; None where it cannot be read."""
        try:
            with open(self.at(file), "rb") as handle:
                return handle.read().decode("latin-1")
        except OSError:
            return None

    def line(self, file):
        """The first line of a file, trimmed; None where it cannot be read."""
        text = self.text(file)
        return None if text is None else trim(text.split("\n", 1)[0])

    def number(self, file):
        """A file that holds one whole number."""
        return whole_number(self.line(file))

    def exists(self, file):
        return os.path.exists(self.at(file))

    def names(self, directory):
        """Names in a directory; none where it cannot be read."""
        try:
            return sorted(os.listdir(self.at(directory)))
        except OSError:
            return []


def trim(text):
    """Text without white space at its ends; str.strip knows more of it than other languages do."""
    return text.strip(" \t\r\n\v\f")


def whole_number(text):
    """Up to 15 digits, perhaps with a minus sign, as a number; None for anything else."""
    return int(text) if text is not None and re.match(r"-?[0-9]{1,15}\Z", text) else None


def read_cpuinfo(file):
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
        raise DetectError(
            "CPUINFO_UNREADABLE",
            "%s cannot be read." % file,
            "The operating system answered %s."
            % errno.errorcode.get(error.errno, "with an error"),
            "Give the path of a copy of /proc/cpuinfo, or - for standard input.",
            66,
        )
    if len(data) > LARGEST_CPUINFO:
        raise DetectError(
            "CPUINFO_TOO_LARGE",
            "%s is larger than 16 MiB." % file,
            "No machine has a /proc/cpuinfo of that size, so it is another kind of file.",
            "Give a copy of /proc/cpuinfo.",
            65,
        )
    return data.decode("latin-1")
