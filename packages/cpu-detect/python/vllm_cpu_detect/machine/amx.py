"""Asks the kernel whether this process may use AMX."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..report_types import AmxPermission

# arch/x86/include/uapi/asm/prctl.h and arch/x86/entry/syscalls/syscall_64.tbl in Linux.
_SYS_ARCH_PRCTL = 158
_ARCH_REQ_XCOMP_PERM = 0x1023
_XFEATURE_XTILEDATA = 18


def ask_kernel() -> AmxPermission:
    """`permitted`, `refused`, or `not checked` where there is no way to ask.

    The permission that is asked for is only for this process and its children; it makes their
    signal frames larger and has no other effect.
    """
    try:
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        answer = library.syscall(
            ctypes.c_long(_SYS_ARCH_PRCTL),
            ctypes.c_long(_ARCH_REQ_XCOMP_PERM),
            ctypes.c_long(_XFEATURE_XTILEDATA),
        )
    except (ImportError, OSError, AttributeError):
        return "not checked"
    return "permitted" if answer == 0 else "refused"
