# SPDX-License-Identifier: Apache-2.0
"""`python -m vllm.selfcheck`: every kernel against plain Python, as in the first sample,
and the three that this one has in addition."""

import json
import math
import random
import sys

from vllm import _custom_ops as ops
from vllm import kernel_checks
from vllm.v1.attention.backends.cpu_attn import attention

SHAPES = ((1, 1, 1), (3, 2, 33), (5, 7, 130))


def check_attention(rng: random.Random) -> float:
    error = 0.0
    for tokens, d in ((1, 16), (5, 33), (17, 64)):
        q, k = ([rng.uniform(-1, 1) for _ in range(tokens * d)] for _ in range(2))
        v = [rng.uniform(-1, 1) for _ in range(tokens * d)]
        q_bits, k_bits = ops.to_bf16(q), ops.to_bf16(k)
        want = _attention(_widen(q_bits), _widen(k_bits), v, tokens, d)
        got = attention(q_bits, k_bits, v, tokens, d)
        error = max(error, kernel_checks.max_error(got, want))
    return error


def check_matmul_f32(rng: random.Random) -> float:
    return _check(ops.matmul_f32, lambda: rng.uniform(-1, 1), math.fsum)


def check_matmul_int8(rng: random.Random) -> float:
    return _check(ops.matmul_int8, lambda: rng.randint(-128, 127), sum)


def _check(matmul, value, total) -> float:
    error = 0.0
    for m, n, k in SHAPES:
        a, b = [value() for _ in range(m * k)], [value() for _ in range(n * k)]
        want = [
            total(a[row * k + i] * b[column * k + i] for i in range(k))
            for row in range(m)
            for column in range(n)
        ]
        error = max(error, kernel_checks.max_error(matmul(a, b, m, n, k), want))
    return error


def _attention(q: list, k: list, v: list, tokens: int, d: int) -> list[float]:
    out = []
    for row in range(tokens):
        scores = [
            math.fsum(q[row * d + i] * k[other * d + i] for i in range(d)) / math.sqrt(d)
            for other in range(row + 1)
        ]
        weights = [math.exp(score - max(scores)) for score in scores]
        total = math.fsum(weights)
        for i in range(d):
            out.append(math.fsum(w * v[r * d + i] for r, w in enumerate(weights)) / total)
    return out


def _widen(bits: list[int]) -> list[float]:
    return [kernel_checks.from_bits(value << 16) for value in bits]


CHECKS = {
    **kernel_checks.CHECKS,
    "attention": check_attention,
    "matmul_f32": check_matmul_f32,
    "matmul_int8": check_matmul_int8,
}
TOLERANCE = {**kernel_checks.TOLERANCE, "attention": 2e-5, "matmul_f32": 2e-5, "matmul_int8": 0}


def run() -> dict:
    return kernel_checks.run(CHECKS, TOLERANCE)


def main() -> int:
    result = run()
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
