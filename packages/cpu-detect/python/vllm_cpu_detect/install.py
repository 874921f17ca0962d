"""Commands that install a package."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from .report_types import Install

# The index that has torch built for CPUs only; the general index gives CUDA builds on x86-64.
TORCH_INDEX = "https://download.pytorch.org/whl/cpu"


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
