"""Parses the text of a /proc/cpuinfo of any Linux architecture."""

import re

from .errors import DetectError
from .files import trim


class Cpuinfo:
    """Keys of fields are lower-case, values trimmed.

    processors: one dict per processor that has a block of its own
    general: fields outside every processor's block (board, platform, s390x's header)
    features, partial_features: what all and what only some processors have, sorted
    """

    def __init__(self, architecture, processors, general):
        self.architecture = architecture
        self.processors = processors
        self.general = general
        self.features, self.partial_features = _features(processors + [general])


def parse_cpuinfo(text, source):
    """Raises DetectError CPUINFO_EMPTY, CPUINFO_BINARY or CPUINFO_UNKNOWN."""
    if trim(text) == "":
        raise _refusal(
            "CPUINFO_EMPTY", "%s is empty." % source, "Nothing can be said of no processor."
        )
    if "\0" in text:
        raise _refusal(
            "CPUINFO_BINARY", "%s is not text." % source, "It holds bytes of value zero."
        )
    processors, general = _blocks(text)
    architecture = _architecture(processors + [general])
    if architecture is None:
        raise _refusal(
            "CPUINFO_UNKNOWN",
            "%s is not a /proc/cpuinfo." % source,
            "It names no features, no instruction set and no processor that Linux would write.",
        )
    return Cpuinfo(architecture, processors, general)


def _refusal(code, what, why):
    after = "Copy it again on the machine in question: cat /proc/cpuinfo > cpuinfo.txt"
    return DetectError(code, what, why, after, 65)


def _blocks(text):
    processors = []
    general = {}
    block = general
    for line in text.split("\n"):
        key, colon, value = line.partition(":")
        if not colon:
            if trim(line) == "":
                block = general
            continue
        key = trim(key).lower()
        value = trim(value)
        if key == "processor" and re.match(r"[0-9]+\Z", value):
            block = {}
            processors.append(block)
        block.setdefault(key, value)
    return processors, general


def _architecture(blocks):
    for fields in blocks:
        features = words(fields.get("flags", fields.get("features")))
        isa = fields.get("isa", "")
        if fields.get("vendor_id") == "IBM/S390":
            return "s390x"
        if "flags" in fields:
            return "x86_64" if "lm" in features else "i686"
        if "cpu implementer" in fields:
            return "aarch64" if "asimd" in features else "armv7l"
        if re.match(r"rv(32|64)", isa):
            return "riscv" + isa[2:4]
        if "loongarch64" in isa:
            return "loongarch64"
        if fields.get("cpu", "").startswith("POWER"):
            return "ppc64le"
        if isa.startswith("mips"):
            return "mips"
    return None


def _features(blocks):
    lines = set()
    for fields in blocks:
        line = fields.get("flags", fields.get("features"))
        if line is not None:
            lines.add(line)
    sets = [set(words(line)) for line in lines]
    everywhere = set.intersection(*sets) if sets else set()
    return sorted(everywhere), sorted(set().union(*sets) - everywhere)


def words(line):
    """The words of a line, without anything that is no feature name."""
    return [word for word in re.split(r"[ \t]+", line or "") if re.match(r"[A-Za-z0-9_.-]+\Z", word)]
