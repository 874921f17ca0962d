"""Where the process runs: hypervisor, container, C library, limits of a container."""

import re

from .memory import read_mounts
from .topology import status_line


def unknown_environment(features):
    """What is known of a machine of which only the cpuinfo is there."""
    return {
        "hypervisor": "unknown" if "hypervisor" in features else None,
        "container": None,
        "wsl": False,
        "libc": None,
        "sharedMemoryMib": None,
        "mayMigrateMemory": None,
        "seccomp": None,
        "tcmalloc": None,
    }


def read_environment(files, features):
    """Reads the environment below `files`."""
    release = files.line("/proc/sys/kernel/osrelease") or ""
    capabilities = status_line(files, "CapEff")
    seccomp = status_line(files, "Seccomp")
    return {
        "hypervisor": _hypervisor(files, features),
        "container": _container(files),
        "wsl": "microsoft" in release.lower(),
        "libc": _libc(files),
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


def _hypervisor(files, features):
    paths = ["/sys/class/dmi/id/" + name for name in ("sys_vendor", "product_name")]
    text = " ".join(files.line(path) or "" for path in paths + ["/sys/hypervisor/type"]).lower()
    known = next((name for mark, name in _HYPERVISORS if mark in text), None)
    # Bare-metal instances carry the vendor's name too; on x86 the flag decides. 64-bit ARM has
    # no flag, so only names that are never on bare metal count there.
    if "asimd" in features:
        return known if known in ("KVM", "Xen", "VMware", "Parallels") else None
    if "hypervisor" not in features:
        return None
    return known or "unknown"


def _container(files):
    if files.exists("/run/.containerenv"):
        return "podman"
    groups = files.text("/proc/self/cgroup") or ""
    if "kubepods" in groups or files.exists("/var/run/secrets/kubernetes.io"):
        return "kubernetes"
    if files.exists("/.dockerenv") or "docker" in groups:
        return "docker"
    named = files.line("/run/systemd/container")
    if named is not None and re.match(r"[a-z][a-z0-9-]{0,30}\Z", named):
        return named
    return "lxc" if re.search(r"\blxc\b", groups, re.ASCII) else None


def _libc(files):
    if files.exists("/lib64/ld-linux-x86-64.so.2") or files.exists("/lib/ld-linux-aarch64.so.1"):
        return "glibc"
    musl = any(re.match(r"ld-musl-.*\.so\.1\Z", name) for name in files.names("/lib"))
    return "musl" if musl else None


def _shared_memory(files):
    """Size of /dev/shm where it is fixed."""
    options = []
    for mount in read_mounts(files):
        if mount["point"] == "/dev/shm":
            options = mount["options"]
    size = next((option[5:] for option in options if option.startswith("size=")), "")
    match = re.match(r"([0-9]{1,15})([kmg]?)\Z", size, re.IGNORECASE)
    if not match:
        return None
    unit = {"": 1, "k": 1024, "m": 1048576, "g": 1073741824}[match.group(2).lower()]
    return int(match.group(1)) * unit // 1048576


def _has_sys_nice(hexadecimal):
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


def _tcmalloc(files, features):
    machine = "aarch64" if "asimd" in features else "x86_64"
    for folder in ("/usr/lib/%s-linux-gnu" % machine,) + _LIBRARY_FOLDERS:
        for name in ("libtcmalloc_minimal.so.4", "libtcmalloc.so.4"):
            if files.exists(folder + "/" + name):
                return folder + "/" + name
    return None
