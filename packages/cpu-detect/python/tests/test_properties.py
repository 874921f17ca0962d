"""What holds for every machine, and not only for those that were thought of."""

from __future__ import annotations

from typing import FrozenSet, List, Tuple

from hypothesis import given, settings
from hypothesis import strategies as st

from vllm_cpu_detect import DetectError, detect_cpu, recommend
from vllm_cpu_detect._table import VARIANTS
from vllm_cpu_detect.machine.files import format_cpu_list, parse_cpu_list
from vllm_cpu_detect.report_types import Advice

from .machine import Machine, advise

LEVELS = [frozenset(names) for v in VARIANTS for names in v["requires"].values()]
NAMES = sorted({*frozenset().union(*LEVELS), "hypervisor", "avx512_fp16", "sve"})
SOME = st.frozensets(st.sampled_from(NAMES))
FEW = st.frozensets(st.sampled_from(NAMES), max_size=1)

# Around what a level requires: features at random are hardly ever all of a level.
FEATURES = st.builds(
    lambda level, more, fewer: (level | more) - fewer, st.sampled_from(LEVELS), SOME, FEW
)


def x86(flags: FrozenSet[str]) -> str:
    return f"processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: lm {' '.join(sorted(flags))}\n"


def arm(flags: FrozenSet[str]) -> str:
    features = " ".join(sorted(flags))
    return f"processor\t: 0\nFeatures\t: asimd {features}\nCPU implementer\t: 0x41\n"


def rank_of(text: str) -> int:
    variant = recommend(detect_cpu(cpuinfo_text=text))["variant"]
    return next((entry["rank"] for entry in VARIANTS if entry["name"] == variant), -1)


@settings(max_examples=5 * settings.default.max_examples)
@given(FEATURES, FEATURES)
def test_more_features_never_give_less(some: FrozenSet[str], more: FrozenSet[str]) -> None:
    for text in (x86, arm):
        assert rank_of(text(some | more)) >= rank_of(text(some))


@given(FEATURES, FEATURES)
def test_only_what_every_processor_can_run_counts(
    first: FrozenSet[str], second: FrozenSet[str]
) -> None:
    assert rank_of(f"{x86(first)}\n{x86(second)}") == rank_of(x86(first & second))


KEYS = (
    "vendor_id",
    "cpu family",
    "model",
    "stepping",
    "physical id",
    "core id",
    "isa",
    "flags",
    "",
)
# What a file of the kernel is read as, and a few others that Python counts as digits or spaces.
# For "all characters" hypothesis first makes a table, which takes longer than the tests.
CHARACTERS = "".join(map(chr, range(256))) + "\u0660\u2028\u3000\U0001d7d8"
VALUES = st.text(CHARACTERS, max_size=20) | st.sampled_from(
    ["0", "-1", "\u00b2", "GenuineIntel", "lm", "asimd"]
)
LINES = st.lists(st.tuples(st.sampled_from(KEYS), VALUES).map("\t: ".join)).map("\n".join)
PROCESSORS = LINES.map(lambda lines: f"processor\t: 0\n{lines}\nflags\t: lm\nbugs\t:\n")


@given(st.text(CHARACTERS, max_size=200) | LINES | PROCESSORS)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert detect_cpu(cpuinfo_text=text)["architecture"]
    except DetectError as error:
        assert error.exit_code == 65


@given(st.frozensets(st.integers(0, 9999), max_size=50))
def test_a_list_of_processors_is_read_as_it_was_written(cpus: FrozenSet[int]) -> None:
    assert parse_cpu_list(format_cpu_list(cpus)) == sorted(cpus)


def subsets(size: int) -> st.SearchStrategy[FrozenSet[int]]:
    """Some of the first numbers, at least one: a few of them, or nearly all."""
    everything = frozenset(range(size))
    few = st.frozensets(st.integers(0, size - 1), min_size=1)
    return few | few.map(lambda gone: everything - gone or everything)


@st.composite
def allowances(draw: st.DrawFn, memory: bool = True, even: bool = True) -> Tuple[Machine, Machine]:
    """A machine with one cpuset, and the same with a larger one; `memory`: of nodes as well.

    even: all nodes have as much memory; where not, the smallest decides what each rank has.

    Processors beside barred memory are a matter of their own: they compute where no others are.
    """
    nodes = draw(st.integers(1, 8))
    cores = draw(st.integers(1, 5))
    threads = draw(st.sampled_from((1, 2)))
    sizes = st.sampled_from((16, 64, 512))
    gib = draw(sizes) if even else draw(st.lists(sizes, min_size=nodes, max_size=nodes))
    cpus = subsets(nodes * cores * threads)
    mems = subsets(nodes) if memory else st.just(frozenset(range(nodes)))
    few, more = draw(cpus), draw(cpus)
    some_nodes, more_nodes = draw(mems), draw(mems)

    def machine(allowed: FrozenSet[int], nodes_of: FrozenSet[int]) -> Machine:
        cpuset, memset = format_cpu_list(allowed), format_cpu_list(nodes_of)
        return Machine(nodes, cores, threads, gib, cpuset=cpuset, memset=memset)

    return machine(few, some_nodes), machine(few | more, some_nodes | more_nodes)


def both(machines: Tuple[Machine, Machine]) -> List[Advice]:
    return [advise(machine, release="0.33.0") for machine in machines]


@given(allowances())
def test_more_processors_and_memory_never_give_fewer_ranks(
    machines: Tuple[Machine, Machine],
) -> None:
    smaller, larger = (advice["placement"]["tensorParallelSize"] for advice in both(machines))
    assert larger >= smaller


def threads_in_all(advice: Advice) -> int:
    placement = advice["placement"]
    ranks = placement["ranks"]
    return sum(rank["threads"] for rank in ranks) if ranks else placement["threads"]


def memory_in_all(advice: Advice) -> int:
    return (advice["kvCache"]["rankMemoryMib"] or 0) * advice["placement"]["tensorParallelSize"]


@given(allowances())
def test_a_smaller_cpuset_never_gives_more_memory(machines: Tuple[Machine, Machine]) -> None:
    smaller, larger = both(machines)
    assert memory_in_all(smaller) <= memory_in_all(larger)


@given(allowances(even=False))
def test_no_more_memory_than_the_nodes_to_use_have(machines: Tuple[Machine, Machine]) -> None:
    for machine, advice in zip(machines, both(machines)):
        allowed = sum(machine.gib[node] for node in parse_cpu_list(machine.memset))
        assert memory_in_all(advice) <= allowed * 1024


@given(allowances())
def test_no_more_threads_than_there_are_cores_to_use(machines: Tuple[Machine, Machine]) -> None:
    for machine, advice in zip(machines, both(machines)):
        all_cores = machine.nodes * machine.cores
        allowed = {cpu % all_cores for cpu in parse_cpu_list(machine.cpuset)}
        assert threads_in_all(advice) <= len(allowed)


@given(allowances(memory=False))
def test_a_smaller_cpuset_never_gives_more_threads(machines: Tuple[Machine, Machine]) -> None:
    smaller, larger = both(machines)
    assert threads_in_all(smaller) <= threads_in_all(larger)
