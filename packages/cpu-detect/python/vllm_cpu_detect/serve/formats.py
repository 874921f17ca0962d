"""The advice as text, shell, docker run, Compose and systemd."""

from __future__ import annotations

import re

from ..texts import SAFE_WORD, count, labelled, say, shell_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Dict, List, Sequence

    from ..report_types import Advice, Setting
    from ..texts import Paint


def _shell_command(words: Sequence[str]) -> str:
    return " ".join(shell_word(word) for word in words)


def render_serve(advice: Advice, package: str, paint: Paint) -> str:
    """The readable advice: placement, memory, every variable with its reason, the command."""
    placement = advice["placement"]
    dtype = advice["dtype"]
    cache = advice["kvCache"]
    parts = [
        labelled("Package", [package]),
        labelled("Model", [advice["model"]["name"]]),
        labelled("Data type", [f"{dtype['value']}: {dtype['why']}"]),
        labelled("Ranks", [f"--tensor-parallel-size={placement['tensorParallelSize']}"]),
    ]
    for rank in placement["ranks"]:
        free = [cpus for cpus in (rank["reserved"], rank["slower"]) if cpus]
        kept = f", {' and '.join(free)} left free" if free else ""
        bound = f"CPUs {rank['cpus']} ({count(rank['threads'], 'core')}){kept}"
        parts.append(labelled("", [f"NUMA node {rank['node']}: {bound}"]))
    parts.append(labelled("KV cache", [f"{cache['gib']} GiB per rank: {cache['arithmetic']}"]))
    parts.extend(labelled("Note", [note]) for note in advice["notes"])
    parts.append("\nEnvironment\n")
    for setting in advice["environment"]:
        assignment = f"{setting['name']}={shell_word(setting['value'])}"
        parts.append(f"  {paint(assignment)}\n      {setting['why']}\n")
    parts.append("\nLeft out\n")
    parts.extend(f"  {left['name']}\n      {left['why']}\n" for left in advice["leftOut"])
    parts.extend(["\n", labelled("Bindings", say("bindingsExplained").split("\n"))])
    parts.extend(["\n", labelled("Command", [paint(_shell_command(advice["command"]))])])
    parts.append(labelled("", [say("otherFormats")]))
    return "".join(parts)


def _comments(advice: Advice) -> List[str]:
    """The notes, where nobody would read them otherwise."""
    return [f"# Note: {note}\n" for note in advice["notes"]]


def render_env(advice: Advice) -> str:
    """Lines for a POSIX shell; a variable that is set already keeps its value."""
    parts = [f"# {say('envHead')}\n", *_comments(advice)]
    for setting in advice["environment"]:
        name = setting["name"]
        escaped = re.sub(r'["$`\\}]', r"\\\g<0>", setting["value"])
        if name == "LD_PRELOAD":
            line = f'export LD_PRELOAD="{escaped}${{LD_PRELOAD:+:$LD_PRELOAD}}"'
        else:
            line = f'export {name}="${{{name}:-{escaped}}}"'
        parts.append(f"# {setting['why']}\n{line}\n")
    parts.append(f"# {_shell_command(advice['command'])}\n")
    return "".join(parts)


def _in_container(advice: Advice) -> List[Setting]:
    return [setting for setting in advice["environment"] if setting["scope"] == "everywhere"]


def _server_arguments(advice: Advice) -> List[str]:
    """The arguments behind `vllm serve`; a local model by its path from the root."""
    name, *options = advice["command"][2:]
    return [advice["container"]["localModel"] or name, *options]


def _mounted(path: str) -> List[str]:
    """A file or directory of this machine, for a container at the same place."""
    return ["type=bind", f"source={path}", f"target={path}", "readonly"]


def render_docker(advice: Advice) -> str:
    """A `docker run` command."""
    container = advice["container"]
    lines = [
        "docker run --rm --name vllm",
        "-p 8000:8000",
        f"--shm-size={container['shmSize']}",
        *(f"--cap-add={name}" for name in container["capAdd"]),
        *(f"--security-opt {option}" for option in container["securityOpt"]),
        "-v huggingface:/models",
    ]
    local = container["localModel"]
    if local is not None:
        lines.append(f"--mount {shell_word(','.join(_mounted(local)))}")
    settings = [f"{setting['name']}={setting['value']}" for setting in _in_container(advice)]
    lines.extend(f"-e {shell_word(setting)}" for setting in settings)
    lines.append(_shell_command([container["image"], *_server_arguments(advice)]))
    return "".join(_comments(advice)) + " \\\n  ".join(lines) + "\n"


def _yaml_string(text: str) -> str:
    """A string for YAML and Compose, where `$` starts a variable."""
    import json

    return json.dumps(text, ensure_ascii=False).replace("$", "$$")


def render_compose(advice: Advice) -> str:
    """A Compose file."""
    container = advice["container"]

    def listed(items: Sequence[str]) -> List[str]:
        return [f"      - {_yaml_string(item)}\n" for item in items]

    parts = [
        *_comments(advice),
        "services:\n  vllm:\n",
        f"    image: {_yaml_string(container['image'])}\n",
        "    command:\n",
        *listed(_server_arguments(advice)),
        "    environment:\n",
    ]
    parts.extend(
        f"      {setting['name']}: {_yaml_string(setting['value'])}\n"
        for setting in _in_container(advice)
    )
    parts.append('    ports:\n      - "8000:8000"\n')
    parts.append(f"    shm_size: {_yaml_string(container['shmSize'])}\n")
    parts.append("    cap_add:\n")
    parts.extend(listed(container["capAdd"]))
    parts.append("    security_opt:\n")
    parts.extend(listed(container["securityOpt"]))
    parts.append('    volumes:\n      - "huggingface:/models"\n')
    local = container["localModel"]
    if local is not None:
        path = _yaml_string(local)
        parts.append(f"      - type: bind\n        source: {path}\n        target: {path}\n")
        parts.append("        read_only: true\n")
    parts.append('    restart: "unless-stopped"\n')
    parts.append("volumes:\n  huggingface: {}\n")
    return "".join(parts)


def _unit_word(word: str) -> str:
    """A word for a systemd unit, where `%` and `$` have meanings (systemd.service(5))."""
    escaped = re.sub(r'["\\]', r"\\\g<0>", word.replace("%", "%%"))
    return escaped if re.match(SAFE_WORD, word) else f'"{escaped}"'


def render_systemd(advice: Advice) -> str:
    """A systemd service."""
    command = ["/usr/bin/env", "vllm", "serve", *_server_arguments(advice)]
    words = [_unit_word(word).replace("$", "$$") for word in command]
    parts = [
        *_comments(advice),
        "[Unit]\n",
        "Description=vLLM on CPU\n",
        "Wants=network-online.target\n",
        "After=network-online.target\n",
        "\n[Service]\n",
    ]
    settings = [f"{setting['name']}={setting['value']}" for setting in advice["environment"]]
    parts.extend(f"Environment={_unit_word(setting)}\n" for setting in settings)
    parts.append(f"ExecStart={' '.join(words)}\n")
    parts.append("Restart=on-failure\n")
    parts.append("TimeoutStopSec=120\n")
    parts.append("\n[Install]\n")
    parts.append("WantedBy=multi-user.target\n")
    return "".join(parts)


RENDERERS: Dict[str, Callable[[Advice], str]] = {
    "env": render_env,
    "docker": render_docker,
    "compose": render_compose,
    "systemd": render_systemd,
}
