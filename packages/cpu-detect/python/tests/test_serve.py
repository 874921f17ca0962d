"""Ranks, threads, memory and data type of `vllm serve`, on machines that this one is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Optional

import pytest

from .machine import NODES, Machine, advise, placed, variable, write_tree

BIND = "VLLM_CPU_OMP_THREADS_BIND"
GIB = 1073741824


class TestRanksAndThreads:
    def test_one_node_is_bound_to_its_cores_but_the_last_one(self) -> None:
        advice = advise(Machine())
        assert variable(advice, BIND) == "0-6"
        assert advice["placement"]["ranks"] == [
            {"node": 0, "cpus": "0-6", "threads": 7, "reserved": "7", "slower": ""}
        ]
        assert "--tensor-parallel-size=1" in advice["command"]

    @pytest.mark.parametrize(
        ("nodes", "ranks"),
        [(1, 1), (2, 2), (3, 3), (4, 4), (5, 4), (6, 4), (7, 4), (8, 8), (12, 8)],
    )
    def test_the_ranks_are_of_a_size_that_vllm_has(
        self, tmp_path: Path, nodes: int, ranks: int
    ) -> None:
        config = {"/config.json": json.dumps({"num_attention_heads": 96})}
        folder = write_tree(tmp_path / "model", config)
        advice = advise(Machine(nodes=nodes, cores=4), model=folder)
        assert advice["placement"]["tensorParallelSize"] == ranks
        assert len((variable(advice, BIND) or "").split("|")) == ranks
        assert any("are free for" in note for note in advice["notes"]) is (ranks < nodes)

    def test_hyper_threads_are_left_alone(self) -> None:
        advice = advise(Machine(nodes=2, threads=2))
        assert variable(advice, BIND) == "0-6|8-14"
        assert [rank["reserved"] for rank in advice["placement"]["ranks"]] == ["7", "15"]

    def test_a_cpuset_of_second_hyper_threads_is_respected(self) -> None:
        assert variable(advise(Machine(threads=2, cpuset="8-13")), BIND) == "8-12"

    def test_nodes_whose_processors_the_cpuset_excludes_are_left_out(self) -> None:
        advice = advise(Machine(nodes=4, cores=4, cpuset="4-11"))
        assert placed(advice) == [(1, "4-6"), (2, "8-10")]

    def test_nodes_whose_memory_the_cpuset_excludes_are_left_out(self) -> None:
        assert placed(advise(Machine(nodes=2, cores=4, memset="0"))) == [(0, "0-2")]

    def test_a_node_without_memory_is_left_out_and_named(self) -> None:
        advice = advise(Machine(nodes=2, cores=4, gib=[64, 0]))
        assert placed(advice) == [(0, "0-2")]
        assert "without memory are not used: 1" in " ".join(advice["notes"])

    @pytest.mark.parametrize(("release", "ends"), [("0.33.0", True), ("0.19.1", False)])
    def test_without_binding_a_first_node_without_memory_ends_the_server(
        self, release: str, ends: bool
    ) -> None:
        apart = Machine(nodes=2, cores=4, gib=[0, 64], cpuset="0-3", memset="1")
        assert variable(advise(apart), BIND) == "nobind"
        notes = " ".join(advise(apart, release=release)["notes"])
        assert ("vLLM will end at the start: it asks NUMA node 0" in notes) is ends
        bound = advise(Machine(nodes=2, cores=4, gib=[0, 64]))
        assert placed(bound) == [(1, "4-6")]
        assert "will end at the start" not in " ".join(bound["notes"])

    def test_no_core_is_reserved_where_there_are_fewer_than_four(self) -> None:
        assert variable(advise(Machine(cores=3)), BIND) == "0-2"

    def test_under_a_quota_nothing_is_pinned_and_threads_are_counted_by_it(self) -> None:
        files = {
            "/proc/self/cgroup": "0::/\n",
            "/proc/self/mountinfo": "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/cpu.max": "350000 100000\n",
        }
        advice = advise(Machine(nodes=2, files=files))
        assert variable(advice, BIND) == "nobind"
        assert variable(advice, "OMP_NUM_THREADS") == "3"
        assert variable(advice, "MKL_NUM_THREADS") == "3"
        assert advice["placement"]["tensorParallelSize"] == 1

    def test_a_quota_allows_no_more_threads_than_the_cpuset_has_cores(self) -> None:
        files = {
            "/proc/self/cgroup": "0::/\n",
            "/proc/self/mountinfo": "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/cpu.max": "700000 100000\n",
        }
        advice = advise(Machine(cpuset="0-1", files=files))
        assert advice["placement"]["threads"] == 2

    def test_nodes_for_auto_are_named_only_where_vllm_would_find_them(self) -> None:
        advice = advise(Machine(nodes=2, cores=4), release="0.19.1")
        assert variable(advice, "CPU_VISIBLE_MEMORY_NODES") == "0,1"
        excluded = advise(Machine(nodes=2, cores=4, cpuset="4-7"), release="0.19.1")
        assert variable(excluded, "CPU_VISIBLE_MEMORY_NODES") is None
        assert "CPU_VISIBLE_MEMORY_NODES" in [left["name"] for left in excluded["leftOut"]]

    def test_the_user_decides_how_threads_are_bound(self) -> None:
        assert variable(advise(Machine(), bind="auto"), BIND) == "auto"
        free = advise(Machine(), bind="nobind")
        assert variable(free, BIND) == "nobind"
        assert variable(free, "OMP_NUM_THREADS") == "7"

    @pytest.mark.parametrize(
        ("bind", "release", "said"),
        [
            ("nobind", "0.11.1", "nobind"),
            ("nobind", "0.11.0.post1", "all|all"),
            ("nobind", "0.8.5", "all|all"),
            ("auto", "0.9.1", "auto"),
            ("auto", "0.9.0", "all|all"),
        ],
    )
    def test_each_release_is_spoken_to_in_its_words(
        self, bind: str, release: str, said: str
    ) -> None:
        advice = advise(Machine(nodes=2), bind=bind, release=release)
        assert variable(advice, BIND) == said


class TestSettingsOfEachRelease:
    """Read in the sources of the releases: vllm/utils/ompmultiprocessing.py, envs.py."""

    @pytest.mark.parametrize(("release", "reserved"), [("0.19.1", "1"), ("0.20.2", "2")])
    def test_reserved_processors_are_counted_by_rank_and_later_in_all(
        self, release: str, reserved: str
    ) -> None:
        advice = advise(Machine(nodes=2), release=release)
        assert variable(advice, "VLLM_CPU_NUM_OF_RESERVED_CPU") == reserved

    def test_from_0_20_on_nodes_are_compared_with_nodes(self) -> None:
        advice = advise(Machine(nodes=2, cores=4, cpuset="4-7"), release="0.33.0")
        assert variable(advice, "CPU_VISIBLE_MEMORY_NODES") == "1"

    def test_a_variable_that_is_gone_is_not_mentioned(self) -> None:
        advice = advise(Machine(), release="0.28.0")
        names = [entry["name"] for entry in [*advice["environment"], *advice["leftOut"]]]
        assert "VLLM_CPU_SGL_KERNEL" not in names

    def test_from_0_20_on_an_unbound_rank_has_the_memory_of_one_node(self) -> None:
        for release, gib in (("0.19.1", 128), ("0.20.0", 64)):
            advice = advise(Machine(nodes=2), bind="nobind", model=None, release=release)
            ranks = advice["placement"]["tensorParallelSize"]
            assert (advice["kvCache"]["rankMemoryMib"] or 0) * ranks == gib * 1024


class TestMemoryForTheKvCache:
    def test_it_is_what_a_node_has_less_a_fifth_and_the_share_of_the_weights(self) -> None:
        cache = advise(Machine(nodes=2, gib=100), weights_gib=40)["kvCache"]
        assert (cache["gib"], cache["fits"]) == (60, True)
        assert (cache["rankMemoryMib"], cache["weightsMib"]) == (102400, 20480)
        assert cache["arithmetic"] == (
            "100.0 GiB memory - 20.0 GiB reserve (a fifth, at least 2 GiB) - 20.0 GiB "
            "weights (40.0 GiB over 2 ranks), rounded down to 60 GiB."
        )

    def test_half_of_the_rest_is_left_to_weights_of_unknown_size(self) -> None:
        assert advise(Machine(gib=100))["kvCache"]["gib"] == 40

    def test_the_smallest_node_decides(self) -> None:
        advice = advise(Machine(nodes=2, gib=[100, 50]), weights_gib=20)
        assert advice["kvCache"]["gib"] == 30

    def test_huge_pages_of_a_node_are_no_memory_for_its_rank(self) -> None:
        pages = f"{NODES}/node1/hugepages/hugepages-1048576kB/nr_hugepages"
        advice = advise(Machine(nodes=2, gib=100, files={pages: "50\n"}), weights_gib=20)
        assert advice["kvCache"]["gib"] == 30

    def test_a_limit_is_shared_out_among_the_ranks(self) -> None:
        files = {
            "/proc/self/cgroup": "0::/\n",
            "/proc/self/mountinfo": "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/memory.max": str(40 * GIB),
        }
        cache = advise(Machine(nodes=2, files=files), weights_gib=8)["kvCache"]
        assert (cache["rankMemoryMib"], cache["gib"]) == (20480, 12)

    @pytest.mark.parametrize(
        ("limit", "container", "release", "said"),
        [
            # 32 less 15 of weights and 2 of the server leave 15, and 15 of cached files 0.
            (32, True, "0.33.0", "raise the limit by 15.0 GiB."),
            (40, True, "0.33.0", "15.0 GiB, or set VLLM_CPU_KVCACHE_SPACE=8."),
            (40, True, "0.23.0", None),
            (40, False, "0.33.0", None),
            (128, True, "0.33.0", None),
        ],
    )
    def test_a_limit_has_to_hold_the_weights_as_cached_files_too(
        self, limit: int, container: bool, release: str, said: Optional[str]
    ) -> None:
        files = {
            "/proc/self/cgroup": "0::/\n",
            "/proc/self/mountinfo": "1 1 0:1 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/memory.max": str(limit * GIB),
            **({"/.dockerenv": ""} if container else {}),
        }
        machine = Machine(gib=256, files=files)
        notes = advise(machine, weights_gib=15, release=release)["notes"]
        found = [note for note in notes if "Files that were read" in note]
        assert len(found) == (said is not None)
        assert said is None or said in found[0]

    @pytest.mark.parametrize(
        ("available", "fits"),
        [(60, None), (53, None), (52, 49), (3, 0)],
    )
    def test_memory_that_others_use_is_named_with_what_fits_beside_them(
        self, available: int, fits: Optional[int]
    ) -> None:
        """0.33.0 ended at the start: 18 GiB were advised, 19.5 free, and it took more than one."""
        meminfo = f"MemTotal: {64 * GIB // 1024} kB\nMemAvailable: {available * GIB // 1024} kB\n"
        machine = Machine(gib=64, files={"/proc/meminfo": meminfo})
        advice = advise(machine, weights_gib=1)
        notes = [note for note in advice["notes"] if "are free now" in note]
        assert len(notes) == (0 if fits is None else 1)
        if fits:
            assert f"VLLM_CPU_KVCACHE_SPACE={fits} fits" in notes[0]
        elif notes:
            assert "fits" not in notes[0]

    def test_weights_that_do_not_fit_are_named_with_a_number_that_vllm_accepts(self) -> None:
        advice = advise(Machine(gib=16), weights_gib=60)
        assert (advice["kvCache"]["gib"], advice["kvCache"]["fits"]) == (1, False)
        assert "do not fit" in advice["notes"][0]

    def test_weights_of_16_bits_double_where_they_are_served_as_float32(self) -> None:
        half = advise(Machine(), model="org/Model-7B")["kvCache"]["weightsMib"]
        zen3 = Machine(vector="amd-zen3-milan")
        whole = advise(zen3, model="org/Model-7B")["kvCache"]["weightsMib"]
        assert half == -(-14 * 10**9 // 1048576)
        assert whole == 2 * half

    def test_weights_of_32_bits_halve_where_they_are_served_as_bfloat16(
        self, tmp_path: Path
    ) -> None:
        folder = Path(
            write_tree(tmp_path / "model", {"/config.json": '{"torch_dtype": "float32"}'})
        )
        (folder / "model.safetensors").write_bytes(b"x" * 3 * 1048576)
        advice = advise(Machine(), model=str(folder))
        assert advice["kvCache"]["weightsMib"] == 2


class TestDataTypeAndKernels:
    @pytest.mark.parametrize(
        ("vector", "dtype", "sgl"),
        [
            ("intel-sapphire-rapids", "bfloat16", "1"),
            ("amd-zen4-genoa", "bfloat16", None),
            ("intel-cascade-lake", "bfloat16", None),
            ("amd-zen3-milan", "float32", None),
            ("aws-graviton2", "float32", None),
            ("aws-graviton3", "bfloat16", None),
        ],
    )
    def test_each_cpu_gets_what_it_computes_best(
        self, vector: str, dtype: str, sgl: Optional[str]
    ) -> None:
        advice = advise(Machine(vector=vector), release="0.27.1")
        assert advice["dtype"]["value"] == dtype
        assert variable(advice, "VLLM_CPU_SGL_KERNEL") == sgl

    def test_the_tcmalloc_of_this_system_is_preloaded(self) -> None:
        library = "/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4"
        advice = advise(Machine(files={library: ""}))
        assert variable(advice, "LD_PRELOAD") == library

    def test_it_tells_how_to_get_a_tcmalloc(self) -> None:
        left = advise(Machine())["leftOut"]
        (why,) = [entry["why"] for entry in left if entry["name"] == "LD_PRELOAD"]
        assert "apt-get install libtcmalloc-minimal4" in why


def test_a_container_is_told_what_it_lacks() -> None:
    files = {
        "/.dockerenv": "",
        "/proc/self/status": "CapEff:\t00000000a80425fb\nSeccomp:\t2\n",
        "/proc/self/mountinfo": "1 1 0:1 / /dev/shm rw - tmpfs shm rw,size=65536k\n",
    }
    notes = "\n".join(advise(Machine(files=files))["notes"])
    assert "--cap-add=SYS_NICE" in notes
    assert "seccomp=unconfined" in notes
    assert "/dev/shm has 64 MiB" in notes
