"""Runs the detector from its folder, uninstalled: `python3 packages/cpu-detect/python`."""

import sys

if sys.version_info < (3, 8):
    sys.exit("vllm-cpu-detect needs Python 3.8 or later, and this is %d.%d" % sys.version_info[:2])

from vllm_cpu_detect.cli import main  # noqa: E402 (an older Python could not even read it)

sys.exit(main())
