"""How many connections the server has open, as the kernel counts them."""

from .address import Address, has_address

_ESTABLISHED = "01"
_CONNECTED = "03"


def connection_counter(arguments, net="/proc/self/net"):
    """A function without parameters that counts them; None for a server without an address."""
    if not has_address(arguments):
        return None
    address = Address(arguments)
    if address.socket:
        return lambda: _count(net + "/unix", lambda row: _is_at(row, address.socket))
    end = ":%04X" % address.port

    def count():
        return sum(_count(net + name, lambda row: _ends_at(row, end)) for name in ("/tcp", "/tcp6"))

    return count


def _ends_at(row, end):
    """proc(5), /proc/net/tcp: number, local address and port, remote ones, state, ..."""
    return row[1].endswith(end) and row[3] == _ESTABLISHED


def _is_at(row, path):
    """proc(5), /proc/net/unix: number, references, protocol, flags, type, state, inode, path."""
    return len(row) > 7 and row[5] == _CONNECTED and row[7] == path


def _count(file, matches):
    try:
        with open(file, encoding="utf-8", errors="replace") as handle:
            next(handle, None)  # the titles
            return sum(1 for line in handle if matches(line.rstrip("\n").split(maxsplit=7)))
    except OSError:
        return 0
