"""The advice as text, shell, docker run, Compose and systemd."""

import re

from ..render import labelled
from ..texts import count, say

_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")


def shell_word(word):
    """A word for a POSIX shell, quoted only where it must be."""
    return word if _SAFE.match(word) else "'%s'" % word.replace("'", "'\\''")


def _shell_command(words):
    return " ".join(shell_word(word) for word in words)


def render_serve(advice, package, paint):
    """The readable advice: placement, memory, every variable with its reason, the command."""
    placement = advice["placement"]
    dtype = advice["dtype"]
    cache = advice["kvCache"]
    parts = [
        labelled("Package", [package]),
        labelled("Model", [advice["model"]["name"]]),
        labelled("Data type", ["%s: %s" % (dtype["value"], dtype["why"])]),
        labelled("Ranks", ["--tensor-parallel-size=%d" % placement["tensorParallelSize"]]),
    ]
    for rank in placement["ranks"]:
        kept = ", %s left free" % rank["reserved"] if rank["reserved"] else ""
        bound = "CPUs %s (%s)%s" % (rank["cpus"], count(rank["threads"], "core"), kept)
        parts.append(labelled("", ["NUMA node %d: %s" % (rank["node"], bound)]))
    parts.append(labelled("KV cache", ["%d GiB a rank: %s" % (cache["gib"], cache["arithmetic"])]))
    for note in advice["notes"]:
        parts.append(labelled("Note", [note]))
    parts.append("\nEnvironment\n")
    for setting in advice["environment"]:
        assignment = "%s=%s" % (setting["name"], shell_word(setting["value"]))
        parts.append("  %s\n      %s\n" % (paint(assignment), setting["why"]))
    parts.append("\nLeft out\n")
    for left in advice["leftOut"]:
        parts.append("  %s\n      %s\n" % (left["name"], left["why"]))
    parts.extend(["\n", labelled("Bindings", say("bindingsExplained").split("\n"))])
    parts.extend(["\n", labelled("Command", [paint(_shell_command(advice["command"]))])])
    parts.append(labelled("", [say("otherFormats")]))
    return "".join(parts)


def render_env(advice):
    """Lines for a POSIX shell; a variable that is set already keeps its value."""
    parts = ["# %s\n" % say("envHead")]
    for setting in advice["environment"]:
        name = setting["name"]
        escaped = re.sub(r'["$`\\}]', r"\\\g<0>", setting["value"])
        if name == "LD_PRELOAD":
            line = 'export LD_PRELOAD="%s${LD_PRELOAD:+:$LD_PRELOAD}"' % escaped
        else:
            line = 'export %s="${%s:-%s}"' % (name, name, escaped)
        parts.append("# %s\n%s\n" % (setting["why"], line))
    parts.append("# %s\n" % _shell_command(advice["command"]))
    return "".join(parts)


def _in_container(advice):
    return [setting for setting in advice["environment"] if setting["scope"] == "everywhere"]


def _server_arguments(advice):
    """The arguments behind `vllm serve`, which is what the image runs."""
    return advice["command"][2:]


def render_docker(advice):
    """A `docker run` command."""
    container = advice["container"]
    lines = ["docker run --rm --name vllm", "-p 8000:8000", "--shm-size=" + container["shmSize"]]
    lines.extend("--cap-add=" + name for name in container["capAdd"])
    lines.extend("--security-opt " + option for option in container["securityOpt"])
    lines.append("-v huggingface:/models")
    for setting in _in_container(advice):
        lines.append("-e " + shell_word("%s=%s" % (setting["name"], setting["value"])))
    lines.append(_shell_command([container["image"]] + _server_arguments(advice)))
    return " \\\n  ".join(lines) + "\n"


def _yaml_string(text):
    """A string for YAML and Compose, where `$` starts a variable."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("$", "$$")


def render_compose(advice):
    """A Compose file."""
    container = advice["container"]

    def listed(items):
        return ["      - %s\n" % _yaml_string(item) for item in items]

    parts = ["services:\n  vllm:\n", "    image: %s\n" % _yaml_string(container["image"])]
    parts.append("    command:\n")
    parts.extend(listed(_server_arguments(advice)))
    parts.append("    environment:\n")
    for setting in _in_container(advice):
        parts.append("      %s: %s\n" % (setting["name"], _yaml_string(setting["value"])))
    parts.append('    ports:\n      - "8000:8000"\n')
    parts.append("    shm_size: %s\n" % _yaml_string(container["shmSize"]))
    parts.append("    cap_add:\n")
    parts.extend(listed(container["capAdd"]))
    parts.append("    security_opt:\n")
    parts.extend(listed(container["securityOpt"]))
    parts.append('    volumes:\n      - "huggingface:/models"\n')
    parts.append('    restart: "unless-stopped"\n')
    parts.append("volumes:\n  huggingface: {}\n")
    return "".join(parts)


def _unit_word(word):
    """A word for a systemd unit, where `%` and `$` have meanings (systemd.service(5))."""
    escaped = re.sub(r'["\\]', r"\\\g<0>", word.replace("%", "%%"))
    return escaped if _SAFE.match(word) else '"%s"' % escaped


def render_systemd(advice):
    """A systemd service."""
    words = [_unit_word(word).replace("$", "$$") for word in ["/usr/bin/env"] + advice["command"]]
    parts = [
        "[Unit]\n",
        "Description=vLLM on CPU\n",
        "Wants=network-online.target\n",
        "After=network-online.target\n",
        "\n[Service]\n",
    ]
    for setting in advice["environment"]:
        assignment = "%s=%s" % (setting["name"], setting["value"])
        parts.append("Environment=%s\n" % _unit_word(assignment))
    parts.append("ExecStart=%s\n" % " ".join(words))
    parts.append("Restart=on-failure\n")
    parts.append("TimeoutStopSec=120\n")
    parts.append("\n[Install]\n")
    parts.append("WantedBy=multi-user.target\n")
    return "".join(parts)
