# SPDX-License-Identifier: Apache-2.0
"""Says what an installed wheel does: `probe.py <distribution>` prints one line of JSON.

Never fails because of the wheel: what goes wrong is in the answer, unless the process dies.
"""

import importlib.metadata
import importlib.util
import json
import math
import sys


def version(distribution):
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def attempt(action):
    try:
        return {"ok": True, "value": action()}
    except BaseException as problem:  # noqa: BLE001 - whatever it is, it is the answer
        return {
            "ok": False,
            "type": type(problem).__name__,
            "module": getattr(problem, "name", None),
            "message": str(problem),
        }


def import_vllm():
    import vllm

    return vllm.__version__


def level():
    """The level of a wheel that says so."""
    from vllm import _cpu_guard

    return _cpu_guard.chosen_level()[0]


def device_type():
    from vllm.platforms import current_platform

    return current_platform.device_type


def kernel():
    """The embedded upstream checks itself; real vLLM answers through torch."""
    if importlib.util.find_spec("vllm.selfcheck"):
        from vllm import selfcheck

        result = selfcheck.run()
        wrong = sorted(name for name, k in result["kernels"].items() if "error" in k)
        return {"name": "vllm.selfcheck", "ok": result["ok"], "refused": wrong}
    return silu_and_mul()


def load_kernels():
    """Registers torch.ops._C as vLLM itself does, which from 0.18 on chooses among modules."""
    from vllm.platforms import current_platform

    own = getattr(current_platform, "import_kernels", None)
    if own is not None:
        own()
    else:
        import vllm._C  # noqa: F401


def silu_and_mul():
    import torch

    load_kernels()
    # A multiple of every vector width: upstream asks for whole vectors.
    width = 64
    rows = [[math.sin(row * 97 + i) * 5 for i in range(2 * width)] for row in range(3)]
    given = torch.tensor(rows, dtype=torch.float32)
    got = torch.empty(3, width, dtype=torch.float32)
    torch.ops._C.silu_and_mul(got, given)
    error = 0.0
    for row in range(3):
        for i in range(width):
            x, y = rows[row][i], rows[row][width + i]
            want = x / (1 + math.exp(-x)) * y
            error = max(error, abs(got[row][i].item() - want) / max(1, abs(want)))
    return {"name": "silu_and_mul", "ok": error < 1e-4, "max_error": error}


def main():
    imported = attempt(import_vllm)
    answer = {
        "version": version(sys.argv[1]),
        "alias": version("vllm"),
        "imported": imported,
        "level": attempt(level) if imported["ok"] else None,
        "device": attempt(device_type) if imported["ok"] else None,
        "kernel": attempt(kernel) if imported["ok"] else None,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
