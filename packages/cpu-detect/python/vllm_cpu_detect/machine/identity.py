"""Who made the CPU and what it is called."""

from __future__ import annotations

from .._table import ARM_PARTS, VENDORS, X86_MODELS
from .files import trim, whole_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Dict, List, Optional, Tuple

    from ..report_types import X86Level
    from ..table_types import X86Model
    from .cpuinfo import Cpuinfo


class Identity:
    """What a CPU says of itself; None where it does not."""

    def __init__(
        self,
        vendor: Optional[str],
        model: Optional[str],
        family: Optional[int] = None,
        number: Optional[int] = None,
        stepping: Optional[int] = None,
        microarchitecture: Optional[str] = None,
        native: Optional[str] = None,
    ) -> None:
        self.vendor = vendor
        self.model = model
        self.family = family
        self.number = number
        self.stepping = stepping
        self.microarchitecture = microarchitecture
        # The variant that this microarchitecture can run where nothing is hidden.
        self.native = native


def x86_model(
    vendor: str, family: Optional[int], model: Optional[int], stepping: Optional[int]
) -> Optional[X86Model]:
    """Finds a CPU by vendor string, family, model and stepping of CPUID leaves 0 and 1."""
    if family is None or model is None:
        return None
    for entry in X86_MODELS:
        if entry["vendor"] != vendor or entry["family"] != family:
            continue
        if not any(low <= model <= high for low, high in entry["models"]):
            continue
        steppings = entry["steppings"]
        if steppings is None or steppings[0] <= (stepping or 0) <= steppings[1]:
            return entry
    return None


def identify(cpuinfo: Cpuinfo) -> Identity:
    """Names the CPU of a parsed cpuinfo."""
    first = cpuinfo.processors[0] if cpuinfo.processors else cpuinfo.general
    if "cpu implementer" in first:
        return _identify_arm(cpuinfo, first)
    vendor_id = first.get("vendor_id", "")
    family = whole_number(first.get("cpu family"))
    number = whole_number(first.get("model"))
    stepping = whole_number(first.get("stepping"))
    known = x86_model(vendor_id, family, number, stepping)
    name = first.get("model name", first.get("cpu", first.get("uarch")))
    return Identity(
        vendor_name(vendor_id),
        model_name(name),
        family,
        number,
        stepping,
        known["name"] if known else None,
        known["variant"] if known else None,
    )


def _identify_arm(cpuinfo: Cpuinfo, first: Dict[str, str]) -> Identity:
    names: List[str] = []
    for fields in cpuinfo.processors:
        for entry in ARM_PARTS:
            same = entry["implementer"] == fields.get("cpu implementer")
            if same and entry["part"] == fields.get("cpu part") and entry["name"] not in names:
                names.append(entry["name"])
    return Identity(
        vendor_name(first.get("cpu implementer", "")),
        model_name(cpuinfo.general.get("model", first.get("model name"))),
        microarchitecture=" + ".join(names) if names else None,
    )


def vendor_name(identifier: str) -> Optional[str]:
    """The vendor's usual name; what the CPU says itself where it is not known."""
    trimmed = trim(identifier)
    return VENDORS.get(trimmed) or model_name(trimmed)


def model_name(text: Optional[str]) -> Optional[str]:
    """A model name as one clean line: printable ASCII, single spaces, at most 120 characters."""
    clean = "".join(letter if " " <= letter <= "~" else " " for letter in text or "")
    return " ".join(clean.split())[:120] or None


_X86_LEVELS: Tuple[Tuple[X86Level, Tuple[str, ...]], ...] = (
    ("x86-64-v2", ("cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3")),
    ("x86-64-v3", ("abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe", "xsave")),
    ("x86-64-v4", ("avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl")),
)


def level_of(architecture: str, features: Collection[str]) -> Optional[X86Level]:
    """The microarchitecture level of the x86-64 psABI; None for other architectures."""
    if architecture != "x86_64":
        return None
    level: X86Level = "x86-64-v1"
    for name, needed in _X86_LEVELS:
        if not all(feature in features for feature in needed):
            break
        level = name
    return level
