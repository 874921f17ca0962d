"""Which directories an interpreter imports from, and what kind of process it is."""

from __future__ import annotations

import os
import sys

from ..errors import EX_NOINPUT, EX_UNAVAILABLE, DetectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence

# The last letter of the ABI's flags tells a free-threaded Python (PEP 703).
_PROGRAM = """\
import sys
print(sys.maxsize > 2**32)
print(sys.version_info[1] if sys.version_info[0] == 3 else 0)
print("t" in getattr(sys, "abiflags", ""))
print("\\n".join(p for p in sys.path if p))
"""


class Interpreter:
    """The environment that is checked; `bits` is the size of its pointers.

    python: its interpreter where the user named one; else `pip` is the one of this shell
    minor: of the version, Python 3.minor; None where only directories are known
    """

    def __init__(
        self,
        directories: Sequence[str],
        bits: int,
        python: Optional[str] = None,
        minor: Optional[int] = None,
        free_threaded: bool = False,
    ) -> None:
        self.directories = list(directories)
        self.bits = bits
        self.python = python
        self.minor = minor
        self.free_threaded = free_threaded


def this_interpreter(directories: Optional[List[str]] = None) -> Interpreter:
    """This Python, or directories that the user named.

    Raises DetectError SITE_PACKAGES_MISSING.
    """
    for directory in directories or ():
        if not os.path.isdir(directory):
            raise DetectError(
                "SITE_PACKAGES_MISSING",
                f"{directory} is not a directory.",
                "--site-packages is the directory in which packages are searched.",
                "Give an existing one: python3 -c 'import site; print(site.getsitepackages())'",
                EX_NOINPUT,
            )
    if directories:
        return Interpreter(directories, 64)
    here = [entry for entry in sys.path if entry]
    bits = 64 if sys.maxsize > 2**32 else 32
    free_threaded = "t" in getattr(sys, "abiflags", "")
    return Interpreter(here, bits, None, sys.version_info[1], free_threaded)


def named_interpreter(python: str) -> Interpreter:
    """Asks another Python. Raises DetectError PYTHON_FAILED."""
    import subprocess

    try:
        output = subprocess.run(
            [python, "-c", _PROGRAM],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise _failed(f"{python} cannot be run.") from error
    first, *rest = output.decode("utf-8", "replace").replace("\r", "").split("\n")
    if first not in ("True", "False"):
        raise _failed(f"{python} does not answer as Python does.")
    minor, threads, *directories = rest
    return Interpreter(
        [line for line in directories if line],
        64 if first == "True" else 32,
        python,
        int(minor),
        threads == "True",
    )


def _failed(what: str) -> DetectError:
    return DetectError(
        "PYTHON_FAILED",
        what,
        "It is asked for the directories from which it imports packages.",
        "Give an interpreter with --python, or a directory with --site-packages.",
        EX_UNAVAILABLE,
    )
