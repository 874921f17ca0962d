"""The installed distributions, read from their .dist-info without importing anything."""

from __future__ import annotations

import os
import re

from .markers import is_required

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Sequence, Tuple

    from ..report_types import TorchBuild

_INTERESTING = re.compile(r"(vllm([-_.]cpu.*)?|torch)-", re.IGNORECASE)

# What must be whole for vllm to load: its modules, and the libraries that the wheel brings.
_RECORDED = re.compile(
    r"(vllm/(?:__init__\.py|(?:_cpu_levels/[^/,]+/)?[^/,]+\.so)|[A-Za-z0-9_.]+\.libs/[^/,]+)"
    r",[^,]*,([0-9]*)\r?\Z"
)


class Distribution:
    """One .dist-info: name (normalised), version, its path, Requires-Dist."""

    def __init__(self, name: str, version: str, path: str, requires: List[str]) -> None:
        self.name = name
        self.version = version
        self.path = path
        self.requires = requires

    @property
    def root(self) -> str:
        """The directory that it is installed into."""
        return os.path.dirname(self.path)

    @property
    def release(self) -> str:
        """The version without its local part: 2.9.1+cpu is 2.9.1."""
        return self.version.split("+", 1)[0]


def installed_distributions(directories: Sequence[str]) -> List[Distribution]:
    """Those that can matter, in the directories' order; a name counts once, the first time."""
    found: Dict[str, Distribution] = {}
    for directory in directories:
        try:
            names = sorted(os.listdir(directory))
        except OSError:
            continue
        for name in names:
            if not name.endswith(".dist-info") or not _INTERESTING.match(name):
                continue
            distribution = _read_distribution(os.path.join(directory, name))
            if distribution is not None:
                found.setdefault(distribution.name, distribution)
    return list(found.values())


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as handle:
            return handle.read()
    except OSError:
        return None


def _read_distribution(directory: str) -> Optional[Distribution]:
    text = _read(os.path.join(directory, "METADATA"))
    if text is None:
        return None
    head = text.replace("\r", "").split("\n\n", 1)[0]

    def values(name: str) -> List[str]:
        start = f"{name}: "
        return [line[len(start) :].strip() for line in head.split("\n") if line.startswith(start)]

    name = re.sub(r"[-_.]+", "-", "".join(values("Name")[:1]).lower())
    version = "".join(values("Version")[:1])
    return Distribution(name, version, directory, values("Requires-Dist")) if name else None


def pinned_torch(distribution: Distribution, machine: str) -> Optional[str]:
    """The torch version that a distribution pins for this machine, without its local part."""
    for line in distribution.requires:
        match = re.match(r"torch *\(?== *([^\s;,)]+)\)? *(?:;(.*))?\Z", line)
        if match and is_required(match.group(2) or "", machine):
            return match.group(1).split("+", 1)[0]
    return None


# Local versions, and variables of version.py.
_TORCH_LOCAL: Tuple[Tuple[str, TorchBuild], ...] = (
    ("cpu", "cpu"),
    ("cu", "cuda"),
    ("rocm", "rocm"),
    ("xpu", "xpu"),
)
_TORCH_FIELDS: Tuple[Tuple[str, TorchBuild], ...] = (
    ("cuda", "cuda"),
    ("hip", "rocm"),
    ("xpu", "xpu"),
)


def torch_build(distribution: Distribution) -> TorchBuild:
    """What torch was built for: its local version, then the version.py that every torch has."""
    local = distribution.version.partition("+")[2]
    for mark, named in _TORCH_LOCAL:
        if re.match(rf"{mark}[0-9.]*\Z", local):
            return named
    text = _read(os.path.join(distribution.root, "torch", "version.py"))
    if text is None:
        return "unknown"
    stated = set()
    for field, build in _TORCH_FIELDS:
        match = re.search(rf"^{field}\b[^=\n]*= *(\S+)", text, re.MULTILINE | re.ASCII)
        if match and match.group(1) != "None":
            return build
        if match:
            stated.add(field)
    # Nothing but a CPU is left where the two that every torch states are None.
    return "cpu" if {"cuda", "hip"} <= stated and local == "" else "unknown"


def damaged_files(distribution: Distribution) -> Optional[List[str]]:
    """Recorded files that are gone or have another size; None: there is no RECORD."""
    entries = recorded_files(distribution)
    if entries is None:
        return None
    damaged = []
    for file, size in entries:
        found = _size(distribution, file)
        # RECORD may leave a size out; then any will do.
        if found is None or size not in (None, found):
            damaged.append(file)
    return damaged


def owns_files(distribution: Distribution) -> bool:
    """Whether the files on disk have the sizes that this distribution recorded."""
    return bool(recorded_files(distribution)) and damaged_files(distribution) == []


def modules_of(distribution: Distribution) -> List[str]:
    """The extension modules of vllm that a distribution recorded: `_C`, `_C_AVX2`."""
    files = [file for file, _ in recorded_files(distribution) or []]
    return [file[5:].split(".", 1)[0] for file in files if file.startswith("vllm/_C")]


def recorded_files(distribution: Distribution) -> Optional[List[Tuple[str, Optional[int]]]]:
    """What RECORD lists of the files that matter, with their sizes where it has them."""
    text = _read(os.path.join(distribution.path, "RECORD"))
    if text is None:
        return None
    matches = [_RECORDED.match(line) for line in text.split("\n")]
    return [
        (match.group(1), int(match.group(2)) if match.group(2) else None)
        for match in matches
        if match
    ]


def _size(distribution: Distribution, file: str) -> Optional[int]:
    try:
        return os.path.getsize(os.path.join(distribution.root, file))
    except OSError:
        return None
