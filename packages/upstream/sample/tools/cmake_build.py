# SPDX-License-Identifier: Apache-2.0
"""How cmake and ninja are called, in upstream's manner. Loaded by setup.py by its path."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from shutil import which

from setuptools import Extension
from setuptools.command.build_ext import build_ext

ROOT_DIR = Path(__file__).resolve().parent.parent


def load_module(path: str):
    """A file by its path: the package itself cannot be imported yet."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT_DIR / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


envs = load_module("vllm/envs.py")


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
