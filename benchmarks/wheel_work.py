"""What installed_wheels.py runs in a process of its own, with the interpreter that has torch.

    python benchmarks/wheel_work.py kernels PLACE MODULE
    python benchmarks/wheel_work.py generate PLACE ""

PLACE is an unpacked wheel or a kernel module; the result is one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HEADS, HEAD_SIZE, BLOCK = 8, 128, 128
PREFILL_TOKENS, DECODE_CONTEXT, DECODE_REQUESTS = 512, 1024, 8
ROWS, HIDDEN, INTERMEDIATE = 256, 2048, 5632
SECONDS_PER_KERNEL = 0.4
CPU_TIME = "VLLM_CPU_BENCHMARK_CPU_TIME"
NEW_TOKENS, PROMPTS, PROMPT_TOKENS = 32, 4, 128

# About half a billion parameters; the weights are random, so that nothing is downloaded.
MODEL = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": 896,
    "intermediate_size": 4864,
    "num_hidden_layers": 24,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "vocab_size": 151936,
    "max_position_embeddings": 4096,
    "tie_word_embeddings": True,
    "hidden_act": "silu",
    "rms_norm_eps": 1e-6,
    "rope_theta": 1000000.0,
    "torch_dtype": "bfloat16",
    "bos_token_id": 1,
    "eos_token_id": 2,
}


def best_ms(action: Callable[[], object]) -> float:
    """The shortest of at least five runs after two that warm caches up, in milliseconds."""
    clock = time.process_time if CPU_TIME in os.environ else time.perf_counter
    action()
    action()
    best, spent, runs = float("inf"), 0.0, 0
    while runs < 5 or spent < SECONDS_PER_KERNEL:
        started = clock()
        action()
        took = clock() - started
        best, spent, runs = min(best, took), spent + took, runs + 1
    return best * 1000


def call(name: str, **values: Any) -> Any:
    """Calls an operator of vLLM with those of `values` that this release's schema has."""
    import torch

    operator = getattr(torch.ops._C, name)
    known = [argument.name for argument in operator.default._schema.arguments]
    return operator(**{key: value for key, value in values.items() if key in known})


