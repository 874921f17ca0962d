"""The long answer of --explain."""

from __future__ import annotations

from ._table import SUMS
from .recommendation import missing_features, usable_features
from .report import render_report
from .texts import labelled, list_of, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Sequence

    from .report_types import Candidate, Report
    from .texts import Paint


def render_explain(report: Report, uv: bool, paint: Paint) -> str:
    """The long answer: every package with what this CPU lacks for it, and all features."""
    cpu = report["cpu"]
    recommendation = report["recommendation"]
    parts = [render_report(report, uv, paint), "\n", say("explainHow") + "\n"]
    if recommendation["candidates"]:
        parts.append("\n")
        parts.extend(_render_candidate(candidate) for candidate in recommendation["candidates"])
    after = recommendation["next"]
    if after:
        lacks = say("explainNext", package=after["package"], missing=list_of(after["missing"]))
        parts.extend(["\n", lacks + "\n"])
    for entry in SUMS:
        if missing_features(entry, cpu["platform"], usable_features(cpu)) == []:
            parts.extend(["\n", say("explainSum", package=entry["distribution"]) + "\n"])
    if cpu["features"]:
        parts.extend(["\n", labelled("All", _wrapped(cpu["features"]))])
    return "".join(parts)


def _render_candidate(candidate: Candidate) -> str:
    lacks = ": " + " ".join(candidate["missing"]) if candidate["missing"] else ""
    return f"  {candidate['package'].ljust(24)}{candidate['verdict']}{lacks}\n"


def _wrapped(words: Sequence[str]) -> List[str]:
    """Words in lines of at most 88 characters."""
    lines: List[str] = []
    for word in words:
        if not lines or len(lines[-1]) + len(word) + 1 > 88:
            lines.append(word)
        else:
            lines[-1] += f" {word}"
    return lines
