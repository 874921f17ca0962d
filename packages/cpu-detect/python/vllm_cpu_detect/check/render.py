"""The readable result of --check."""

from ..render import labelled
from ..texts import say


def render_check(report, check, paint):
    best = report["recommendation"]["package"] or say("noPackage")
    found = [
        "%s %s: %s" % (package["name"], package["version"], package["verdict"])
        for package in check["packages"]
    ]
    parts = [labelled("Best here", [best]), labelled("Installed", found or [say("nothing")])]
    torch = check["torch"]
    if torch:
        needs = "" if torch["wanted"] is None else ", %s wanted" % torch["wanted"]
        parts.append(labelled("Torch", ["%s (%s)%s" % (torch["version"], torch["build"], needs)]))
    for problem in check["problems"]:
        parts.extend(["\n", labelled("Problem", [paint(problem["text"])])])
        if problem["commands"]:
            parts.append(labelled("Mend", problem["commands"]))
    if not check["problems"]:
        parts.extend(["\n", labelled("Result", [say("checkRight")])])
    return "".join(parts)
