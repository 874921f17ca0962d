"""Judges what is installed, and says which commands repair it."""

from __future__ import annotations

from .._table import RELEASES, SUMS, VARIANTS
from ..recommendation import missing_features, usable_features
from ..releases import assumed, is_built, supported_pythons
from ..texts import list_of, say
from .commands import install, prove_available, reinstall_files, remove, replace, spoken
from .installed import (
    damaged_files,
    installed_distributions,
    modules_of,
    owns_files,
    torch_build,
)
from .torch import GPU_BUILDS, about_torch, torch_problems

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Literal, Optional, Sequence

    from ..report_types import (
        Check,
        Cpu,
        InstalledPackage,
        InstalledVerdict,
        Problem,
        ProblemCode,
        Recommendation,
        Severity,
    )
    from ..table_types import Variant
    from .installed import Distribution
    from .interpreter import Interpreter

# The modules of upstream's wheel that has one for each level and chooses when it is imported.
_UNIFIED_MODULES = {"_C", "_C_AVX2", "_C_AVX512"}


def check_installed(
    cpu: Cpu,
    recommendation: Recommendation,
    interpreter: Interpreter,
    release: Optional[str] = None,
    uv: bool = False,
) -> Check:
    """The `check` part of the report, for the environment of an interpreter.

    release: what to install; without one that of the package that is there, or the newest
    uv: the commands are those of uv
    """
    everything = installed_distributions(interpreter.directories)
    names = [variant["distribution"] for variant in [*VARIANTS, *SUMS]]
    ours = [distribution for distribution in everything if distribution.name in names]
    packages = [_judge(distribution, cpu, recommendation) for distribution in ours]
    foreign = _foreign(everything)
    torch = next((entry for entry in everything if entry.name == "torch"), None)
    unfit = [] if ours else _python_problems(interpreter, assumed(release))
    problems = [
        *_process_problems(interpreter),
        *(unfit or _package_problems(ours, packages, foreign, recommendation, release)),
        *([] if unfit else _foreign_problems(foreign, ours, recommendation, torch, release)),
        *torch_problems(torch, ours, cpu["architecture"]),
    ]
    for problem in problems:
        commands = problem["commands"]
        problem["commands"] = [spoken(command, interpreter.python, uv) for command in commands]
    severities = [problem["severity"] for problem in problems]
    return {
        "directories": interpreter.directories,
        "packages": packages if foreign is None else [*packages, _another_build(foreign)],
        "torch": None if torch is None else about_torch(torch, ours, cpu["architecture"]),
        "problems": problems,
        "exit": 2 if 2 in severities else 1 if severities else 0,
    }


def _variant(key: Literal["distribution", "name"], value: Optional[str]) -> Optional[Variant]:
    return next((variant for variant in [*VARIANTS, *SUMS] if variant[key] == value), None)


def _judge(
    distribution: Distribution, cpu: Cpu, recommendation: Recommendation
) -> InstalledPackage:
    variant = _variant("distribution", distribution.name)
    missing = missing_features(variant, cpu["platform"], usable_features(cpu)) if variant else None
    best = _variant("name", recommendation["variant"])
    verdict: InstalledVerdict
    if missing is None:
        verdict = "unknown"
    elif missing:
        verdict = "would crash"
    elif best is None or variant is None or _UNIFIED_MODULES.issubset(modules_of(distribution)):
        verdict = "right"
    else:
        verdict = "slower" if variant["rank"] < best["rank"] else "right"
    return {
        "name": distribution.name,
        "version": distribution.version,
        "path": distribution.path,
        "verdict": verdict,
        "missing": missing or [],
    }


def _another_build(foreign: Distribution) -> InstalledPackage:
    return {
        "name": foreign.name,
        "version": foreign.version,
        "path": foreign.path,
        "verdict": "another build",
        "missing": [],
    }


def _foreign(everything: Sequence[Distribution]) -> Optional[Distribution]:
    """A vllm that others built. The alias that our wheels bring ends in +cpu."""
    vllm = next((entry for entry in everything if entry.name == "vllm"), None)
    return None if vllm is None or vllm.version.endswith("+cpu") else vllm


def _process_problems(interpreter: Interpreter) -> List[Problem]:
    if interpreter.bits != 32:
        return []
    return [_problem("PYTHON_32_BIT", 2, say("check32Bit"), [])]


