# SPDX-License-Identifier: Apache-2.0
"""The few questions that this miniature has for torch, answered without torch.

The real one is a download of 200 MB that the sample can do without. Where it is installed
it is used, and nothing here is.
"""

import importlib.util
import platform
import sys
from types import ModuleType

from vllm import operators


def install() -> None:
    """Makes `import torch` work. The name is left alone where a torch is installed."""
    if "torch" in sys.modules or importlib.util.find_spec("torch"):
        return
    torch = ModuleType("torch", __doc__)
    torch.__version__ = "0+stand-in"
    torch.ops = operators
    torch.cpu = _questions("torch.cpu")
    torch._C = ModuleType("torch._C")
    torch._C._cpu = _questions("torch._C._cpu")
    for module in (torch, torch.cpu, torch._C, torch._C._cpu):
        sys.modules[module.__name__] = module
    sys.modules["torch.ops"] = operators


def _questions(name: str) -> ModuleType:
    """A module with `_is_<feature>_supported()` for each feature, as torch has it."""
    from vllm import host_cpu

    module = ModuleType(name)
    for feature, present in host_cpu.features().items():
        setattr(module, f"_is_{feature}_supported", lambda present=present: present)
    module.get_capabilities = lambda: {"architecture": platform.machine(), "bf16": _arm_bf16()}
    return module


def _arm_bf16() -> bool:
    if platform.machine() != "aarch64":
        return False
    with open("/proc/cpuinfo") as cpuinfo:
        return any(line.startswith("Features") and " bf16" in line for line in cpuinfo)
