"""`python -m vllm_cpu_detect`."""

import sys

from .cli import main

sys.exit(main())
