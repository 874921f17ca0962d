"""What macOS and Windows tell of the CPU."""

import re

from ._table import VARIANTS
from .files import trim, whole_number
from .identity import model_name, x86_model


def read_sysctl():
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


_DARWIN_X86 = {
    "sse3": "pni",
    "sse4.1": "sse4_1",
    "sse4.2": "sse4_2",
    "avx1.0": "avx",
    "lahf": "lahf_lm",
    "lzcnt": "abm",
    "em64t": "lm",
}

# Every Apple silicon Mac has at least the M1's features, which are more than these.
_DARWIN_ARM = ("asimd", "asimddp", "asimdhp", "asimdrdm", "atomics", "crc32", "fp", "fphp")


def darwin_cpu(machine, sysctl):
    """Understands the output of macOS's sysctl."""
    values = {}
    for line in sysctl.split("\n"):
        key, colon, value = line.partition(":")
        if colon and key:
            values[trim(key)] = trim(value)
    arm = machine == "arm64" or values.get("hw.optional.arm64") == "1"
    memory = whole_number(values.get("hw.memsize")) or 0
    return {
        "vendor": "Apple" if arm else "Intel",
        "model": model_name(values.get("machdep.cpu.brand_string")),
        "family": None,
        "modelNumber": None,
        "stepping": None,
        "microarchitecture": None,
        "architecture": "aarch64" if arm else "x86_64",
        "features": _darwin_arm(values) if arm else _darwin_x86(values),
        "memoryMib": memory // 1048576 if memory > 0 else None,
    }


def _darwin_arm(values):
    bf16 = ["bf16"] if values.get("hw.optional.arm.FEAT_BF16") == "1" else []
    return sorted(list(_DARWIN_ARM) + bf16)


def _darwin_x86(values):
    names = ("features", "leaf7_features", "extfeatures")
    words = " ".join(values.get("machdep.cpu." + name, "") for name in names).lower().split(" ")
    return sorted({_DARWIN_X86.get(word, word) for word in words} - {""})


def windows_cpu(machine, identifier):
    """Understands Windows' PROCESSOR_IDENTIFIER, which holds CPUID's family, model, stepping.

    The features are those of the variant that the microarchitecture can run: a model, no
    measurement.
    """
    match = re.search(r"Family ([0-9]{1,5}) Model ([0-9]{1,5}) Stepping ([0-9]{1,5}), ([A-Za-z]+)", identifier)
    family, number, stepping = (int(match.group(i)) for i in (1, 2, 3)) if match else [None] * 3
    arm = "arm" in machine.lower()
    known = x86_model(match.group(4) if match else "", family, number, stepping)
    variant = known["variant"] if known else "noavx512"
    platform = "linux-aarch64" if arm else "linux-x86_64"
    entry = next((entry for entry in VARIANTS if entry["name"] == variant), None)
    return {
        "vendor": None,
        "model": model_name(identifier),
        "family": family,
        "modelNumber": number,
        "stepping": stepping,
        "microarchitecture": known["name"] if known else None,
        "architecture": "aarch64" if arm else "x86_64",
        "features": sorted(entry["requires"].get(platform, ())) if entry else [],
        "memoryMib": None,
    }
