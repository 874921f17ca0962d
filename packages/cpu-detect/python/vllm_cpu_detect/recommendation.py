"""Which package suits a CPU."""

from __future__ import annotations

from ._table import OLDEST_GLIBC, VARIANTS
from .texts import count, list_of, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterable, List, Literal, Optional, Sequence

    from .report_types import (
        Candidate,
        CandidateVerdict,
        Cpu,
        NextPackage,
        Recommendation,
        RecommendationCode,
    )
    from .table_types import Variant


def usable_features(cpu: Cpu) -> List[str]:
    """Features that this process can use: AMX only where the kernel does not refuse it."""
    if cpu["amx"] != "refused":
        return list(cpu["features"])
    return [feature for feature in cpu["features"] if not feature.startswith("amx_")]


def missing_features(
    variant: Variant, platform: Optional[str], features: Iterable[str]
) -> Optional[List[str]]:
    """What `variant` needs on `platform` and `features` lack; None where it is not built there."""
    needed = variant["requires"].get(platform or "")
    if needed is None:
        return None
    has = set(features)
    return [feature for feature in needed if feature not in has]


def recommend(cpu: Cpu) -> Recommendation:
    """The `recommendation` part of the report; adding features never lowers it."""
    if cpu["system"] != "linux":
        return _on_another_system(cpu, cpu["system"])
    if cpu["emulatedOn"] is not None:
        return _emulated(cpu, cpu["emulatedOn"])
    if cpu["platform"] is None:
        return _without_package(cpu, "unsupported-architecture")
    chosen = _choose(cpu, cpu["platform"])
    if chosen["package"] is None:
        return chosen
    if cpu["processBits"] == 32:
        return _inside(chosen, "32-bit-process", say("process32", package=chosen["package"]))
    libc = cpu["environment"]["libc"]
    if libc is not None and libc != "glibc":
        return _inside(chosen, libc, say(libc, package=chosen["package"]))
    version = cpu["environment"]["glibcVersion"]
    if version is not None and _numbers(version) < _numbers(OLDEST_GLIBC):
        package = chosen["package"]
        reason = say("old-glibc", version=version, oldest=OLDEST_GLIBC, package=package)
        return _inside(chosen, "old-glibc", reason)
    return chosen


def _numbers(version: str) -> List[int]:
    """2.9 is older than 2.28; vendors add words after the numbers."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def _choose(cpu: Cpu, platform: str) -> Recommendation:
    features = usable_features(cpu)
    built = [variant for variant in VARIANTS if platform in variant["requires"]]
    missing = [missing_features(variant, platform, features) or [] for variant in built]
    fitting = [index for index, lacks in enumerate(missing) if not lacks]
    if not fitting:
        return _without_package(cpu, "lacks-features", missing[0] if missing else [], platform)
    index = fitting[-1]
    best = built[index]
    after: Optional[NextPackage] = None
    if index + 1 < len(built):
        after = {"package": built[index + 1]["distribution"], "missing": missing[index + 1]}
    code: RecommendationCode = "only-one" if len(built) == 1 else "highest"
    if after:
        code = "next-lacks-features"
    reason = say(
        code,
        package=best["distribution"],
        next=after["package"] if after else "",
        missing=list_of(after["missing"] if after else []),
        count=count(len(VARIANTS), "package"),
    )
    return {
        "package": best["distribution"],
        "variant": best["name"],
        "inside": None,
        "code": code,
        "reason": reason,
        "next": after,
        "missing": [],
        "notes": _notes(cpu),
        "candidates": _candidates(platform, features, best["name"]),
    }


def _without_package(
    cpu: Cpu, code: RecommendationCode, missing: Sequence[str] = (), platform: Optional[str] = None
) -> Recommendation:
    package = VARIANTS[0]["distribution"]
    architecture = cpu["architecture"]
    return {
        "package": None,
        "variant": None,
        "inside": None,
        "code": code,
        "reason": say(code, package=package, missing=list_of(missing), architecture=architecture),
        "next": None,
        "missing": list(missing),
        "notes": _notes(cpu),
        "candidates": _candidates(platform, usable_features(cpu), None),
    }


def _inside(chosen: Recommendation, code: RecommendationCode, reason: str) -> Recommendation:
    """No package here, and the chosen one in a process, image or guest of the right kind."""
    inside = chosen["package"]
    chosen.update(
        {
            "package": None,
            "variant": None,
            "inside": inside,
            "code": code,
            "reason": reason,
            "next": None,
        }
    )
    return chosen


def _on_another_system(cpu: Cpu, system: Literal["macos", "windows"]) -> Recommendation:
    arm = cpu["architecture"] == "aarch64"
    guest = _choose(cpu, "linux-aarch64" if arm else "linux-x86_64")
    if guest["package"]:
        found = say("insideVm" if system == "macos" else "insideWsl", package=guest["package"])
    else:
        found = say("insideNone", missing=list_of(guest["missing"]))
    guest["candidates"] = []
    return _inside(guest, system, f"{say(system)} {found}")


def _emulated(cpu: Cpu, architecture: str) -> Recommendation:
    """A process for another CPU than this one: an emulator lacks what the packages need."""
    platform = {"x86_64": "linux-x86_64", "aarch64": "linux-aarch64"}.get(architecture)
    native = _choose(cpu, platform) if platform else None
    package = native["package"] if native else None
    if package is None and "asimd" not in cpu["features"] and architecture == "aarch64":
        # Rosetta shows x86 features only; every Apple silicon has what this one needs.
        package = VARIANTS[0]["distribution"]
    reason = say("emulated", process=cpu["architecture"], cpu=architecture)
    if package is not None:
        reason = f"{reason} {say('emulatedInside', cpu=architecture, package=package)}"
    found = _without_package(cpu, "unsupported-architecture", (), cpu["platform"])
    found.update({"code": "emulated", "reason": reason, "inside": package})
    for candidate in found["candidates"]:
        if candidate["verdict"] == "runs":
            candidate["verdict"] = "lacks features"
    return found


def _notes(cpu: Cpu) -> List[str]:
    notes = []
    if cpu["amx"] == "refused":
        notes.append(say("amxRefused"))
    if cpu["amx"] == "not checked" and cpu["system"] == "linux":
        notes.append(say("amxNotChecked"))
    if cpu["partialFeatures"]:
        notes.append(say("partialFeatures", features=_partial(cpu)))
    if cpu["maskedFeatures"]:
        features = list_of(cpu["maskedFeatures"])
        notes.append(say("maskedFeatures", name=cpu["microarchitecture"] or "", features=features))
    return notes


def _partial(cpu: Cpu) -> str:
    """The uneven features that any package asks for; all of them where none does."""
    needed = {name for entry in VARIANTS for names in entry["requires"].values() for name in names}
    matter = [feature for feature in cpu["partialFeatures"] if feature in needed]
    return list_of(matter or cpu["partialFeatures"])


def _candidates(
    platform: Optional[str], features: Sequence[str], recommended: Optional[str]
) -> List[Candidate]:
    return [_candidate(variant, platform, features, recommended) for variant in VARIANTS]


def _candidate(
    variant: Variant, platform: Optional[str], features: Sequence[str], recommended: Optional[str]
) -> Candidate:
    missing = missing_features(variant, platform, features)
    verdict: CandidateVerdict
    if missing is None:
        verdict = "not built"
    elif missing:
        verdict = "lacks features"
    else:
        verdict = "recommended" if variant["name"] == recommended else "runs"
    return {
        "package": variant["distribution"],
        "variant": variant["name"],
        "verdict": verdict,
        "missing": missing or [],
    }
