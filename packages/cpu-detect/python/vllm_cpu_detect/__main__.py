"""`python -m vllm_cpu_detect`."""

from .cli import main

main()
