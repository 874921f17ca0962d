"""Which directories an interpreter imports from."""

import subprocess

from ..errors import DetectError

_PROGRAM = "import sys; print('\\n'.join(p for p in sys.path if p))"


def import_directories(python):
    """Raises DetectError PYTHON_FAILED."""
    try:
        output = subprocess.run(
            [python, "-c", _PROGRAM],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        raise DetectError(
            "PYTHON_FAILED",
            "%s does not run." % python,
            "It is asked for the directories that it imports packages from.",
            "Name an interpreter with --python, or the directory with --site-packages.",
            69,
        )
    return [line for line in output.decode("utf-8", "replace").split("\n") if line]
