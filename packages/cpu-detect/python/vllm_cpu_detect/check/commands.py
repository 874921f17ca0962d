"""Commands that repair an environment. None removes what may turn out not to be replaceable."""

from __future__ import annotations

from ..releases import TORCH_INDEX, install_commands, requirement_of
from ..texts import shell_word

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


# The same in uv, which has no question to confirm and an option of its own for torch's index.
_UV_WORDS = (
    ("pip ", "uv pip "),
    (" --ignore-installed", " --reinstall"),
    (" --force-reinstall", " --reinstall"),
    (" --yes", ""),
    (f" --extra-index-url {TORCH_INDEX}", " --torch-backend cpu"),
    (f" --index-url {TORCH_INDEX}", " --torch-backend cpu"),
)


def spoken(command: str, python: Optional[str], uv: bool) -> str:
    """A command of pip for the environment of `python`, or in the words of uv.

    An environment that uv made has no pip: `pip` would be that of another one.
    """
    if not uv:
        return command if python is None else f"{shell_word(python)} -m {command}"
    for pip, own in _UV_WORDS:
        command = command.replace(pip, own, 1)
    if python is None:
        return command
    for verb in ("uv pip install", "uv pip uninstall"):
        command = command.replace(verb, f"{verb} --python {shell_word(python)}", 1)
    return command


def install_torch(version: Optional[str]) -> str:
    requirement = requirement_of("torch", version)
    return f"pip install --force-reinstall {requirement} --index-url {TORCH_INDEX}"
