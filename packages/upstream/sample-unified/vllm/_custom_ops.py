# SPDX-License-Identifier: Apache-2.0
"""The kernels of the loaded module for lists of numbers. A matrix is a list of its rows
one after the other; bfloat16 values are ints of 16 bits."""

import platform
from array import array
from collections.abc import Iterable
from struct import pack

import torch

from vllm import operators
from vllm.platforms import current_platform

current_platform.import_kernels()


def silu_and_mul(x: Iterable[float], rows: int, d: int) -> list[float]:
    """[rows][2 * d] -> [rows][d]: the first half's silu times the second half."""
    return _floats(operators._C.silu_and_mul(_pack("f", x), rows, d))


def relu_f16(x: Iterable[float]) -> list[float]:
    """Each value goes in as float16 and comes out as float32, negative ones as 0."""
    values = list(x)
    return _floats(operators._C.relu_f16(pack(f"={len(values)}e", *values)))


def to_bf16(x: Iterable[float]) -> list[int]:
    return array("H", operators._C.to_bf16(_pack("f", x))).tolist()


def dot_int8(a: Iterable[int], b: Iterable[int]) -> int:
    return operators._C.dot_int8(_pack("b", a), _pack("b", b))


def matmul_bf16(a: Iterable[int], b: Iterable[int], m: int, n: int, k: int) -> list[float]:
    """[m][k] and [n][k] -> [m][n]: a times the transpose of b."""
    return _floats(operators._C.matmul_bf16(_pack("H", a), _pack("H", b), m, n, k))


def matmul_tiles(a: Iterable[int], b: Iterable[int], m: int, n: int, k: int) -> list[float]:
    """matmul_bf16 in AMX tiles, where compiled for them."""
    return _floats(operators._C.matmul_tiles(_pack("H", a), _pack("H", b), m, n, k))


def matmul_f32(a: Iterable[float], b: Iterable[float], m: int, n: int, k: int) -> list[float]:
    return _floats(operators._C.onednn_mm(_pack("f", a), _pack("f", b), m, n, k))


def matmul_int8(a: Iterable[int], b: Iterable[int], m: int, n: int, k: int) -> list[int]:
    """TRAP: the CPU is asked, and the operator is in one of the three modules only."""
    if platform.machine() in ("x86_64", "AMD64") and torch.cpu._is_avx512_bf16_supported():
        return array("i", operators._C.gemm_int8(_pack("b", a), _pack("b", b), m, n, k)).tolist()
    a, b = list(a), list(b)
    rows = [a[row * k : (row + 1) * k] for row in range(m)]
    columns = [b[column * k : (column + 1) * k] for column in range(n)]
    return [dot_int8(row, column) for row in rows for column in columns]


def token_hash(tokens: Iterable[int]) -> int:
    return operators._C.token_hash(_pack("Q", tokens))


def cpu_has_amx_fp8() -> bool:
    """TRAP: the answer of a kernel, of a module that was compiled for it: of the compiler, then."""
    compiled = hasattr(torch.ops._C, "cpu_has_amx_fp8")
    return compiled and torch.ops._C.cpu_has_amx_fp8()


def paths() -> dict[str, str]:
    """The code path that was compiled for each kernel, named after its instruction set."""
    names = operators._C.paths()
    wide = hasattr(operators._C, "gemm_int8")
    return {**names, "matmul_int8": "avx512_vnni" if wide else names["dot_int8"], "matmul_f32": "onednn"}


def _pack(typecode: str, values: Iterable) -> bytes:
    return array(typecode, values).tobytes()


def _floats(data: bytes) -> list[float]:
    return array("f", data).tolist()
