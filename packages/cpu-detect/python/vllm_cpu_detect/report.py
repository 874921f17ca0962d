"""Everything that one run found."""

from __future__ import annotations

from ._table import RELEASES, VERSION
from .install import install_commands
from .releases import release_note

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from .report_types import Cpu, Recommendation, Report


def report_of(cpu: Cpu, recommendation: Recommendation, release: Optional[str] = None) -> Report:
    """The report; `release` is the version to install, or None for the newest.

    Raises DetectError RELEASE_NOT_BUILT.
    """
    wanted = recommendation["package"] or recommendation["inside"]
    note = release_note(release)
    return {
        "schema": 1,
        "detector": VERSION,
        "releases": list(RELEASES),
        "cpu": cpu,
        "recommendation": recommendation,
        "install": None if wanted is None else install_commands(wanted, release, note),
    }


def render_json(report: Report) -> str:
    """The report as --json prints it, with a final newline."""
    import json

    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
