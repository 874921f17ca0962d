"""Commands that repair an environment. None removes what may turn out not to be replaceable."""

from __future__ import annotations

from ..releases import TORCH_INDEX, install_commands, requirement_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Sequence


def prove_available(distribution: str, release: Optional[str]) -> str:
    """Fails where the configured index has no such wheel for this interpreter; changes nothing."""
    requirement = requirement_of(distribution, release)
    return f"pip install --dry-run --no-deps --ignore-installed {requirement}"


def install(distribution: str, release: Optional[str]) -> str:
    return install_commands(distribution, release)["pip"]


def reinstall_files(distribution: str, release: Optional[str]) -> str:
    """Writes the files again, and leaves what it depends on alone."""
    command = install(distribution, release)
    return command.replace("install", "install --force-reinstall --no-deps", 1)


def remove(distributions: Sequence[str]) -> str:
    return f"pip uninstall --yes {' '.join(distributions)}"


def replace(old: Sequence[str], new: Optional[str], release: Optional[str]) -> List[str]:
    """`old` by `new`; by nothing where no package runs here."""
    if new is None:
        return [remove(old)]
    return [prove_available(new, release), remove(old), install(new, release)]


def install_torch(version: Optional[str]) -> str:
    requirement = requirement_of("torch", version)
    return f"pip install --force-reinstall {requirement} --index-url {TORCH_INDEX}"
