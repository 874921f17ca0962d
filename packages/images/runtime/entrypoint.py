#!/usr/bin/env python3
"""What a run-time image starts: /usr/local/bin/vllm-cpu-entrypoint.

The package vllm_cpu_entrypoint lies beside this file, in ../lib/vllm-cpu, or in site-packages.
"""

import os
import sys

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.append(os.path.join(HERE, os.pardir, "lib", "vllm-cpu"))

from vllm_cpu_entrypoint.main import main  # noqa: E402  (the path above comes first)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
