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
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from wheel_work import CPU_TIME

WORK = Path(__file__).with_name("wheel_work.py")
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_TARGET_DEVICE": "cpu",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_KVCACHE_SPACE": "1",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_LOGGING_LEVEL": "ERROR",
}


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
            known = self.times.get(kernel)
            both = isinstance(known, float) and isinstance(took, float)
            self.times[kernel] = min(known, took) if both else took
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
        [options.python, str(WORK), *words],
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
    main()
