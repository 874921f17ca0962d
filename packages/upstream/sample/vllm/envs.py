# SPDX-License-Identifier: Apache-2.0
"""Environment variables, read when they are asked for.

setup.py loads this file by its path, so it must not import anything of vllm.
"""

import os


def _one_of(name: str, choices: tuple[str, ...]) -> str | None:
    value = os.getenv(name)
    if value and value not in choices:
        raise ValueError(f"{name}={value!r} is not one of: {', '.join(choices)}")
    return value


_variables = {
    # Of the build. (Upstream's default is "cuda", and "cpu" when torch has no CUDA.)
    "VLLM_TARGET_DEVICE": lambda: os.getenv("VLLM_TARGET_DEVICE", "cpu").lower(),
    "MAX_JOBS": lambda: os.getenv("MAX_JOBS"),
    "CMAKE_BUILD_TYPE": lambda: _one_of("CMAKE_BUILD_TYPE", ("Debug", "Release", "RelWithDebInfo")),
    "VERBOSE": lambda: bool(int(os.getenv("VERBOSE", "0"))),
    # Of the server.
    "VLLM_API_KEY": lambda: os.getenv("VLLM_API_KEY"),
}


def __getattr__(name: str):
    if name in _variables:
        return _variables[name]()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
