"""The readable result of --check."""

from __future__ import annotations

from ..texts import labelled, say

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..report_types import Check, Report
    from ..texts import Paint


def render_check(report: Report, check: Check, paint: Paint) -> str:
    """What is best here, what is installed, and each problem with the commands that repair it."""
    best = report["recommendation"]["package"] or say("noPackage")
    found = [
        f"{package['name']} {package['version']}: {package['verdict']}"
        for package in check["packages"]
    ]
    parts = [labelled("Best here", [best]), labelled("Installed", found or [say("nothing")])]
    torch = check["torch"]
    if torch:
        needs = "" if torch["wanted"] is None else f", {torch['wanted']} wanted"
        parts.append(labelled("Torch", [f"{torch['version']} ({torch['build']}){needs}"]))
    for problem in check["problems"]:
        parts.extend(["\n", labelled("Problem", [paint(problem["text"])])])
        # Joined, because nothing may be removed before the first command has succeeded.
        *first, last = problem["commands"] or [""]
        if last:
            parts.append(labelled("Fix", [*(f"{command} &&" for command in first), last]))
    if not check["problems"]:
        parts.extend(["\n", labelled("Result", [say("checkRight")])])
    return "".join(parts)
