"""Runs the detector from its folder, uninstalled: `python3 packages/cpu-detect/python`."""

import sys

if sys.version_info < (3, 8):  # noqa: UP036 (npx runs whatever Python there is)
    sys.exit("vllm-cpu-detect needs Python 3.8 or later, and this is " + sys.version.split()[0])

from vllm_cpu_detect.cli import main

main()
