"""What macOS and Windows tell of the CPU."""

from __future__ import annotations

import re

from .._table import DARWIN_ARM, DARWIN_X86, VARIANTS
from .files import trim, whole_number
from .identity import Identity, model_name, x86_model

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional


class ForeignCpu:
    """What another system tells of the CPU, with features in /proc/cpuinfo spelling."""

    def __init__(
        self,
        identity: Identity,
        architecture: str,
        features: List[str],
        memory_mib: Optional[int] = None,
    ) -> None:
        self.identity = identity
        self.architecture = architecture
        self.features = features
        self.memory_mib = memory_mib


def read_sysctl() -> str:
    """The sysctl lines that describe the CPU; empty where sysctl does not run."""
    import subprocess

    command = ["/usr/sbin/sysctl", "machdep.cpu", "hw.optional", "hw.memsize"]
    try:
        output = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    return output.decode("latin-1")


def darwin_cpu(machine: str, sysctl: str) -> ForeignCpu:
    """Understands the output of macOS's sysctl."""
    values = {}
    for line in sysctl.split("\n"):
        key, colon, value = line.partition(":")
        if colon and key:
            values[trim(key)] = trim(value)
    arm = machine == "arm64" or values.get("hw.optional.arm64") == "1"
    memory = whole_number(values.get("hw.memsize")) or 0
    return ForeignCpu(
        Identity("Apple" if arm else "Intel", model_name(values.get("machdep.cpu.brand_string"))),
        "aarch64" if arm else "x86_64",
        _darwin_arm(values) if arm else _darwin_x86(values),
        memory // 1048576 if memory > 0 else None,
    )


def _darwin_arm(values: Dict[str, str]) -> List[str]:
    bf16 = ["bf16"] if values.get("hw.optional.arm.FEAT_BF16") == "1" else []
    return sorted([*DARWIN_ARM, *bf16])


def _darwin_x86(values: Dict[str, str]) -> List[str]:
    names = ("features", "leaf7_features", "extfeatures")
    words = " ".join(values.get(f"machdep.cpu.{name}", "") for name in names).lower().split(" ")
    linux = {**DARWIN_X86, "em64t": "lm"}
    return sorted({linux.get(word, word) for word in words} - {""})


_IDENTIFIER = re.compile(
    r"Family ([0-9]{1,5}) Model ([0-9]{1,5}) Stepping ([0-9]{1,5}), ([A-Za-z]+)"
)


def windows_cpu(machine: str, identifier: str) -> ForeignCpu:
    """Understands Windows' PROCESSOR_IDENTIFIER, which holds CPUID's family, model, stepping.

    The features are those of the variant that the microarchitecture can run: a model, no
    measurement.
    """
    match = _IDENTIFIER.search(identifier)
    family, number, stepping = (int(match.group(i)) if match else None for i in (1, 2, 3))
    arm = "arm" in machine.lower()
    known = x86_model(match.group(4) if match else "", family, number, stepping)
    variant = known["variant"] if known else "noavx512"
    platform = "linux-aarch64" if arm else "linux-x86_64"
    entry = next((entry for entry in VARIANTS if entry["name"] == variant), None)
    name = known["name"] if known else None
    return ForeignCpu(
        Identity(None, model_name(identifier), family, number, stepping, name),
        "aarch64" if arm else "x86_64",
        sorted(entry["requires"].get(platform, ())) if entry else [],
    )
