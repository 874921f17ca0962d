# SPDX-License-Identifier: Apache-2.0
"""Drives cmake and ninja in upstream's manner. What upstream's setup.py does for
other devices, and its import of torch, are left out."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from shutil import which

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools_scm import get_version

ROOT_DIR = Path(__file__).resolve().parent


def load_envs():
    """vllm/envs.py by its path: the package itself cannot be imported yet."""
    spec = importlib.util.spec_from_file_location("envs", ROOT_DIR / "vllm" / "envs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


envs = load_envs()


def compiler_launcher() -> str | None:
    """sccache first, then ccache: whichever is on PATH is used unasked."""
    if which("sccache") and not int(os.getenv("VLLM_DISABLE_SCCACHE", "0")):
        return "sccache"
    return "ccache" if which("ccache") else None


class CMakeExtension(Extension):
    """An extension whose sources only cmake knows."""

    def __init__(self, name: str) -> None:
        free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
        super().__init__(name, sources=[], py_limited_api=not free_threaded)


class CMakeBuildExt(build_ext):
    """Configures once, builds each extension's target, installs its component."""

    def jobs(self) -> int:
        return int(envs.MAX_JOBS) if envs.MAX_JOBS else len(os.sched_getaffinity(0))

    def configure(self) -> None:
        # TRAP: RelWithDebInfo unless the environment says otherwise, so wheels
        # carry debug symbols (upstream's: 79 MB, 35 MB without).
        build_type = envs.CMAKE_BUILD_TYPE or ("Debug" if self.debug else "RelWithDebInfo")
        args = [
            f"-DCMAKE_BUILD_TYPE={build_type}",
            f"-DVLLM_TARGET_DEVICE={envs.VLLM_TARGET_DEVICE}",
            f"-DVLLM_PYTHON_EXECUTABLE={sys.executable}",
            f"-DVLLM_PYTHON_PATH={':'.join(sys.path)}",
        ]
        if envs.VERBOSE:
            args.append("-DCMAKE_VERBOSE_MAKEFILE=ON")
        if launcher := compiler_launcher():
            args.append(f"-DCMAKE_CXX_COMPILER_LAUNCHER={launcher}")
        if which("ninja"):
            args += [
                "-GNinja",
                "-DCMAKE_JOB_POOL_COMPILE:STRING=compile",
                f"-DCMAKE_JOB_POOLS:STRING=compile={self.jobs()}",
            ]
        # TRAP: split at white space, so no argument can contain any. Comes last
        # and so wins over everything above.
        args += os.environ.get("CMAKE_ARGS", "").split()
        subprocess.check_call(["cmake", str(ROOT_DIR), *args], cwd=self.build_temp)

    def build_extensions(self) -> None:
        try:
            subprocess.check_output(["cmake", "--version"])
        except OSError as error:
            raise RuntimeError("cmake was not found on PATH") from error

        os.makedirs(self.build_temp, exist_ok=True)
        self.configure()

        targets = [extension.name.removeprefix("vllm.") for extension in self.extensions]
        subprocess.check_call(
            ["cmake", "--build", ".", f"-j={self.jobs()}", *[f"--target={t}" for t in targets]],
            cwd=self.build_temp,
        )
        for extension, target in zip(self.extensions, targets, strict=True):
            # cmake appends "vllm" to the prefix, get_ext_fullpath has it already.
            prefix = Path(self.get_ext_fullpath(extension.name)).absolute().parent.parent
            subprocess.check_call(
                ["cmake", "--install", ".", "--prefix", str(prefix), "--component", target],
                cwd=self.build_temp,
            )


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
