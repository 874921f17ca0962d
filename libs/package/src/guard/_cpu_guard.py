# SPDX-License-Identifier: Apache-2.0
"""Looks at the CPU before any compiled code of this package is loaded.

A CPU without an instruction that was compiled in would end the process with an
illegal instruction and no message. This raises ImportError instead, and names
the package that does run here. Of a package with the kernels of several levels it
chooses those of the highest that the CPU has completely. Nothing is written, and no
network is used.
"""

import collections
import ctypes
import errno
import os
import sys
import warnings

from . import _cpu_guard_table as table

# Names the level to use, of those that the package and the CPU have.
LEVEL_VARIABLE = "VLLM_CPU_LEVEL"

Level = collections.namedtuple("Level", ("name", "package", "folder"))
_LEVELS = [Level(*row) for row in table.LEVELS]

_AT_HWCAP = 16
_AT_HWCAP2 = 26
_TORCH_INDEX = "https://download.pytorch.org/whl/cpu"
# What arch_prctl(ARCH_REQ_XCOMP_PERM) means by its errors; Documentation/arch/x86/xstate.rst.
_WHY_REFUSED = {
    errno.EPERM: "A sandbox (seccomp) or the container's runtime forbids arch_prctl.",
    errno.ENOSPC: "A thread has an alternate signal stack that is too small for AMX's registers.",
    errno.EINVAL: "This kernel does not know the request; AMX needs Linux 5.16.",
}


# Until require_cpu() has chosen: what runs on every CPU of this package.
_chosen = _LEVELS[0]
_why = "nothing was chosen yet"


def require_cpu():
    """
    Chooses the level whose kernels are loaded. Raises ImportError unless this CPU has all that the
    installed package needs.
    """
    global _chosen, _why
    words, cpu = _ask()
    _chosen, _why = _choose(features_of(words), cpu)
    if _chosen.folder:
        # "import vllm._C" looks here as well.
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        sys.modules[__package__].__path__.append(os.path.join(root, *_chosen.folder.split("/")))
    _warn_of_others()


def chosen_level():
    """The level whose kernels this process uses, and why: ("avx512", "amxbf16 lacks amx_tile")."""
    return _chosen.name, _why


def required():
    """The features of the chosen level, in /proc/cpuinfo's names."""
    return _required(_chosen)


def notice():
    """One sentence on what was chosen, or on a package that is faster here; None for neither."""
    if len(_LEVELS) == 1:
        return faster()
    return "%s uses the kernels of the level %s: %s." % (table.DISTRIBUTION, _chosen.name, _why)


def _choose(here, cpu):
    missing = _missing(_LEVELS[0], here)
    if missing:
        raise ImportError(explain(missing, cpu, here), name="vllm")
    asked = os.environ.get(LEVEL_VARIABLE, "").strip()
    if asked:
        return _asked_for(asked, here, cpu)
    why = "the highest that it has"
    for level in reversed(_LEVELS):
        missing = _missing(level, here)
        refused = 0 if missing else _refusal(level)
        if not missing and not refused:
            return level, why
        # The last of these is about the next level above the one that is chosen.
        lacks = "lacks %s" % " ".join(missing)
        why = "%s %s" % (level.name, lacks if missing else _why_refused(refused))
    raise ImportError(_explain_refusal(refused, here), name="vllm")


def _asked_for(asked, here, cpu):
    """The level that the user names, if the package and the CPU have it."""
    named = {level.name: level for level in _LEVELS}
    if asked not in named:
        raise ImportError(
            "%s is %r, which is not a level of %s %s.\n  It has: %s."
            % (LEVEL_VARIABLE, asked, table.DISTRIBUTION, table.VERSION, ", ".join(named)),
            name="vllm",
        )
    level = named[asked]
    missing = _missing(level, here)
    if missing:
        runs = [name for name in named if not _missing(named[name], here)]
        lines = [
            "%s is %s, but this CPU does not have all of it; %s %s cannot use it."
            % (LEVEL_VARIABLE, asked, table.DISTRIBUTION, table.VERSION),
            "  CPU: %s" % cpu,
            "  missing: %s" % " ".join(missing),
            "  Unset it to use the highest that this CPU has, or set it to: %s." % ", ".join(runs),
        ]
        raise ImportError("\n".join(lines), name="vllm")
    refused = _refusal(level)
    if refused:
        raise ImportError(_explain_refusal(refused, here), name="vllm")
    return level, "%s asks for it" % LEVEL_VARIABLE


def _required(level):
    return dict(table.VARIANTS)[level.package].split()


def _missing(level, here):
    return [feature for feature in _required(level) if feature not in here]


def faster():
    """One sentence that names the package of a higher level that this CPU runs, or None."""
    names = [name for name, _ in table.VARIANTS]
    best = _fitting(features_of(_ask()[0]))[-1]
    same = dict(table.EQUIVALENT)
    if same.get(best, best) == same.get(table.DISTRIBUTION, table.DISTRIBUTION):
        return None
    if names.index(best) < names.index(table.DISTRIBUTION):
        return None
    return "This CPU can do more than %s uses. %s is faster here. To switch: %s" % (
        table.DISTRIBUTION,
        best,
        _switch([table.DISTRIBUTION], best),
    )


