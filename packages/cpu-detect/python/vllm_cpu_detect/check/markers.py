"""Environment markers (PEP 508), as far as they tell machines and systems apart."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List

_TOKEN = re.compile(r"\(|\)|'[^']*'|\"[^\"]*\"|[^\s()'\"=!<>]+|[=!<>]+", re.ASCII)


def is_required(marker: str, machine: str) -> bool:
    """Whether a marker holds on Linux on `machine`.

    An `extra` never holds; what is not known is taken as true.
    """
    tokens = _TOKEN.findall(marker)
    return _Marker(tokens, machine).either() if tokens else True


class _Marker:
    def __init__(self, tokens: List[str], machine: str) -> None:
        self.tokens = tokens
        self.known = {
            "platform_machine": machine,
            "platform_system": "Linux",
            "sys_platform": "linux",
        }
        self.position = 0

    def either(self) -> bool:
        value = self.both()
        while self.accept("or"):
            value = self.both() or value
        return value

    def both(self) -> bool:
        value = self.comparison()
        while self.accept("and"):
            value = self.comparison() and value
        return value

    def comparison(self) -> bool:
        if self.accept("("):
            value = self.either()
            self.accept(")")
            return value
        left = self.next()
        operator = self.next()
        right = self.next()
        if "extra" in (left, right):
            return False
        known = self.known.get(left, self.known.get(right))
        if known is None or operator not in ("==", "!="):
            return True
        return (known in (_unquoted(left), _unquoted(right))) == (operator == "==")

    def accept(self, token: str) -> bool:
        if self.tokens[self.position : self.position + 1] != [token]:
            return False
        self.position += 1
        return True

    def next(self) -> str:
        self.position += 1
        return "".join(self.tokens[self.position - 1 : self.position])


def _unquoted(token: str) -> str:
    return token[1:-1] if token[:1] in ("'", '"') else ""
