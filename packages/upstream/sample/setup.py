# SPDX-License-Identifier: Apache-2.0
"""Version, requirements and modules of the wheel. What upstream's setup.py does for
other devices, and its import of torch, are left out."""

import os
import sys
from pathlib import Path

from setuptools import setup
from setuptools_scm import get_version

ROOT_DIR = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT_DIR / "tools"))

from cmake_build import CMakeBuildExt, CMakeExtension, envs  # noqa: E402


def is_cpu() -> bool:
    return envs.VLLM_TARGET_DEVICE == "cpu"


def get_vllm_version() -> str:
    """The git tag plus "+cpu", and vllm/_version.py is written as a side effect."""
    if override := os.getenv("VLLM_VERSION_OVERRIDE"):
        # TRAP: no suffix here, and vllm/platforms looks for "cpu" in the version.
        print(f"Version {override} from VLLM_VERSION_OVERRIDE")
        os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"] = override
        return get_version(write_to="vllm/_version.py")

    # Needs a git repository with a tag; a version between tags has a "+" already.
    version = get_version(write_to="vllm/_version.py")
    sep = "." if "+" in version else "+"

    if is_cpu():
        # Asked twice, as upstream does, which has a branch for each device here.
        if envs.VLLM_TARGET_DEVICE == "cpu":
            # TRAP: a local version (PEP 440), which PyPI refuses to take.
            version += f"{sep}cpu"
    else:
        raise RuntimeError(f"VLLM_TARGET_DEVICE={envs.VLLM_TARGET_DEVICE}: only cpu is known here")
    return version


def get_requirements(filename: str = "cpu.txt") -> list[str]:
    """The lines of requirements/cpu.txt, with "-r" followed and options dropped."""
    requirements = []
    for line in (ROOT_DIR / "requirements" / filename).read_text().splitlines():
        if line.startswith("-r "):
            requirements += get_requirements(line.split()[1])
        elif line.strip() and not line.startswith(("#", "--")):
            requirements.append(line)
    return requirements


setup(
    version=get_vllm_version(),
    ext_modules=[CMakeExtension("vllm._C")],
    install_requires=get_requirements(),
    cmdclass={"build_ext": CMakeBuildExt},
)
