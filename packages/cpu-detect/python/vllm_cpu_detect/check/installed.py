"""The installed distributions, read from their .dist-info without importing anything."""

import os
import re

from .markers import is_required

_INTERESTING = re.compile(r"(vllm([-_.]cpu.*)?|torch)-", re.IGNORECASE)
_RECORDED = re.compile(r"(vllm/(?:__init__\.py|[^/,]+\.so)),[^,]*,([0-9]*)\r?\Z")


def installed_distributions(directories):
    """Those that can matter, in the directories' order; a name counts once, the first time.

    Each is a dict: name (normalised), version, path of its .dist-info, requires (Requires-Dist).
    """
    found = {}
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
                found.setdefault(distribution["name"], distribution)
    return list(found.values())


def _read(path):
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as handle:
            return handle.read()
    except OSError:
        return None


def _read_distribution(directory):
    text = _read(os.path.join(directory, "METADATA"))
    if text is None:
        return None
    head = text.replace("\r", "").split("\n\n", 1)[0]

    def values(name):
        start = name + ": "
        return [line[len(start) :].strip() for line in head.split("\n") if line.startswith(start)]

    name = re.sub(r"[-_.]+", "-", "".join(values("Name")[:1]).lower())
    if name == "":
        return None
    version = "".join(values("Version")[:1])
    return {
        "name": name,
        "version": version,
        "path": directory,
        "requires": values("Requires-Dist"),
    }


def pinned_torch(distribution, machine):
    """The torch version that a distribution pins for this machine, without its local part."""
    for line in distribution["requires"]:
        match = re.match(r"torch *\(?== *([^\s;,)]+)\)? *(?:;(.*))?\Z", line)
        if match and is_required(match.group(2) or "", machine):
            return public_version(match.group(1))
    return None


def public_version(version):
    """A version without its local part: 2.9.1+cpu is 2.9.1."""
    return version.split("+", 1)[0]


def torch_build(distribution):
    """What torch was built for, from the version.py that every torch wheel holds."""
    text = _read(os.path.join(os.path.dirname(distribution["path"]), "torch", "version.py"))
    if text is None:
        return "cpu" if distribution["version"].endswith("+cpu") else "unknown"
    for name, build in (("cuda", "cuda"), ("hip", "rocm")):
        if re.search(r"^%s\b[^=\n]*= *['\"]" % name, text, re.MULTILINE | re.ASCII):
            return build
    return "cpu"


def is_complete(distribution):
    """Whether the recorded files are still there; None: it has no RECORD."""
    entries = _record(distribution)
    if entries is None:
        return None
    root = os.path.dirname(distribution["path"])
    return all(os.path.exists(os.path.join(root, file)) for file, _ in entries)


def owns_files(distribution):
    """Whether the extension modules on disk have the sizes that this distribution recorded."""
    root = os.path.dirname(distribution["path"])
    entries = _record(distribution) or []
    for file, size in entries:
        try:
            if os.path.getsize(os.path.join(root, file)) != size:
                return False
        except OSError:
            return False
    return bool(entries)


def _record(distribution):
    """The extension modules and __init__ of the vllm package, as RECORD lists them."""
    text = _read(os.path.join(distribution["path"], "RECORD"))
    if text is None:
        return None
    matches = [_RECORDED.match(line) for line in text.split("\n")]
    return [(match.group(1), int(match.group(2) or 0)) for match in matches if match]
