"""The rows of the generated tables, for type checkers only."""

from __future__ import annotations

from typing import Dict, List, Optional, TypedDict


class Variant(TypedDict):
    name: str
    distribution: str
    rank: int
    requires: Dict[str, List[str]]


class Kernel(TypedDict):
    """What computes a form of quantised weights in releases from `since` to before `until`."""

    platform: str
    feature: Optional[str]
    since: str
    until: Optional[str]


class X86Model(TypedDict):
    vendor: str
    family: int
    models: List[List[int]]
    steppings: Optional[List[int]]
    name: str
    variant: Optional[str]


class ArmPart(TypedDict):
    implementer: str
    part: str
    name: str