def attention(dtype: Any, isa: str, queries: list[int], context: int) -> Callable[[], object]:
    """Attention of requests with `queries` new tokens each, the last ones of `context` tokens."""
    import torch

    contexts = [context] * len(queries)
    blocks = [-(-context // BLOCK) for context in contexts]
    total = sum(queries)
    cache = torch.randn(2, sum(blocks), HEADS, BLOCK, HEAD_SIZE).to(dtype)
    table = torch.zeros(len(blocks), max(blocks), dtype=torch.int32)
    first = 0
    for row, count in enumerate(blocks):
        table[row, :count] = torch.arange(first, first + count)
        first += count
    query = torch.randn(total, HEADS, HEAD_SIZE).to(dtype)
    starts = torch.tensor([0, *queries]).cumsum(0).to(torch.int32)
    lengths = torch.tensor(contexts, dtype=torch.int32)
    causal = {"causal": True, "casual": True}
    metadata = call(
        "get_scheduler_metadata",
        **{"num_req": len(queries), "num_heads_q": HEADS, "num_heads_kv": HEADS},
        **{"head_dim": HEAD_SIZE, "seq_lens": lengths, "dtype": dtype, "query_start_loc": starts},
        **{"window_size": -1, "isa_hint": isa, "enable_kv_split": True, "dynamic_causal": None},
        **causal,
    )
    filled = {"key": query, "value": query, "key_cache": cache[0], "value_cache": cache[1]}
    slots = torch.arange(total, dtype=torch.int64)
    call("cpu_attn_reshape_and_cache", **filled, slot_mapping=slots, isa=isa)
    given = {
        **{"query": query, "key_cache": cache[0], "value_cache": cache[1]},
        **{"output": torch.empty_like(query), "query_start_loc": starts, "seq_lens": lengths},
        **{"scale": HEAD_SIZE**-0.5, "alibi_slopes": None, "sliding_window_size": -1},
        **{"block_table": table, "softcap": 0.0, "scheduler_metadata": metadata},
        **{"s_aux": None, "dynamic_causal": None, **causal},
    }
    return lambda: call("cpu_attention_with_kv_cache", **given)


def matmul(dtype: Any) -> Callable[[], object]:
    import torch

    weight = torch.randn(HIDDEN, HIDDEN).to(dtype).t()
    handler = torch.tensor(torch.ops._C.create_onednn_mm_handler(weight, 128), dtype=torch.int64)
    given = torch.randn(ROWS, HIDDEN).to(dtype)
    out = torch.empty(ROWS, HIDDEN, dtype=dtype)
    return lambda: torch.ops._C.onednn_mm(out, given, None, handler)


def rms_norm(dtype: Any) -> Callable[[], object]:
    import torch

    given, weight = torch.randn(ROWS, HIDDEN).to(dtype), torch.ones(HIDDEN, dtype=dtype)
    out = torch.empty_like(given)
    return lambda: torch.ops._C.rms_norm(out, given, weight, 1e-6)


def silu_and_mul(dtype: Any) -> Callable[[], object]:
    import torch

    given = torch.randn(ROWS, 2 * INTERMEDIATE).to(dtype)
    out = torch.empty(ROWS, INTERMEDIATE, dtype=dtype)
    return lambda: torch.ops._C.silu_and_mul(out, given)


def kernels(module: Path, amx: bool) -> dict[str, float | str]:
    """Milliseconds of each kernel, or why it cannot run here."""
    import torch

    torch.manual_seed(1)
    torch.ops.load_library(str(module))
    if amx:
        torch.cpu._init_amx()
    times: dict[str, float | str] = {}
    for label, dtype in (("bf16", torch.bfloat16), ("f32", torch.float32)):
        isa = "amx" if amx and label == "bf16" else "vec"
        one, many = [PREFILL_TOKENS], [1] * DECODE_REQUESTS
        made: dict[str, Callable[[], Callable[[], object]]] = {
            "attention, prefill": lambda: attention(dtype, isa, one, PREFILL_TOKENS),
            "attention, decode": lambda: attention(dtype, isa, many, DECODE_CONTEXT),
            "onednn_mm": lambda: matmul(dtype),
            "rms_norm": lambda: rms_norm(dtype),
            "silu_and_mul": lambda: silu_and_mul(dtype),
        }
        for name, make in made.items():
            try:
                times[f"{name}, {label}"] = best_ms(make())
            except (RuntimeError, AttributeError) as error:
                times[f"{name}, {label}"] = str(error).splitlines()[0]
    return times


def generate() -> float:
    """Tokens per second of a model with random weights, offline, in bfloat16."""
    from vllm import LLM, SamplingParams

    clock = time.process_time if CPU_TIME in os.environ else time.perf_counter
    with tempfile.TemporaryDirectory() as model:
        Path(model, "config.json").write_text(json.dumps(MODEL))
        llm = LLM(
            model=model,
            load_format="dummy",
            skip_tokenizer_init=True,
            dtype="bfloat16",
            enforce_eager=True,
            max_model_len=1024,
        )
        prompts = [{"prompt_token_ids": [7 + row] * PROMPT_TOKENS} for row in range(PROMPTS)]
        wanted = SamplingParams(
            temperature=0, max_tokens=NEW_TOKENS, ignore_eos=True, detokenize=False
        )
        llm.generate(prompts, wanted)
        started = clock()
        llm.generate(prompts, wanted)
        return PROMPTS * NEW_TOKENS / (clock() - started)


def work(what: str, place: str, module: str) -> None:
    """The process of one measurement: prints JSON."""
    result: dict[str, Any]
    if what == "generate":
        result = {"tokens": generate()}
    else:
        path = chosen_module(Path(place), module)
        amx = path.name.startswith("_C.") and " amx_tile" in Path("/proc/cpuinfo").read_text()
        result = {"module": path.name, "kernels": kernels(path, amx)}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({**result, "peak": peak}))


def chosen_module(place: Path, module: str) -> Path:
    """The kernel module of an unpacked wheel: MODULE, or what upstream loads on this CPU."""
    if place.is_file():
        return place
    found = {path.name.split(".")[0]: path for path in place.glob("vllm/_C*.so")}
    if module or len(found) == 1:
        return found[module or next(iter(found))]
    import torch

    if not torch.cpu._is_avx512_supported():
        return found["_C_AVX2"]
    return found["_C" if torch.cpu._is_avx512_bf16_supported() else "_C_AVX512"]


if __name__ == "__main__":
    work(*sys.argv[1:4])
