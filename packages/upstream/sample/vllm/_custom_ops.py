# SPDX-License-Identifier: Apache-2.0
"""The kernels of vllm._C for lists of numbers. A matrix is a list of its rows one
after the other; bfloat16 values are ints of 16 bits."""

from array import array
from collections.abc import Iterable
from struct import pack

from vllm import _C


def silu_and_mul(x: Iterable[float], rows: int, d: int) -> list[float]:
    """[rows][2 * d] -> [rows][d]: the first half's silu times the second half."""
    return _floats(_C.silu_and_mul(_pack("f", x), rows, d))


def relu_f16(x: Iterable[float]) -> list[float]:
    """Each value goes in as float16 and comes out as float32, negative ones as 0."""
    values = list(x)
    return _floats(_C.relu_f16(pack(f"={len(values)}e", *values)))


def to_bf16(x: Iterable[float]) -> list[int]:
    return array("H", _C.to_bf16(_pack("f", x))).tolist()


def dot_int8(a: Iterable[int], b: Iterable[int]) -> int:
    return _C.dot_int8(_pack("b", a), _pack("b", b))


def matmul_bf16(a: Iterable[int], b: Iterable[int], m: int, n: int, k: int) -> list[float]:
    """[m][k] and [n][k] -> [m][n]: a times the transpose of b."""
    return _floats(_C.matmul_bf16(_pack("H", a), _pack("H", b), m, n, k))


def matmul_tiles(a: Iterable[int], b: Iterable[int], m: int, n: int, k: int) -> list[float]:
    """matmul_bf16 in AMX tiles, where compiled for them. OSError when the kernel
    refuses the tile registers (Linux before 5.16, some emulators)."""
    return _floats(_C.matmul_tiles(_pack("H", a), _pack("H", b), m, n, k))


def token_hash(tokens: Iterable[int]) -> int:
    return _C.token_hash(_pack("Q", tokens))


def paths() -> dict[str, str]:
    """The code path that was compiled for each kernel, named after its instruction set."""
    return _C.paths()


def _pack(typecode: str, values: Iterable) -> bytes:
    return array(typecode, values).tobytes()


def _floats(data: bytes) -> list[float]:
    return array("f", data).tolist()
