"""Whether the installed torch is the one that the package was built for."""

from __future__ import annotations

from ..texts import say
from .commands import install_torch, remove
from .installed import pinned_torch, torch_build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence

    from ..report_types import InstalledTorch, Problem
    from .installed import Distribution


GPU_BUILDS = ("cuda", "rocm", "xpu")


def about_torch(torch: Distribution, ours: Sequence[Distribution], machine: str) -> InstalledTorch:
    """The report's part."""
    wanted = pinned_torch(ours[0], machine) if ours else None
    return {"version": torch.version, "build": torch_build(torch), "wanted": wanted}


def torch_problems(
    torch: Optional[Distribution], ours: Sequence[Distribution], machine: str
) -> List[Problem]:
    """Without a package there is none."""
    if not ours:
        return []
    if torch is None:
        return [_missing(ours, machine)]
    found = about_torch(torch, ours, machine)
    wanted = found["wanted"]
    problems: List[Problem] = []
    if wanted is not None and torch.release != wanted:
        text = say("checkTorchVersion", version=torch.version, wanted=wanted)
        problems.append(
            {
                "code": "TORCH_VERSION",
                "severity": 2,
                "text": text,
                "commands": [install_torch(wanted)],
            }
        )
    if found["build"] in GPU_BUILDS:
        text = say("checkTorchBuild", build=found["build"].upper())
        commands = [remove(["torch"]), install_torch(wanted)]
        problems.append(
            {"code": "TORCH_NOT_CPU", "severity": 1, "text": text, "commands": commands}
        )
    return problems


def _missing(ours: Sequence[Distribution], machine: str) -> Problem:
    wanted = pinned_torch(ours[0], machine)
    return {
        "code": "NO_TORCH",
        "severity": 2,
        "text": say("checkNoTorch"),
        "commands": [install_torch(wanted)],
    }
