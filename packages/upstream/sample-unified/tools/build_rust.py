# SPDX-License-Identifier: Apache-2.0
"""The part in Rust, for setuptools-rust."""

from setuptools_rust import Binding, RustExtension


def optional_programs(required: bool) -> list[RustExtension]:
    # TRAP: optional means "when cargo happens to be on PATH". Where it is not, the wheel
    # has no such file, and the build succeeds with a line in its log.
    return [
        RustExtension(
            target="vllm.vllm-rs",
            path="rust/Cargo.toml",
            args=["--bin", "vllm-rs"],
            binding=Binding.Exec,
            optional=not required,
        )
    ]
