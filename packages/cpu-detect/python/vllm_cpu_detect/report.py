"""Everything that one run found."""

from ._table import VERSION
from .install import install_commands


def report_of(cpu, recommendation, release=None):
    """The report as a dict; `release` is the version to install, or None for the newest."""
    wanted = recommendation["package"] or recommendation["inside"]
    return {
        "schema": 1,
        "detector": VERSION,
        "cpu": cpu,
        "recommendation": recommendation,
        "install": None if wanted is None else install_commands(wanted, release),
    }


def render_json(report):
    """The report as --json prints it, with a final newline."""
    import json

    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"
