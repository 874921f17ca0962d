"""The advice in files and commands for use, read back by the programs that they are for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Dict, Optional

import pytest
import yaml

from vllm_cpu_detect import detect_cpu
from vllm_cpu_detect.cli import run
from vllm_cpu_detect.texts import shell_word

from .vectors import VECTORS, detected

MODEL = 'it\'s "a" $HOME `x` 100% \\ model'


def output(format: str, model: str = MODEL) -> str:
    vector = VECTORS["intel-sapphire-rapids"]
    stdout, stderr, _ = run(
        ["--serve", model, f"--format={format}", "--release=0.12.0"], look=lambda: detected(vector)
    )
    assert stderr == ""
    return stdout


def shell(script: str, environment: Optional[Dict[str, str]] = None) -> str:
    env = {"PATH": "/usr/bin:/bin", **(environment or {})}
    return subprocess.check_output(["sh", "-eu", "-c", script], env=env).decode()


def test_env_can_be_sourced_and_exports_the_variables() -> None:
    names = shell(f"{output('env')}\nenv").split("\n")
    assert "VLLM_CPU_KVCACHE_SPACE=4" in names
    assert "VLLM_CPU_SGL_KERNEL=1" in names


def test_env_leaves_alone_what_is_set_already() -> None:
    script = f'{output("env")}\nprintf %s "$VLLM_CPU_KVCACHE_SPACE"'
    assert shell(script, {"VLLM_CPU_KVCACHE_SPACE": "77"}) == "77"


def test_docker_gives_the_model_to_the_image_unchanged_whatever_is_in_its_name() -> None:
    words = shell(
        f"docker() {{ for word; do printf '%s\\n' \"$word\"; done; }}\n{output('docker')}"
    ).split("\n")
    assert words[words.index("vllm-cpu:amxbf16-0.12.0") + 1] == MODEL
    assert {"--shm-size=4g", "--cap-add=SYS_NICE", "seccomp=unconfined"} <= set(words)


@pytest.mark.parametrize("word", ["", "a b", "'", "$x", "a|b", "\n"])
def test_words_are_quoted_so_that_a_shell_reads_them_back(word: str) -> None:
    assert shell(f"printf %s {shell_word(word)}") == word


def test_compose_names_image_model_settings_and_what_a_container_needs() -> None:
    text = output("compose", "org/model")
    for part in (
        'image: "vllm-cpu:amxbf16-0.12.0"',
        '      - "org/model"\n',
        '      VLLM_CPU_SGL_KERNEL: "1"\n',
        'shm_size: "4g"',
    ):
        assert part in text


def test_compose_is_yaml_that_holds_the_model_unchanged_but_for_the_doubled_dollar() -> None:
    parsed = yaml.safe_load(output("compose"))
    assert parsed["services"]["vllm"]["command"][0] == MODEL.replace("$", "$$")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_accepts_its_unit_without_a_word(tmp_path: Path) -> None:
    unit = tmp_path / "vllm.service"
    unit.write_text(output("systemd"))
    script = f"systemd-analyze verify --man=no {unit} 2>&1 | grep vllm.service || true"
    assert shell(script) == ""


def test_systemd_finds_nothing_to_expand() -> None:
    expected = '"it\'s \\"a\\" $$HOME `x` 100%% \\\\ model" --dtype=bfloat16'
    assert expected in output("systemd")


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A directory with a model, which is named relative to the current directory."""
    folder = tmp_path / "my models" / "one"
    folder.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return str(folder)


def test_docker_mounts_a_local_model_where_the_server_looks_for_it(local: str) -> None:
    words = shell(
        "docker() { for word; do printf '%s\\n' \"$word\"; done; }\n"
        + output("docker", "my models/one")
    ).split("\n")
    mount = words[words.index("--mount") + 1]
    assert mount == f"type=bind,source={local},target={local},readonly"
    assert words[words.index("vllm-cpu:amxbf16-0.12.0") + 1] == local


def test_compose_mounts_a_local_model(local: str) -> None:
    service = yaml.safe_load(output("compose", "my models/one"))["services"]["vllm"]
    mount = {"type": "bind", "source": local, "target": local, "read_only": True}
    assert service["volumes"] == ["huggingface:/models", mount]
    assert service["command"][0] == local


def test_a_service_starts_elsewhere_so_it_has_the_whole_path(local: str) -> None:
    assert f'serve "{local}" --dtype' in output("systemd", "my models/one")


def test_without_a_model_there_is_a_place_for_one() -> None:
    stdout, _, code = run(["--serve"], look=lambda: detect_cpu(root="/"))
    assert code == 1 or "vllm serve MODEL" in stdout
