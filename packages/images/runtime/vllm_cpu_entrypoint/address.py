"""Where the server listens: its own arguments say it."""

import re

from .arguments import option


class Address:
    """socket: path of a UNIX socket, or None; host: as given, empty for all; port; tls: whether HTTPS."""

    def __init__(self, arguments):
        self.socket = _setting(arguments, "uds") or None
        self.host = _setting(arguments, "host") or ""
        port = _setting(arguments, "port") or ""
        self.port = int(port) if port.isascii() and port.isdigit() else 8000
        self.tls = bool(_setting(arguments, "ssl-certfile"))


def has_address(arguments):
    return "--headless" not in arguments


def _setting(arguments, name):
    """An option of the command line, else of the file of --config (top-level `name: value`)."""
    value = option(arguments, "--" + name)
    file = option(arguments, "--config")
    if value is not None or file is None:
        return value
    try:
        with open(file, encoding="utf-8") as handle:
            text = handle.read()
    except (OSError, UnicodeDecodeError):
        return None
    pattern = r"^%s[ \t]*:[ \t]*([\"']?)([^\"'#\n]*?)\1[ \t]*(?:#.*)?$" % name.replace("-", "[-_]")
    match = re.search(pattern, text, re.MULTILINE)
    return match.group(2) if match else None
