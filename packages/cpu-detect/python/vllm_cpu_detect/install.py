"""Commands that install a package."""

import re

# The index that has torch built for CPUs only; the general index gives CUDA builds on x86-64.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"

# A public PEP 440 version with its optional post, dev and pre-release parts.
RELEASE = re.compile(r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?\Z")


def install_commands(distribution, release):
    """For pip and for uv, of the newest release or of `release`, with torch for CPUs."""
    requirement = distribution if release is None else "%s==%s" % (distribution, release)
    return {
        "pip": "pip install %s --extra-index-url %s" % (requirement, TORCH_INDEX),
        # Routes only torch and its companions to that index; needs no index strategy.
        "uv": "uv pip install %s --torch-backend cpu" % requirement,
    }
