#!/usr/bin/env python3
"""What wheels compute, side by side: kernels, and tokens per second of LLM.generate.

    python3 benchmarks/installed_wheels.py --python venv/bin/python \\
        upstream=vllm-0.33.0+cpu-cp38-abi3-linux_x86_64.whl:_C_AVX2 ours=vllm_cpu-0.33.0-....whl

Each argument is NAME=PLACE[:MODULE]. PLACE is a wheel, a folder in which one is unpacked, or one
kernel module. Of a wheel with several modules the kernels of MODULE are measured; without it, of
the one that upstream loads on this CPU, which is what `--generate` measures in any case. The first
argument is what the others are compared with. `--python` needs the torch that the wheels were
built against, and for `--generate` all that vLLM requires.

One process after the other: the first, the second, the first, the second, and so on, each pinned to
the same CPUs; the best time of all pairs counts. A ratio above 1 means faster than the first. On a
machine that others use as well `--cpu-time` counts the CPU's time instead of the clock's.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HEADS, HEAD_SIZE, BLOCK = 8, 128, 128
PREFILL_TOKENS, DECODE_CONTEXT, DECODE_REQUESTS = 512, 1024, 8
ROWS, HIDDEN, INTERMEDIATE = 256, 2048, 5632
SECONDS_PER_KERNEL = 0.4
CPU_TIME = "VLLM_CPU_BENCHMARK_CPU_TIME"
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_TARGET_DEVICE": "cpu",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_LOGGING_LEVEL": "ERROR",
}
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


class Subject:
    """One of the wheels, and the best that was measured of it."""

    def __init__(self, argument: str, scratch: str) -> None:
        self.name, _, place = argument.partition("=")
        if not place:
            raise SystemExit(f"{argument}: expected NAME=PLACE[:MODULE]")
        place, _, self.module = place.partition(":")
        self.place = unpacked(Path(place), Path(scratch, self.name))
        self.times: dict[str, float | str] = {}
        self.tokens, self.peak, self.loaded = 0.0, 0, ""

    def measure(self, options: argparse.Namespace) -> None:
        measured = run(options, ["kernels", str(self.place), self.module])
        for kernel, took in measured["kernels"].items():
            known = self.times.get(kernel, took)
            self.times[kernel] = min(known, took) if isinstance(took, float) else took
        self.peak, self.loaded = max(self.peak, measured["peak"]), measured["module"]
        if options.generate:
            # vLLM looks at models in processes of its own.
            found_by = {**OFFLINE, "PYTHONPATH": str(self.place)}
            measured = run(options, ["generate", str(self.place), ""], found_by)
            self.tokens = max(self.tokens, measured["tokens"])
            self.peak = max(self.peak, measured["peak"])


def run(
    options: argparse.Namespace, words: list[str], variables: dict[str, str] | None = None
) -> dict[str, Any]:
    """Measures in a process of its own, on the chosen CPUs."""
    threads = str(options.threads or len(options.cpus))
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONDONTWRITEBYTECODE": "1"}
    environment.update(variables or {})
    if options.cpu_time:
        environment[CPU_TIME] = "1"
    done = subprocess.run(
        [options.python, __file__, "--work", *words],
        capture_output=True,
        text=True,
        env=environment,
        preexec_fn=lambda: os.sched_setaffinity(0, options.cpus),
    )
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def unpacked(place: Path, scratch: Path) -> Path:
    if place.suffix != ".whl":
        return place.resolve()
    with zipfile.ZipFile(place) as wheel:
        wheel.extractall(scratch)
    return scratch


def compare(first: Subject, other: Subject) -> None:
    print(f"\n{other.name} ({other.loaded}) against {first.name} ({first.loaded})\n")
    print(f"| kernel | {first.name}, ms | {other.name}, ms | ratio |\n|---|---|---|---|")
    for kernel, theirs in first.times.items():
        ours = other.times[kernel]
        if isinstance(theirs, float) and isinstance(ours, float):
            print(f"| {kernel} | {theirs:.3f} | {ours:.3f} | {theirs / ours:.2f} |")
        else:
            reason = next(each for each in (theirs, ours) if isinstance(each, str))
            print(f"| {kernel} | | | not run: {reason[:90]} |")
    if first.tokens:
        ratio = other.tokens / first.tokens
        print(f"| tokens per second | {first.tokens:.1f} | {other.tokens:.1f} | {ratio:.2f} |")
    print(f"| peak memory, MiB | {first.peak} | {other.peak} | |")


def machine() -> str:
    model = [
        line.split(":")[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return f"{model[0] if model else os.uname().machine}, {os.cpu_count()} CPUs"


def cpu_list(text: str) -> set[int]:
    """0-3,8 as a set."""
    ends = [[int(end) for end in part.split("-")] for part in text.split(",")]
    return {cpu for each in ends for cpu in range(each[0], each[-1] + 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheels", nargs="+", metavar="NAME=PLACE[:MODULE]")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has torch")
    parser.add_argument("--pairs", type=int, default=5, help="default 5")
    parser.add_argument("--cpus", type=cpu_list, default={0}, help="CPUs to run on; default 0")
    parser.add_argument("--threads", type=int, help="default: one for each CPU")
    parser.add_argument("--cpu-time", action="store_true", help="CPU time instead of wall time")
    parser.add_argument("--generate", action="store_true", help="measure LLM.generate as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        first, *others = [Subject(argument, scratch) for argument in options.wheels]
        for _ in range(options.pairs):
            for other in others:
                first.measure(options)
                other.measure(options)
        load = os.getloadavg()[0]
        clock = "CPU time" if options.cpu_time else "wall time"
        cpus = ",".join(map(str, sorted(options.cpus)))
        print(f"{machine()}; on {cpus}; {options.pairs} pairs, {clock}, load {load:.1f}")
        for other in others:
            compare(first, other)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--work"]:
        work(*sys.argv[2:5])
    else:
        main()
