# SPDX-License-Identifier: Apache-2.0
"""`python -m vllm.selfcheck`: every kernel against plain Python.

Prints one line of JSON, and exits with 0 when every error is within its tolerance,
else with 1:

    {"kernels": {"dot_int8": {"path": "avx2", "max_error": 0}, ...}, "ok": true}

`max_error` is the largest difference from the reference, relative where the
reference is beyond 1; null, with an "error" beside it, when the kernel raised.
"""

import json
import sys

from vllm import kernel_checks


def run() -> dict:
    return kernel_checks.run(kernel_checks.CHECKS, kernel_checks.TOLERANCE)


def main() -> int:
    result = run()
    print(json.dumps(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
