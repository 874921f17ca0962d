"""Which releases the packages are built for, and the commands that install them."""

from __future__ import annotations

from ._table import NEVER_BUILT, PYTHONS, RELEASES
from .errors import EX_USAGE, DetectError
from .texts import say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple

    from .report_types import Install

# The index that has torch built for CPUs only; the general index gives CUDA builds on x86-64.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


def version_numbers(release: str) -> Tuple[int, ...]:
    """The release's three numbers: (0, 12, 0) for 0.12, v0.12.0 and 0.12.0.post1."""
    numbers = []
    for part in release.lstrip("vV").split(".")[:3]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        if digits == "":
            break
        numbers.append(int(digits))
        if digits != part:
            break
    return tuple(numbers + [0] * (3 - len(numbers)))


def assumed(release: Optional[str]) -> str:
    """The release that advice is about: the newest known one where none is named."""
    return release or RELEASES[-1]


def is_before(release: str, first: str) -> bool:
    """Whether a release is older than `first`, by their numbers."""
    return version_numbers(release) < version_numbers(first)


def is_built(release: str) -> bool:
    """Whether every package is known to exist in this release."""
    return release in RELEASES


def supported_pythons(release: str) -> Optional[Tuple[int, int]]:
    """The lowest and the highest minor version of Python 3; None where they are not known."""
    lowest, comma, above = PYTHONS.get(release, "").partition(",")
    if not comma:
        return None
    return int(lowest[len(">=3.") :]), int(above[len("<3.") :]) - 1


def release_note(release: Optional[str]) -> Optional[str]:
    """What has to be said of a release that is newer than this detector.

    Raises DetectError RELEASE_NOT_BUILT for one that is known not to be built.
    """
    if release is None or is_built(release):
        return None
    newer = version_numbers(release) > version_numbers(RELEASES[-1])
    if newer and release not in NEVER_BUILT:
        return say("releaseNewer", release=release, newest=RELEASES[-1])
    later = [known for known in RELEASES if version_numbers(known) > version_numbers(release)]
    nearest = later[0] if later else RELEASES[-1]
    raise DetectError(
        "RELEASE_NOT_BUILT",
        f"The packages are not built for release {release}.",
        f"They exist for {', '.join(RELEASES)}.",
        f"Use the nearest one: --release {nearest}. Or install upstream's own CPU wheel.",
        EX_USAGE,
    )


def requirement_of(distribution: str, release: Optional[str]) -> str:
    """`name`, or `name==release`."""
    return distribution if release is None else f"{distribution}=={release}"


def install_commands(
    distribution: str, release: Optional[str], note: Optional[str] = None
) -> Install:
    """For pip and for uv, of the newest release or of `release`, with torch for CPUs."""
    requirement = requirement_of(distribution, release)
    return {
        "pip": f"pip install {requirement} --extra-index-url {TORCH_INDEX}",
        # Routes only torch and its companions to that index; needs no index strategy.
        "uv": f"uv pip install {requirement} --torch-backend cpu",
        "release": release,
        "note": note,
    }
