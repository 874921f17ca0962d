"""Limits of cgroups, from copies and from this machine's kernel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest

from vllm_cpu_detect.machine.files import Files
from vllm_cpu_detect.machine.memory import Limits, read_limits, read_memory

from .machine import write_tree

GIB = 1073741824
V2 = "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
V1 = (
    "31 1 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "32 1 0:28 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
)


def limits(root: Path, files: Dict[str, str]) -> Tuple[Optional[int], Optional[int]]:
    found = read_limits(Files(write_tree(root, files)))
    return found.memory_mib, found.milli_cpus


def test_the_strictest_of_all_ancestors_counts(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V2,
        "/proc/self/cgroup": "0::/a/b\n",
        "/sys/fs/cgroup/a/memory.max": f"{4 * GIB}\n",
        "/sys/fs/cgroup/a/b/memory.max": "max\n",
        "/sys/fs/cgroup/a/cpu.max": "max 100000\n",
        "/sys/fs/cgroup/a/b/cpu.max": "250000 100000\n",
    }
    assert limits(tmp_path, files) == (4096, 2500)


def test_a_limit_that_slows_down_counts_as_one_that_kills(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V2,
        "/proc/self/cgroup": "0::/a\n",
        "/sys/fs/cgroup/a/memory.max": "max\n",
        "/sys/fs/cgroup/a/memory.high": f"{3 * GIB}\n",
    }
    assert limits(tmp_path, files) == (3072, None)


def test_controllers_of_v1_are_read_each_at_its_own_mount(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": V1,
        "/proc/self/cgroup": "5:memory:/box\n4:cpu,cpuacct:/box\n0::/\n",
        "/sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{2 * GIB}\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us": "150000\n",
        "/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us": "100000\n",
    }
    assert limits(tmp_path, files) == (2048, 1500)


def test_a_container_finds_its_cgroup_at_the_mount(tmp_path: Path) -> None:
    files = {
        "/proc/self/mountinfo": "30 1 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
        "/proc/self/cgroup": "0::/docker/abc\n",
        "/sys/fs/cgroup/memory.max": f"{GIB}\n",
    }
    assert limits(tmp_path, files) == (1024, None)


def test_without_cgroups_there_is_no_limit(tmp_path: Path) -> None:
    assert limits(tmp_path, {}) == (None, None)


def test_a_limit_above_the_memory_is_none(tmp_path: Path) -> None:
    files = {"/proc/meminfo": "MemTotal: 1048576 kB\nMemAvailable: 2048 kB\n"}
    memory = read_memory(Files(write_tree(tmp_path, files)), Limits(2048, None))
    assert memory == {
        "totalMib": 1024,
        "availableMib": 2,
        "limitMib": None,
        "hugePagesMib": 0,
    }


@pytest.mark.parametrize(
    "source",
    [
        {"/proc/meminfo": "MemTotal: 4194304 kB\nHugetlb:        1048576 kB\n"},
        {
            "/proc/meminfo": "MemTotal: 4194304 kB\n",
            "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "256\n",
            "/sys/kernel/mm/hugepages/hugepages-1048576kB/nr_hugepages": "0\n",
            "/sys/kernel/mm/hugepages/hugepages-524288kB/nr_hugepages": "1\n",
        },
    ],
)
def test_memory_that_is_reserved_for_huge_pages_is_not_counted(
    tmp_path: Path, source: Dict[str, str]
) -> None:
    memory = read_memory(Files(write_tree(tmp_path, source)), Limits(None, None))
    assert (memory["totalMib"], memory["hugePagesMib"]) == (3072, 1024)


def test_huge_pages_of_the_host_are_not_those_of_a_container(tmp_path: Path) -> None:
    files = {"/proc/meminfo": "MemTotal: 1048576 kB\nHugetlb: 4194304 kB\n"}
    memory = read_memory(Files(write_tree(tmp_path, files)), Limits(None, None))
    assert memory["totalMib"] == 1024


def report_of(command: List[str]) -> Dict[str, Any]:
    # 1 means that no package suits this CPU, which is an answer all the same.
    folder = Path(__file__).parents[1]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=False)
    assert done.returncode in (0, 1)
    found: Dict[str, Any] = json.loads(done.stdout)
    return found


DETECTOR = [sys.executable, "-B", "-m", "vllm_cpu_detect", "--json"]


@pytest.fixture
def cgroup() -> Iterator[Tuple[Path, str]]:
    """A cgroup of this machine, v2 or v1, and the file that limits its memory."""
    for base, limit in (("", "memory.max"), ("memory", "memory.limit_in_bytes")):
        folder = Path("/sys/fs/cgroup", base, f"vllm-cpu-detect-{os.getpid()}")
        try:
            folder.mkdir()
        except OSError:
            continue
        if (folder / limit).exists():
            yield folder, limit
            folder.rmdir()
            return
        folder.rmdir()
    pytest.skip("needs root and a writable memory cgroup")


def test_a_process_in_a_real_cgroup_finds_its_limit(cgroup: Tuple[Path, str]) -> None:
    folder, limit = cgroup
    (folder / limit).write_text(str(GIB))
    script = f'echo $$ > {folder}/cgroup.procs; exec "$@"'
    found = report_of(["sh", "-c", script, "sh", *DETECTOR])
    assert found["cpu"]["memory"]["limitMib"] == 1024


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="needs Linux")
def test_the_affinity_of_the_process_decides_which_processors_are_usable() -> None:
    first = min(os.sched_getaffinity(0))
    found = report_of(["taskset", "-c", str(first), *DETECTOR])
    assert found["cpu"]["topology"]["usableCpus"] == str(first)
