"""Judges what is installed, and says which commands mend it."""

from .._table import VARIANTS
from ..install import TORCH_INDEX, install_commands
from ..recommend import missing_features, usable_features
from ..texts import list_of, say
from .installed import (
    installed_distributions,
    is_complete,
    owns_files,
    pinned_torch,
    public_version,
    torch_build,
)


def check_installed(cpu, recommendation, directories):
    """The `check` part of the report, for the environment whose site-packages are given."""
    everything = installed_distributions(directories)
    names = [variant["distribution"] for variant in VARIANTS]
    ours = [distribution for distribution in everything if distribution["name"] in names]
    packages = [_judge(distribution, cpu, recommendation) for distribution in ours]
    torch = next((entry for entry in everything if entry["name"] == "torch"), None)
    problems = (
        _package_problems(ours, packages, recommendation)
        + _foreign_problems(everything, ours)
        + _torch_problems(torch, ours, cpu)
    )
    return {
        "directories": list(directories),
        "packages": packages,
        "torch": None if torch is None else _torch(torch, ours, cpu),
        "problems": problems,
        "exit": max([0] + [problem["severity"] for problem in problems]),
    }


def _problem(code, severity, text, commands):
    """Severity 1: works, but could be better; 2: broken, or would crash."""
    return {"code": code, "severity": severity, "text": text, "commands": commands}


def _variant(key, value):
    return next((variant for variant in VARIANTS if variant[key] == value), None)


def _judge(distribution, cpu, recommendation):
    variant = _variant("distribution", distribution["name"])
    missing = missing_features(variant, cpu["platform"], usable_features(cpu))
    best = _variant("name", recommendation["variant"])
    if missing is None:
        verdict = "unknown"
    elif missing:
        verdict = "would crash"
    else:
        slower = best is not None and variant["rank"] < best["rank"]
        verdict = "slower" if slower else "right"
    return {
        "name": distribution["name"],
        "version": distribution["version"],
        "path": distribution["path"],
        "verdict": verdict,
        "missing": missing or [],
    }


def _package_problems(ours, packages, recommendation):
    wanted = recommendation["package"]
    fresh = [] if wanted is None else [install_commands(wanted, None)["pip"]]
    if not packages:
        return [_problem("NOTHING_INSTALLED", 1, say("checkNothing"), fresh)]
    if len(packages) > 1:
        return [_several_installed(ours, packages, fresh)]
    return _one_problem(ours[0], packages[0], wanted)


def _one_problem(own, found, wanted):
    """What is wrong with the one package that is installed."""
    name = found["name"]
    verdict = found["verdict"]
    values = {"package": name, "missing": list_of(found["missing"]), "better": wanted or ""}
    release = public_version(found["version"])
    remove = "pip uninstall --yes " + name
    swap = [remove] if wanted is None else [remove, install_commands(wanted, release)["pip"]]
    if is_complete(own) is False:
        same = [remove, install_commands(name, release)["pip"]]
        commands = same if verdict == "right" else swap
        return [_problem("INCOMPLETE", 2, say("checkIncomplete", **values), commands)]
    if verdict == "would crash":
        return [_problem("WOULD_CRASH", 2, say("checkCrash", **values), swap)]
    if verdict == "unknown":
        return [_problem("NO_PACKAGE_HERE", 2, say("checkUnknown"), [remove])]
    if verdict == "right":
        return []
    return [_problem("SLOWER", 1, say("checkSlower", **values), swap)]


def _several_installed(ours, packages, fresh):
    names = sorted(found["name"] for found in packages)
    owners = [distribution["name"] for distribution in ours if owns_files(distribution)]
    text = say("checkSeveral", packages=list_of(names))
    if len(owners) == 1:
        text += " " + say("checkOwner", package=owners[0])
    commands = ["pip uninstall --yes " + " ".join(names)] + fresh
    return _problem("SEVERAL_INSTALLED", 2, text, commands)


def _foreign_problems(everything, ours):
    """The alias that our wheels bring is called vllm too, with a version that ends in +cpu."""
    vllm = next((entry for entry in everything if entry["name"] == "vllm"), None)
    if vllm is None or not ours or vllm["version"].endswith("+cpu"):
        return []
    names = sorted(distribution["name"] for distribution in ours)
    text = say("checkForeign", version=vllm["version"], packages=list_of(names))
    commands = ["pip uninstall --yes vllm"]
    for distribution in ours:
        command = install_commands(distribution["name"], public_version(distribution["version"]))
        commands.append(
            command["pip"].replace("install", "install --force-reinstall --no-deps", 1)
        )
    return [_problem("OTHER_VLLM", 2, text, commands)]


def _wanted_torch(ours, cpu):
    return pinned_torch(ours[0], cpu["architecture"]) if ours else None


def _torch(torch, ours, cpu):
    wanted = _wanted_torch(ours, cpu)
    return {"version": torch["version"], "build": torch_build(torch), "wanted": wanted}


def _torch_problems(torch, ours, cpu):
    if not ours:
        return []
    wanted = _wanted_torch(ours, cpu)
    requirement = "torch" if wanted is None else "torch==" + wanted
    install = "pip install --force-reinstall %s --index-url %s" % (requirement, TORCH_INDEX)
    if torch is None:
        return [_problem("NO_TORCH", 2, say("checkNoTorch"), [install])]
    version = torch["version"]
    build = torch_build(torch)
    values = {"version": version, "wanted": wanted or "", "build": build.upper()}
    problems = []
    if wanted is not None and public_version(version) != wanted:
        problems.append(_problem("TORCH_VERSION", 2, say("checkTorchVersion", **values), [install]))
    if build in ("cuda", "rocm"):
        commands = ["pip uninstall --yes torch", install]
        problems.append(_problem("TORCH_NOT_CPU", 1, say("checkTorchBuild", **values), commands))
    return problems