def _python_problems(interpreter: Interpreter, release: str) -> List[Problem]:
    """Where pip would find no package, or silently one of an older release."""
    if interpreter.free_threaded:
        return [_problem("PYTHON_VERSION", 1, say("checkFreeThreaded"), [])]
    minor = interpreter.minor
    supported = supported_pythons(release)
    if minor is None or supported is None or supported[0] <= minor <= supported[1]:
        return []
    version = f"3.{minor}" if minor else "2"
    range = f"3.{supported[0]} to 3.{supported[1]}"
    text = say("checkPython", version=version, release=release, range=range)
    return [_problem("PYTHON_VERSION", 1, text, [])]


def _problem(code: ProblemCode, severity: Severity, text: str, commands: List[str]) -> Problem:
    """Severity 1: works, but could be better; 2: broken, or would crash."""
    return {"code": code, "severity": severity, "text": text, "commands": commands}


def _package_problems(
    ours: List[Distribution],
    packages: List[InstalledPackage],
    foreign: Optional[Distribution],
    recommendation: Recommendation,
    release: Optional[str],
) -> List[Problem]:
    wanted = recommendation["package"]
    if len(packages) > 1:
        return [_several_installed(ours, packages, wanted, release)]
    if packages:
        return _one_problem(ours[0], packages[0], wanted, release)
    if foreign is not None:
        return []
    if wanted is None:
        text = f"{say('checkNothing')} {recommendation['reason']}"
        return [_problem("NOTHING_INSTALLED", 1, text, [])]
    return [_problem("NOTHING_INSTALLED", 1, say("checkNothing"), [install(wanted, release)])]


def _one_problem(
    own: Distribution, found: InstalledPackage, wanted: Optional[str], asked: Optional[str]
) -> List[Problem]:
    """What is wrong with the one package that is installed."""
    name = found["name"]
    verdict = found["verdict"]
    # Another package is only known to exist in a release that all are built for.
    release = asked or (own.release if is_built(own.release) else None)
    swap = replace([name], wanted, release)
    missing = list_of(found["missing"])
    damaged = damaged_files(own)
    if damaged:
        text = say("checkIncomplete", package=name, files=list_of(damaged[:3]))
        same = [prove_available(name, own.release), reinstall_files(name, own.release)]
        return [_problem("INCOMPLETE", 2, text, same if verdict == "right" else swap)]
    if verdict == "would crash":
        text = say("checkCrash", package=name, missing=missing)
        return [_problem("WOULD_CRASH", 2, text, swap)]
    if verdict == "unknown":
        return [_problem("NO_PACKAGE_HERE", 2, say("checkUnknown"), [remove([name])])]
    if verdict == "right":
        return []
    text = say("checkSlower", package=name, better=wanted or "")
    if release is None:
        text = f"{text} {say('checkOtherRelease', release=own.release, newest=RELEASES[-1])}"
    return [_problem("SLOWER", 1, text, swap)]


def _several_installed(
    ours: List[Distribution],
    packages: List[InstalledPackage],
    wanted: Optional[str],
    release: Optional[str],
) -> Problem:
    names = sorted(found["name"] for found in packages)
    owners = [distribution.name for distribution in ours if owns_files(distribution)]
    text = say("checkSeveral", packages=list_of(names))
    if len(owners) == 1:
        text += " " + say("checkOwner", package=owners[0])
    return _problem("SEVERAL_INSTALLED", 2, text, replace(names, wanted, release))


def _foreign_problems(
    foreign: Optional[Distribution],
    ours: List[Distribution],
    recommendation: Recommendation,
    torch: Optional[Distribution],
    release: Optional[str],
) -> List[Problem]:
    if foreign is None:
        return []
    if not ours:
        return [_foreign_alone(foreign, recommendation, torch, release)]
    names = sorted(distribution.name for distribution in ours)
    text = say("checkForeign", version=foreign.version, packages=list_of(names))
    commands = [
        *(prove_available(distribution.name, distribution.release) for distribution in ours),
        remove(["vllm"]),
        *(reinstall_files(distribution.name, distribution.release) for distribution in ours),
    ]
    return [_problem("OTHER_VLLM", 2, text, commands)]


def _foreign_alone(
    foreign: Distribution,
    recommendation: Recommendation,
    torch: Optional[Distribution],
    release: Optional[str],
) -> Problem:
    text = say("checkForeignAlone", version=foreign.version)
    wanted = recommendation["package"]
    if wanted is None:
        return _problem("OTHER_VLLM", 1, f"{text} {recommendation['reason']}", [])
    # A torch for GPUs would satisfy the package's requirement and stay.
    build = None if torch is None else torch_build(torch)
    old = ["vllm"]
    if build in GPU_BUILDS:
        text = f"{text} {say('checkTorchBuild', build=build.upper())}"
        old.append("torch")
    return _problem("OTHER_VLLM", 1, text, replace(old, wanted, release))
