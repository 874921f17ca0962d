"""How to run vllm serve on the machine that was detected."""
