"""Which directories an interpreter imports from, and what kind of process it is."""

from __future__ import annotations

import os
import sys

from ..errors import EX_NOINPUT, EX_UNAVAILABLE, DetectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence

_PROGRAM = "import sys; print(sys.maxsize > 2**32); print('\\n'.join(p for p in sys.path if p))"


class Interpreter:
    """The environment that is checked; `bits` is the size of its pointers.

    python: its interpreter where the user named one; else `pip` is the one of this shell
    """

    def __init__(self, directories: Sequence[str], bits: int, python: Optional[str] = None) -> None:
        self.directories = list(directories)
        self.bits = bits
        self.python = python


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
    bits = 64 if directories or sys.maxsize > 2**32 else 32
    return Interpreter(directories or [entry for entry in sys.path if entry], bits)


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
    first, *rest = output.decode("utf-8", "replace").split("\n")
    if first.strip() not in ("True", "False"):
        raise _failed(f"{python} does not answer as Python does.")
    bits = 64 if first.strip() == "True" else 32
    return Interpreter([line for line in rest if line], bits, python)


def _failed(what: str) -> DetectError:
    return DetectError(
        "PYTHON_FAILED",
        what,
        "It is asked for the directories from which it imports packages.",
        "Give an interpreter with --python, or a directory with --site-packages.",
        EX_UNAVAILABLE,
    )
