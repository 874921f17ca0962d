# SPDX-License-Identifier: Apache-2.0
"""Version, requirements and modules of the wheel, and what the machine that builds puts
into it unasked. What upstream's setup.py does for other devices is left out."""

import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools_scm import get_version

ROOT_DIR = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT_DIR / "tools"))

from build_rust import optional_programs  # noqa: E402
from cmake_build import CMakeBuildExt, CMakeExtension, envs  # noqa: E402


def should_bundle_tcmalloc() -> bool:
    return envs.VLLM_TARGET_DEVICE == "cpu" and sys.platform.startswith("linux")


def find_tcmalloc() -> Path | None:
    """The highest version that the dynamic loader of this machine knows."""
    try:
        known = subprocess.check_output(["ldconfig", "-p"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.findall(r"libtcmalloc_minimal\.so\.(\d+) .*=> (\S+)", known)
    return Path(max(found, key=lambda entry: int(entry[0]))[1]) if found else None


def bundle_tcmalloc(build_lib: str) -> None:
    """TRAP: the allocator of the machine that builds ends up in the wheel, without a licence
    or a version in the metadata, and vllm/platforms preloads it. On a machine without it,
    the wheel is another one."""
    if library := find_tcmalloc():
        target = Path(build_lib) / "vllm" / "libs"
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy2(library, target / library.name)


class BuildExt(CMakeBuildExt):
    def run(self) -> None:
        super().run()
        if should_bundle_tcmalloc():
            bundle_tcmalloc(self.build_lib)


def get_vllm_version() -> str:
    """The git tag plus "+cpu", and vllm/_version.py is written as a side effect."""
    if override := os.getenv("VLLM_VERSION_OVERRIDE"):
        os.environ["SETUPTOOLS_SCM_PRETEND_VERSION"] = override
        return get_version(write_to="vllm/_version.py")

    version = get_version(write_to="vllm/_version.py")
    sep = "." if "+" in version else "+"

    if envs.VLLM_TARGET_DEVICE != "cpu":
        raise RuntimeError(f"VLLM_TARGET_DEVICE={envs.VLLM_TARGET_DEVICE}: only cpu is known here")
    if not os.getenv("VLLM_SKIP_VERSION_SUFFIX"):
        if envs.VLLM_TARGET_DEVICE == "cpu":
            # TRAP: a local version (PEP 440), which PyPI refuses to take.
            version += f"{sep}cpu"
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


ext_modules = []
ext_modules.append(CMakeExtension(name="vllm.spinloop"))
ext_modules.append(CMakeExtension(name="vllm.host_cpu"))

if envs.VLLM_TARGET_DEVICE == "cpu":
    # TRAP: all three, whatever this machine is, and nothing chooses one of them.
    if platform.machine() in ("x86_64", "AMD64"):
        ext_modules.append(CMakeExtension(name="vllm._C"))
        ext_modules.append(CMakeExtension(name="vllm._C_AVX512"))
        ext_modules.append(CMakeExtension(name="vllm._C_AVX2"))
    else:
        ext_modules.append(CMakeExtension(name="vllm._C"))

rust_extensions = optional_programs(required=bool(os.getenv("VLLM_REQUIRE_RUST_FRONTEND")))

setup(
    version=get_vllm_version(),
    ext_modules=ext_modules,
    rust_extensions=rust_extensions,
    install_requires=get_requirements(),
    cmdclass={"build_ext": BuildExt},
)
