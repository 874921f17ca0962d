# SPDX-License-Identifier: Apache-2.0
"""Every kernel against plain Python: one function for each, which returns the largest
error. selfcheck.py runs them."""

import math
import random
import struct
from collections.abc import Callable

from vllm import _custom_ops as ops

# Lengths around every vector length, so that whole vectors, tails and both are met.
LENGTHS = (1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 200)
SHAPES = ((1, 1, 1), (1, 5, 8), (3, 2, 33), (16, 16, 32), (17, 19, 70))

# The integer kernels and the conversions are exact. silu: e^x is good to about
# two units of float32's 24 bits. matmul: sums of up to 70 float32 products, in
# any order; vdpbf16ps and tdpbf16ps round each step and flush subnormals.
TOLERANCE = {
    "silu_and_mul": 2e-6,
    "relu_f16": 0,
    "to_bf16": 0,
    "dot_int8": 0,
    "matmul_bf16": 2e-5,
    "matmul_tiles": 2e-5,
    "token_hash": 0,
}


def run(checks: dict[str, Callable], tolerance: dict[str, float]) -> dict:
    """What selfcheck.py prints, for the kernels that `checks` names."""
    paths = ops.paths()
    kernels, ok = {}, True
    for name, check in checks.items():
        kernels[name] = {"path": paths[name], "max_error": None}
        try:
            error = check(random.Random(name))
        except OSError as refused:
            kernels[name]["error"] = str(refused)
            ok = False
            continue
        # Infinity has no JSON.
        kernels[name]["max_error"] = error if math.isfinite(error) else None
        ok = ok and error <= tolerance[name]
    return {"kernels": kernels, "ok": ok}


def check_silu_and_mul(rng: random.Random) -> float:
    error = 0.0
    for d in LENGTHS:
        x = [_f32(rng.uniform(-30, 30)) for _ in range(2 * 2 * d)]
        want = [
            _silu(x[row * 2 * d + i]) * x[row * 2 * d + d + i] for row in range(2) for i in range(d)
        ]
        error = max(error, max_error(ops.silu_and_mul(x, 2, d), want))
    return error


def check_relu_f16(rng: random.Random) -> float:
    error = 0.0
    for n in LENGTHS:
        x = [struct.unpack("e", struct.pack("e", rng.uniform(-100, 100)))[0] for _ in range(n)]
        error = max(error, max_error(ops.relu_f16(x), [max(v, 0.0) for v in x]))
    return error


def check_to_bf16(rng: random.Random) -> float:
    # The last two lie exactly between two bfloat16 values: ties go to the even one.
    ties = [from_bits(0x3F808000), from_bits(0x3F818000)]
    error = 0.0
    for n in LENGTHS:
        x = [_f32(rng.uniform(-100, 100)) for _ in range(n)] + ties
        error = max(error, max_error(ops.to_bf16(x), [_bf16(v) for v in x]))
    return error


def check_dot_int8(rng: random.Random) -> int:
    error = 0
    for n in LENGTHS:
        a, b = ([rng.randint(-128, 127) for _ in range(n)] for _ in range(2))
        error = max(error, abs(ops.dot_int8(a, b) - sum(x * y for x, y in zip(a, b))))
        # The extremes, where saturating instructions would go wrong.
        error = max(error, abs(ops.dot_int8([-128] * n, [-128] * n) - 16384 * n))
    return error


def check_matmul_bf16(rng: random.Random) -> float:
    return _check_matmul(ops.matmul_bf16, rng)


def check_matmul_tiles(rng: random.Random) -> float:
    return _check_matmul(ops.matmul_tiles, rng)


def check_token_hash(rng: random.Random) -> int:
    error = 0
    for n in (0, *LENGTHS):
        tokens = [rng.getrandbits(64) for _ in range(n)]
        error = max(error, abs(ops.token_hash(tokens) - _token_hash(tokens)))
    return error


def _check_matmul(matmul: Callable, rng: random.Random) -> float:
    error = 0.0
    for m, n, k in SHAPES:
        a = [_bf16(rng.uniform(-1, 1)) for _ in range(m * k)]
        b = [_bf16(rng.uniform(-1, 1)) for _ in range(n * k)]
        x, y = ([from_bits(v << 16) for v in values] for values in (a, b))
        want = [
            math.fsum(x[row * k + i] * y[column * k + i] for i in range(k))
            for row in range(m)
            for column in range(n)
        ]
        error = max(error, max_error(matmul(a, b, m, n, k), want))
    return error


def max_error(got: list, want: list) -> float:
    """NaN counts as infinitely wrong, and so does a result of another length."""
    if len(got) != len(want) or any(math.isnan(g) for g in got):
        return math.inf
    return max(abs(g - w) / max(abs(w), 1) for g, w in zip(got, want))


def _silu(x: float) -> float:
    return x / (1 + math.exp(-x))


def _token_hash(tokens: list[int]) -> int:
    prime, mask = 0x9E3779B97F4A7C55, 2**64 - 1
    lanes = [1, 2, 3, 4, 5, 6, 7, 8]
    for i, token in enumerate(tokens):
        lanes[i % 8] = (lanes[i % 8] ^ token) * prime & mask
    result = len(tokens)
    for lane in lanes:
        result = (result ^ lane ^ lane >> 32) * prime & mask
    return result ^ result >> 32


def _f32(x: float) -> float:
    return struct.unpack("f", struct.pack("f", x))[0]


def from_bits(bits: int) -> float:
    return struct.unpack("f", struct.pack("I", bits))[0]


def _bf16(x: float) -> int:
    bits = struct.unpack("I", struct.pack("f", x))[0]
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16


CHECKS = {
    "silu_and_mul": check_silu_and_mul,
    "relu_f16": check_relu_f16,
    "to_bf16": check_to_bf16,
    "dot_int8": check_dot_int8,
    "matmul_bf16": check_matmul_bf16,
    "matmul_tiles": check_matmul_tiles,
    "token_hash": check_token_hash,
}
