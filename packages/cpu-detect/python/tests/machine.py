"""Copies of /proc and /sys of machines that this one is not."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple, Union

from vllm_cpu_detect import recommend
from vllm_cpu_detect.machine.detect import look_into
from vllm_cpu_detect.machine.files import Files, format_cpu_list, parse_cpu_list
from vllm_cpu_detect.report_types import Advice, Cpu
from vllm_cpu_detect.serve.advice import serve_advice

from .vectors import VECTORS, cpuinfo_text

GIB_IN_KIB = 1048576
CPUS = "/sys/devices/system/cpu"
NODES = "/sys/devices/system/node"


def write_tree(root: Path, files: Dict[str, str]) -> str:
    """Writes files by their absolute path below `root`."""
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")
    return str(root)


class Machine:
    """Nodes of cores, numbered as Linux does on x86-64: one thread of each core, then the others.

    gib: of each node; cpuset, memset: what the process may use, everything without
    """

    def __init__(
        self,
        nodes: int = 1,
        cores: int = 8,
        threads: int = 1,
        gib: Union[int, Sequence[int]] = 64,
        vector: str = "intel-sapphire-rapids",
        cpuset: Optional[str] = None,
        memset: Optional[str] = None,
        files: Optional[Dict[str, str]] = None,
    ) -> None:
        self.nodes = nodes
        self.cores = cores
        self.threads = threads
        self.gib = [gib] * nodes if isinstance(gib, int) else list(gib)
        self.vector = vector
        self.cpus = nodes * cores * threads
        self.cpuset = format_cpu_list(range(self.cpus)) if cpuset is None else cpuset
        self.memset = format_cpu_list(range(nodes)) if memset is None else memset
        self.files = files or {}

    def node_cpus(self, node: int) -> List[int]:
        first = range(node * self.cores, (node + 1) * self.cores)
        all_cores = self.nodes * self.cores
        return [cpu + thread * all_cores for thread in range(self.threads) for cpu in first]

    def tree(self) -> Dict[str, str]:
        """Every file by its path."""
        all_cores = self.nodes * self.cores
        total = sum(self.gib) * GIB_IN_KIB
        files = {
            "/proc/cpuinfo": cpuinfo_text(VECTORS[self.vector], self.cpus),
            "/proc/meminfo": f"MemTotal:       {total} kB\nMemFree:        1 kB\n",
            "/proc/self/status": "Name:\tpython\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n"
            f"Cpus_allowed_list:\t{self.cpuset}\nMems_allowed_list:\t{self.memset}\n",
            f"{CPUS}/online": f"{format_cpu_list(range(self.cpus))}\n",
            "/lib64/ld-linux-x86-64.so.2": "",
        }
        for cpu in range(self.cpus):
            siblings = format_cpu_list(range(cpu % all_cores, self.cpus, all_cores))
            files[f"{CPUS}/cpu{cpu}/topology/thread_siblings_list"] = f"{siblings}\n"
            files[f"{CPUS}/cpu{cpu}/topology/physical_package_id"] = "0\n"
        for node, gib in enumerate(self.gib):
            files[f"{NODES}/node{node}/cpulist"] = f"{format_cpu_list(self.node_cpus(node))}\n"
            files[f"{NODES}/node{node}/meminfo"] = (
                f"Node {node} MemTotal:       {gib * GIB_IN_KIB} kB\nNode {node} MemFree: 0 kB\n"
            )
        return {**files, **self.files}

    def write(self, root: Path) -> str:
        return write_tree(root, self.tree())


def speeds(values: Dict[str, int]) -> Dict[str, str]:
    """The kernel's capacities of the processors in each list."""
    return {
        f"{CPUS}/cpu{cpu}/cpu_capacity": f"{speed}\n"
        for cpus, speed in values.items()
        for cpu in parse_cpu_list(cpus)
    }


class Tree(Files):
    """Files that are nowhere on a disk."""

    def __init__(self, tree: Dict[str, str]) -> None:
        super().__init__("/")
        self.tree = tree

    def text(self, file: str) -> Optional[str]:
        return self.tree.get(file)

    def exists(self, file: str) -> bool:
        return file in self.tree or bool(self.names(file))

    def names(self, directory: str) -> List[str]:
        start = f"{directory}/"
        below = [name[len(start) :] for name in self.tree if name.startswith(start)]
        return sorted({name.split("/", 1)[0] for name in below})


def look_at(machine: Machine) -> Cpu:
    return look_into(Tree(machine.tree()))


def advise(machine: Machine, **options: object) -> Advice:
    """The advice for a machine; `options` are serve_advice's."""
    cpu = look_at(machine)
    advice = serve_advice(cpu, recommend(cpu), **options)  # type: ignore[arg-type]
    assert advice is not None
    return advice


def variable(advice: Advice, name: str) -> Optional[str]:
    found = [setting["value"] for setting in advice["environment"] if setting["name"] == name]
    return found[0] if found else None


def placed(advice: Advice) -> List[Tuple[int, str]]:
    """Node and processors of each rank."""
    return [(rank["node"], rank["cpus"]) for rank in advice["placement"]["ranks"]]
