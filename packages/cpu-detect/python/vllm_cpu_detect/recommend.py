"""Which package suits a CPU."""

from ._table import VARIANTS
from .texts import count, list_of, say


def usable_features(cpu):
    """Features that this process can use: AMX only where the kernel does not refuse it."""
    if cpu["amx"] != "refused":
        return list(cpu["features"])
    return [feature for feature in cpu["features"] if not feature.startswith("amx_")]


def missing_features(variant, platform, features):
    """What `variant` needs on `platform` and `features` lack; None where it is not built there."""
    needed = variant["requires"].get(platform)
    if needed is None:
        return None
    has = set(features)
    return [feature for feature in needed if feature not in has]


def recommend(cpu):
    """The `recommendation` part of the report; adding features never lowers it."""
    if cpu["system"] != "linux":
        return _inside(cpu)
    if cpu["platform"] is None:
        return _without_package(cpu, "unsupported-architecture")
    return _choose(cpu, cpu["platform"])


def _choose(cpu, platform):
    features = usable_features(cpu)
    built = [variant for variant in VARIANTS if platform in variant["requires"]]
    missing = [missing_features(variant, platform, features) for variant in built]
    fitting = [index for index, lacks in enumerate(missing) if not lacks]
    if not fitting:
        return _without_package(cpu, "lacks-features", missing[0] if missing else [], platform)
    index = fitting[-1]
    best = built[index]
    after = None
    if index + 1 < len(built):
        after = {"package": built[index + 1]["distribution"], "missing": missing[index + 1]}
    code = "next-lacks-features" if after else "only-one" if len(built) == 1 else "highest"
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


def _without_package(cpu, code, missing=(), platform=""):
    values = {
        "package": VARIANTS[0]["distribution"],
        "missing": list_of(list(missing)),
        "architecture": cpu["architecture"],
    }
    return {
        "package": None,
        "variant": None,
        "inside": None,
        "code": code,
        "reason": say(code, **values),
        "next": None,
        "missing": list(missing),
        "notes": _notes(cpu),
        "candidates": _candidates(platform, usable_features(cpu), None),
    }


def _inside(cpu):
    platform = "linux-aarch64" if cpu["architecture"] == "aarch64" else "linux-x86_64"
    guest = _choose(cpu, platform)
    code = cpu["system"]
    inside = guest["package"]
    if inside:
        found = say("insideVm" if code == "macos" else "insideWsl", package=inside)
    else:
        found = say("insideNone", missing=list_of(guest["missing"]))
    guest.update(
        package=None,
        variant=None,
        inside=inside,
        code=code,
        reason="%s %s" % (say(code), found),
        next=None,
        candidates=[],
    )
    return guest


def _notes(cpu):
    notes = []
    if cpu["amx"] == "refused":
        notes.append(say("amxRefused"))
    if cpu["amx"] == "not checked" and cpu["system"] == "linux":
        notes.append(say("amxNotChecked"))
    if cpu["partialFeatures"]:
        notes.append(say("partialFeatures", features=_partial(cpu)))
    if cpu["maskedFeatures"]:
        features = list_of(cpu["maskedFeatures"])
        notes.append(
            say("maskedFeatures", name=cpu["microarchitecture"] or "", features=features)
        )
    if cpu["environment"]["libc"] == "musl":
        notes.append(say("musl"))
    return notes


def _partial(cpu):
    """The uneven features that any package asks for; all of them where none does."""
    needed = {name for entry in VARIANTS for names in entry["requires"].values() for name in names}
    matter = [feature for feature in cpu["partialFeatures"] if feature in needed]
    return list_of(matter or cpu["partialFeatures"])


def _candidates(platform, features, recommended):
    result = []
    for variant in VARIANTS:
        missing = missing_features(variant, platform, features)
        if missing is None:
            verdict = "not built"
        elif missing:
            verdict = "lacks features"
        else:
            verdict = "recommended" if variant["name"] == recommended else "runs"
        result.append(
            {
                "package": variant["distribution"],
                "variant": variant["name"],
                "verdict": verdict,
                "missing": missing or [],
            }
        )
    return result
