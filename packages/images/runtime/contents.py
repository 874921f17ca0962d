"""Prints what an image has in it, as JSON: Python's version, packages, compilers, broken requirements.

Runs in the finished image, before it gets a name: see the last stages of the Dockerfile.
"""

import importlib.metadata
import json
import platform
import shutil
import subprocess

COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "nvcc")


def packages():
    found = {}
    for distribution in importlib.metadata.distributions():
        name = distribution.metadata["Name"]
        # The first on the path is the one that counts.
        if name and name not in found:
            found[name] = distribution.version
    return dict(sorted(found.items()))


def problems():
    """What `pip check` of the base's pip says of the environment, which has no pip itself."""
    base = shutil.which("python3", path="/usr/local/bin:/usr/bin:/bin")
    if base is None:
        return []
    command = [base, "-m", "pip", "--python", "/opt/vllm/bin/python", "check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    if checked.returncode == 0:
        return []
    return [line for line in checked.stdout.splitlines() if line] or [checked.stderr.strip()]


print(
    json.dumps(
        {
            "machine": platform.machine(),
            "python": platform.python_version(),
            "packages": packages(),
            "compilers": [name for name in COMPILERS if shutil.which(name)],
            "problems": problems(),
        },
        indent=2,
    )
)
