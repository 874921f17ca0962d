"""The vectors in fixtures/: real CPUs, what they show, and what is right for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

from vllm_cpu_detect import detect_cpu
from vllm_cpu_detect.report_types import Cpu, System

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

Vector = Dict[str, Any]


def read_vectors() -> List[Vector]:
    return [
        {"file": path.name, **json.loads(path.read_text(encoding="utf-8"))}
        for path in sorted(FIXTURES.glob("*.json"))
    ]


VECTORS = {vector["file"][:-5]: vector for vector in read_vectors()}


def cpuinfo_text(vector: Vector, processors: int = 0) -> str:
    """The /proc/cpuinfo that a vector stands for; with `processors`, that many of its first kind.

    test/vectors.ts writes the same.
    """
    text = "".join(f"{line}\n" for line in vector.get("header", []))
    blocks = vector.get("cpuinfo", [])
    if processors:
        blocks = [{"count": processors, "lines": blocks[0]["lines"]}]
    number = 0
    for block in blocks:
        for _ in range(block["count"]):
            text += f"processor\t: {number}\n{chr(10).join(block['lines'])}\n\n"
            number += 1
    return text + "".join(f"{line}\n" for line in vector.get("trailer", []))


def detected(vector: Vector) -> Cpu:
    """What the detection makes of a vector."""
    if "system" not in vector:
        return detect_cpu(cpuinfo_text=cpuinfo_text(vector), amx=vector.get("amx"))
    system: System = "macos" if vector["system"] == "darwin" else "windows"
    text = "\n".join(vector.get("sysctl", [])) or vector.get("processorIdentifier", "")
    return detect_cpu(foreign=(system, vector["machine"], text))