def features_of(words):
    """The features, in /proc/cpuinfo's names, that the CPU has and the kernel has enabled."""
    return {
        name
        for name, (word, bit, state, grant) in table.FEATURES.items()
        if words[word] >> bit & 1
        and (not state or words[6] & state == state)
        and (not grant or words[7] & grant == grant)
    }


def explain(missing, cpu, here):
    """The whole message: what is missing where, and what to install instead."""
    lines = [
        "%s %s cannot run on this CPU." % (table.DISTRIBUTION, table.VERSION),
        "  CPU: %s" % cpu,
        "  missing: %s" % " ".join(missing),
    ]
    fitting = _fitting(here)
    if fitting:
        lines.append("  The package for this CPU is %s. To switch:" % fitting[-1])
        lines.append("    " + _switch([table.DISTRIBUTION], fitting[-1]))
    else:
        lines.append("  No package of the family runs here: %s is the lowest." % table.VARIANTS[0][0])
    return "\n".join(lines)


def _fitting(here):
    """The packages that run on a CPU with these features, lowest level first."""
    return [name for name, required in table.VARIANTS if here.issuperset(required.split())]


def _switch(old, new):
    return 'pip uninstall -y %s && pip install "%s==%s.*" --extra-index-url %s' % (
        " ".join(old),
        new,
        table.RELEASE,
        _TORCH_INDEX,
    )


def _refusal(level):
    """
    The kernel hands out AMX's tiles on request only, to a process and its children, and a first
    tile without it is an illegal instruction. Neither vLLM nor torch's import asks for them.
    0, or the error with which the request was refused.
    """
    if not any(table.FEATURES[feature][3] for feature in _required(level)):
        return 0
    return -_helper().vllm_cpu_permit_amx()


def _why_refused(refused):
    return "was refused by the kernel (%s)" % os.strerror(refused)


def _explain_refusal(refused, here):
    granted = {feature for feature in here if not table.FEATURES[feature][3]}
    lines = [
        "%s %s cannot run in this process." % (table.DISTRIBUTION, table.VERSION),
        "  The kernel refused the use of AMX: %s." % os.strerror(refused),
        "  %s" % _WHY_REFUSED.get(refused, _WHY_REFUSED[errno.EPERM]),
    ]
    fitting = _fitting(granted)
    if len(_LEVELS) > 1:
        lines.append("  Unset %s to use a level without it." % LEVEL_VARIABLE)
    elif fitting:
        lines.append("  The package that runs without it is %s. To switch:" % fitting[-1])
        lines.append("    " + _switch([table.DISTRIBUTION], fitting[-1]))
    return "\n".join(lines)


def _ask():
    return _ask_x86_64() if table.PLATFORM == "linux-x86_64" else _ask_aarch64()


def _helper():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libvllm_cpu_features.so")
    return ctypes.CDLL(path)


def _ask_x86_64():
    words = (ctypes.c_uint32 * 8)()
    name = ctypes.create_string_buffer(49)
    try:
        _helper().vllm_cpu_ask(words, name)
    except OSError as error:
        raise ImportError(
            "%s %s is for x86-64 Linux, and this is %s: its compiled code cannot be loaded (%s)."
            % (table.DISTRIBUTION, table.VERSION, " ".join(os.uname()[::4]), error),
            name="vllm",
        ) from error
    return list(words), " ".join(name.value.decode("ascii", "replace").split()) or "not named"


def _ask_aarch64():
    machine = os.uname().machine
    if machine not in ("aarch64", "arm64"):
        raise ImportError(
            "%s %s is for 64-bit ARM, and this is %s."
            % (table.DISTRIBUTION, table.VERSION, machine),
            name="vllm",
        )
    getauxval = ctypes.CDLL(None).getauxval
    getauxval.argtypes = [ctypes.c_ulong]
    getauxval.restype = ctypes.c_ulong
    return [getauxval(_AT_HWCAP), getauxval(_AT_HWCAP2)], "64-bit ARM"


def _warn_of_others():
    """Packages of the family share their files: the last one installed overwrote the others."""
    site = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    family = {_comparable(name): name for name in table.FAMILY}
    family["vllm"] = "vllm"
    try:
        folders = os.listdir(site)
    except OSError:
        return
    found = {
        family.get(_comparable(folder.split("-")[0]))
        for folder in folders
        if folder.endswith(".dist-info")
        # The alias called vllm is a part of this package and has no RECORD.
        and os.path.exists(os.path.join(site, folder, "RECORD"))
    }
    others = sorted(found - {None, table.DISTRIBUTION})
    if others:
        installed = [table.DISTRIBUTION] + others
        warnings.warn(
            "%s are installed over each other in %s; they share their files, so vllm is a mixture. "
            "Keep one: %s" % (" and ".join(installed), site, _switch(installed, table.DISTRIBUTION)),
            RuntimeWarning,
            stacklevel=4,
        )


def _comparable(name):
    return name.replace("-", "_").replace(".", "_").lower()
