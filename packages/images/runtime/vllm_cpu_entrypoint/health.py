"""The health check: asks the server that runs in this container for /health."""

import http.client
import os
import signal
import socket
import ssl
import sys

from .address import Address, has_address

_SECONDS = 4
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "*": "127.0.0.1", "": "127.0.0.1"}


def check():
    """Prints what it found; 0 when the server answers 200 within four seconds, else 1."""
    arguments = server_arguments()
    if arguments is None:
        print("unhealthy: no server was started by this image's entrypoint")
        return 1
    if not has_address(arguments):
        print("healthy: a headless server has no HTTP port")
        return 0
    signal.signal(signal.SIGALRM, _too_late)
    signal.alarm(_SECONDS)
    address, connection = _connection(Address(arguments))
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print("unhealthy: %s: %s" % (address, error or type(error).__name__))
        return 1
    print("%s: HTTP %d from %s" % ("healthy" if status == 200 else "unhealthy", status, address))
    return 0 if status == 200 else 1


def _too_late(_number, _frame):
    raise TimeoutError("no answer within %d s" % _SECONDS)


def server_arguments(proc="/proc"):
    """The arguments of the running entrypoint, from its command line; None where there is none.

    Usually it is process 1; with --init, or a shared process namespace, it is not.
    """
    own = os.path.abspath(sys.argv[0])
    for number in sorted(int(name) for name in os.listdir(proc) if name.isdigit()):
        folder = "%s/%d" % (proc, number)
        try:
            with open(folder + "/cmdline", "rb") as handle:
                words = [os.fsdecode(word) for word in handle.read().split(b"\0")[:-1]]
        except OSError:
            continue
        # The interpreter (and an emulator before it) comes first, then the script.
        for index, word in enumerate(words[:4]):
            arguments = words[index + 1 :]
            runs = os.path.abspath(word) == own and arguments != ["--healthcheck"]
            if runs and _shares_files(folder, proc):
                return arguments
    return None


def _shares_files(folder, proc):
    """False for a process of another container; one that may not be asked counts as our own."""
    try:
        return os.readlink(folder + "/ns/mnt") == os.readlink(proc + "/self/ns/mnt")
    except OSError:
        return True


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


def _connection(address):
    """(address as text, connection that is not open yet)."""
    if address.socket:
        return "unix:" + address.socket, _UnixConnection(address.socket)
    host = _ANYWHERE.get(address.host, address.host)
    shown = "%s:%d" % ("[%s]" % host if ":" in host else host, address.port)
    if not address.tls:
        return "http://" + shown, http.client.HTTPConnection(host, address.port)
    # It is this very container: whether the certificate is for 127.0.0.1 does not matter.
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return "https://" + shown, http.client.HTTPSConnection(host, address.port, context=context)
