"""Parses the text of a /proc/cpuinfo of any Linux architecture."""

from __future__ import annotations

from ..errors import EX_DATAERR, DetectError
from .files import trim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, List, Optional, Set, Tuple

    Fields = Dict[str, str]

# Keys of a line that lists features: x86, then Arm and s390x.
_FEATURE_KEYS = ("flags", "features")

# Lines that lscpu prints and no kernel does.
_LSCPU_KEYS = {"architecture", "byte order", "thread(s) per core", "on-line cpu(s) list"}


class Cpuinfo:
    """Keys of fields are lower-case, values trimmed.

    processors: one dict per processor that has a block of its own
    general: fields outside every processor's block (board, platform, s390x's header)
    features, partial_features: what all and what only some processors have, sorted
    """

    def __init__(self, architecture: str, processors: List[Fields], general: Fields) -> None:
        self.architecture = architecture
        self.processors = processors
        self.general = general
        self.features, self.partial_features = _features([*processors, general])


def parse_cpuinfo(text: str, source: str, machine: Optional[str] = None) -> Cpuinfo:
    """Understands a cpuinfo, or refuses it with a DetectError of exit code 65.

    machine: `uname -m` where `text` is what this kernel says itself. Only a copy can be another
    text, wrapped or cut, so only a copy is examined for that.

    Codes: CPUINFO_EMPTY, CPUINFO_BINARY, CPUINFO_LSCPU, CPUINFO_LINE, CPUINFO_CUT,
    CPUINFO_UNKNOWN.
    """
    if trim(text) == "":
        raise _refusal("CPUINFO_EMPTY", f"{source} is empty.", "It describes no processor.")
    if "\0" in text:
        raise _refusal("CPUINFO_BINARY", f"{source} is not text.", "It has bytes of value zero.")
    if machine is None:
        _require_own_lines(text, source)
    processors, general = _blocks(text)
    architecture = _architecture([*processors, general]) or machine
    if architecture is None:
        raise _refusal(
            "CPUINFO_UNKNOWN",
            f"{source} is not a /proc/cpuinfo.",
            "It names no features, no instruction set and no processor that Linux would write.",
        )
    if machine is None:
        _require_whole(text, processors, source)
    return Cpuinfo(architecture, processors, general)


def _refusal(code: str, what: str, why: str) -> DetectError:
    after = "Copy it again on the machine in question: cat /proc/cpuinfo > cpuinfo.txt"
    return DetectError(code, what, why, after, EX_DATAERR)


def _require_own_lines(text: str, source: str) -> None:
    """Every line is `name : value`: a wrapped one would lose features without a word."""
    for number, line in enumerate(text.split("\n"), 1):
        key, colon, _ = line.partition(":")
        if trim(key).lower() in _LSCPU_KEYS:
            raise _refusal(
                "CPUINFO_LSCPU",
                f"{source} is the output of lscpu, not a /proc/cpuinfo.",
                "lscpu wraps its lines and sums up what processors have in common.",
            )
        if not colon and trim(line) != "":
            raise _refusal(
                "CPUINFO_LINE",
                f"Line {number} of {source} is not `name : value`.",
                "A /proc/cpuinfo has no other lines, so this one was wrapped, cut or added.",
            )


def _require_whole(text: str, processors: List[Fields], source: str) -> None:
    """Refuses a text that ends in a list of features, or within a processor."""
    last = text.rsplit("\n", 1)[-1]
    key, _, value = last.partition(":")
    name = trim(key).lower()
    features = [_feature_line(fields) is not None for fields in processors]
    if name in _FEATURE_KEYS:
        why = "The last line lists features and has no end, so some may be missing."
    elif any(features) and not all(features):
        number = features.index(False)
        why = f"Others list features, but processor {number} has no such line."
    elif name == "processor" and trim(value) == "" and trim(key) == name:
        why = "It ends where another processor begins."
    else:
        return
    raise _refusal("CPUINFO_CUT", f"{source} is only a part of a /proc/cpuinfo.", why)


def _blocks(text: str) -> Tuple[List[Fields], Fields]:
    processors: List[Fields] = []
    general: Fields = {}
    block = general
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if not colon:
            if trim(line) == "":
                block = general
            continue
        key = trim(key).lower()
        value = trim(value)
        if key == "processor" and value.isascii() and value.isdigit():
            block = {}
            processors.append(block)
        block.setdefault(key, value)
    return processors, general


def _feature_line(fields: Fields) -> Optional[str]:
    return fields.get("flags", fields.get("features"))


def _architecture(blocks: List[Fields]) -> Optional[str]:
    for fields in blocks:
        found = _architecture_of(fields)
        if found is not None:
            return found
    return None


def _architecture_of(fields: Fields) -> Optional[str]:
    features = words(_feature_line(fields))
    isa = fields.get("isa", "")
    if fields.get("vendor_id") == "IBM/S390":
        return "s390x"
    if "flags" in fields:
        return "x86_64" if "lm" in features else "i686"
    if "cpu implementer" in fields:
        return "aarch64" if "asimd" in features else "armv7l"
    if isa.startswith(("rv32", "rv64")):
        return "riscv" + isa[2:4]
    if "loongarch64" in isa:
        return "loongarch64"
    if isa.startswith("mips"):
        return "mips"
    return _architecture_without_features(fields)


def _architecture_without_features(fields: Fields) -> Optional[str]:
    """Architectures whose cpuinfo lists no features; no package is built for any of them."""
    cpu = fields.get("cpu", "")
    if cpu.startswith("POWER"):
        return "ppc64le"
    if "(pvr" in fields.get("revision", ""):
        return "ppc64" if cpu.startswith(("Cell", "PPC970", "PA6T")) else "ppc"
    if fields.get("type") in ("sun4u", "sun4v"):
        return "sparc64"
    if fields.get("type", "").startswith("sun4"):
        return "sparc"
    if cpu == "Alpha":
        return "alpha"
    if fields.get("arch") == "IA-64":
        return "ia64"
    return "parisc" if fields.get("cpu family", "").startswith("PA-RISC") else None


def _features(blocks: List[Fields]) -> Tuple[List[str], List[str]]:
    # Most machines say the same line for every processor.
    lines = {line for line in map(_feature_line, blocks) if line is not None}
    sets = [set(words(line)) for line in lines]
    everywhere: Set[str] = set.intersection(*sets) if sets else set()
    return sorted(everywhere), sorted(set().union(*sets) - everywhere)


_MARKS = str.maketrans("", "", "_.- ")


def words(line: Optional[str]) -> List[str]:
    """The words of a line, without anything that is no feature name."""
    text = (line or "").replace("\t", " ")
    found = [word for word in text.split(" ") if word != ""]
    return found if _is_plain(text) else [word for word in found if _is_plain(word)]


def _is_plain(text: str) -> bool:
    rest = text.translate(_MARKS)
    return rest == "" or (rest.isascii() and rest.isalnum())
