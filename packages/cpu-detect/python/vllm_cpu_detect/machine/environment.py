"""Where the process runs: hypervisor, container, C library, limits of a container."""

from __future__ import annotations

from .memory import read_mounts
from .topology import status_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Collection, Optional

    from ..report_types import Environment, Libc
    from .detect import Process
    from .files import Files


def unknown_environment(features: Collection[str]) -> Environment:
    """What is known of a machine of which only the cpuinfo is there."""
    return {
        "hypervisor": "unknown" if "hypervisor" in features else None,
        "container": None,
        "wsl": False,
        "libc": None,
        "glibcVersion": None,
        "sharedMemoryMib": None,
        "mayMigrateMemory": None,
        "seccomp": None,
        "tcmalloc": None,
    }


def read_environment(
    files: Files, features: Collection[str], process: Optional[Process] = None
) -> Environment:
    """Reads the environment below `files`, in which `process` runs."""
    release = files.line("/proc/sys/kernel/osrelease") or ""
    capabilities = status_line(files, "CapEff")
    seccomp = status_line(files, "Seccomp")
    return {
        "hypervisor": _hypervisor(files, features),
        "container": _container(files),
        "wsl": "microsoft" in release.lower(),
        "libc": _libc(files, process),
        "glibcVersion": None if process is None else process.glibc,
        "sharedMemoryMib": _shared_memory(files),
        "mayMigrateMemory": None if capabilities is None else _has_sys_nice(capabilities),
        "seccomp": None if seccomp is None else seccomp != "0",
        "tcmalloc": _tcmalloc(files, features),
    }


_HYPERVISORS = (
    ("amazon ec2", "Amazon EC2"),
    ("google", "Google Compute Engine"),
    ("microsoft corporation", "Hyper-V"),
    ("vmware", "VMware"),
    ("innotek", "VirtualBox"),
    ("parallels", "Parallels"),
    ("apple", "Apple Virtualization"),
    ("xen", "Xen"),
    ("qemu", "KVM"),
    ("kvm", "KVM"),
)


def _hypervisor(files: Files, features: Collection[str]) -> Optional[str]:
    paths = [f"/sys/class/dmi/id/{name}" for name in ("sys_vendor", "product_name")]
    paths.append("/sys/hypervisor/type")
    text = " ".join(files.line(path) or "" for path in paths).lower()
    known = next((name for mark, name in _HYPERVISORS if mark in text), None)
    # Bare-metal instances carry the vendor's name too; on x86 the flag decides. 64-bit ARM has
    # no flag, so only names that are never on bare metal count there.
    if "asimd" in features:
        return known if known in ("KVM", "Xen", "VMware", "Parallels") else None
    if "hypervisor" not in features:
        return None
    return known or "unknown"


def _container(files: Files) -> Optional[str]:
    if files.exists("/run/.containerenv"):
        return "podman"
    groups = files.text("/proc/self/cgroup") or ""
    if "kubepods" in groups or files.exists("/var/run/secrets/kubernetes.io"):
        return "kubernetes"
    if files.exists("/.dockerenv") or "docker" in groups:
        return "docker"
    named = files.line("/run/systemd/container")
    if named is not None and _is_manager(named):
        return named
    return "lxc" if "/lxc" in groups or "lxc.payload" in groups else None


def _is_manager(name: str) -> bool:
    letters = name.replace("-", "a")
    plain = letters.isascii() and letters.isalnum() and letters.islower()
    return plain and name[0].isalpha() and len(name) <= 31


def _libc(files: Files, process: Optional[Process]) -> Optional[Libc]:
    """The word of the process, else the loaders: Alpine's gcompat brings one for glibc."""
    if process is not None and process.glibc is not None:
        return "glibc"
    if process is None and _has_glibc(files):
        return "glibc"
    if files.exists("/system/bin/linker64"):
        return "bionic"
    musl = any(
        name.startswith("ld-musl-") and name.endswith(".so.1") for name in files.names("/lib")
    )
    return "musl" if musl else None


def _has_glibc(files: Files) -> bool:
    loaders = ("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
    return any(files.exists(loader) for loader in loaders)


def _shared_memory(files: Files) -> Optional[int]:
    """Size of /dev/shm where it is fixed."""
    options = []
    for mount in read_mounts(files):
        if mount.point == "/dev/shm":  # noqa: S108 (looked at, not written to)
            options = mount.options
    size = next((option[5:].lower() for option in options if option.startswith("size=")), "")
    unit = {"k": 1024, "m": 1048576, "g": 1073741824}.get(size[-1:], 1)
    digits = size if unit == 1 else size[:-1]
    known = digits.isascii() and digits.isdigit() and len(digits) <= 15
    return int(digits) * unit // 1048576 if known else None


def _has_sys_nice(hexadecimal: str) -> bool:
    """Bit 23 of the effective capabilities, CAP_SYS_NICE in linux/capability.h."""
    nibble = hexadecimal[-6:-5]
    return nibble in tuple("89abcdefABCDEF")


_LIBRARY_FOLDERS = (
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib64",
    "/usr/local/lib",
    "/home/linuxbrew/.linuxbrew/lib",
)


def _tcmalloc(files: Files, features: Collection[str]) -> Optional[str]:
    machine = "aarch64" if "asimd" in features else "x86_64"
    for folder in (f"/usr/lib/{machine}-linux-gnu", *_LIBRARY_FOLDERS):
        for name in ("libtcmalloc_minimal.so.4", "libtcmalloc.so.4"):
            if files.exists(f"{folder}/{name}"):
                return f"{folder}/{name}"
    return None
