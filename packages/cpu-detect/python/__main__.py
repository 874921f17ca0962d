"""Runs the detector from its folder, uninstalled: `python3 packages/cpu-detect/python`."""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 (npx runs whatever Python there is)
    found = sys.version.split()[0]
    sys.stderr.write("vllm-cpu-detect needs Python 3.8 or later, and this is " + found + "\n")
    # 1 would mean that no package runs on this CPU.
    sys.exit(69)

from vllm_cpu_detect.cli import main

main()
