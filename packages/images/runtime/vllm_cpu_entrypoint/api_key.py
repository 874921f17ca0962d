"""The API key, from a file to the child's environment: never in a command line, never printed."""

import os
import secrets
import stat
import tempfile

from .arguments import option
from .failure import BAD_DATA, CANNOT_CREATE, NO_INPUT, USAGE, StartError, note, say

SECRET = "/run/secrets/vllm_api_key"


def read_key(environment, arguments):
    """Puts the key of VLLM_API_KEY_FILE, or of the secret, into VLLM_API_KEY.

    Called before privileges are dropped: a secret may be root's alone.
    Raises StartError KEY_TWICE, KEY_UNREADABLE, KEY_EMPTY or KEY_NOT_A_LINE.
    """
    if option(arguments, "--api-key") is not None:
        note("--api-key shows in the list of processes; VLLM_API_KEY_FILE does not.")
    named = environment.get("VLLM_API_KEY_FILE")
    if not environment.get("VLLM_API_KEY"):
        environment.pop("VLLM_API_KEY", None)
    elif named:
        raise StartError(
            "KEY_TWICE",
            "VLLM_API_KEY and VLLM_API_KEY_FILE are both set.",
            "Only one of them can be the key.",
            "Leave one out.",
            USAGE,
        )
    else:
        return
    if named and not (_generates(environment) and not os.path.lexists(named)):
        environment["VLLM_API_KEY"] = _key_of(named)
    elif not named and os.path.lexists(SECRET):
        environment["VLLM_API_KEY"] = _key_of(SECRET)


def make_key(environment):
    """VLLM_CPU_GENERATE_API_KEY=1: a key of its own, in a file that only this user reads.

    Called after privileges are dropped. Kept over a restart. Raises StartError KEY_NOT_WRITTEN.
    """
    if "VLLM_API_KEY" in environment or not _generates(environment):
        return
    path = environment.get("VLLM_API_KEY_FILE") or os.path.join(
        tempfile.gettempdir(), "vllm-api-key"
    )
    try:
        key = _kept(path) or _write(path)
    except OSError as error:
        raise StartError(
            "KEY_NOT_WRITTEN",
            "The API key cannot be written to %s." % path,
            _reason(error),
            "Set VLLM_API_KEY_FILE to a path in a folder that uid %d can write to." % os.geteuid(),
            CANNOT_CREATE,
        ) from error
    environment["VLLM_API_KEY"] = key
    say("The API key is in %s, which only uid %d can read." % (path, os.geteuid()))


def warn_without_key(environment, arguments):
    if "VLLM_API_KEY" not in environment and option(arguments, "--api-key") is None:
        note("No API key is set: whoever reaches the port can use the server.")


def _generates(environment):
    return environment.get("VLLM_CPU_GENERATE_API_KEY", "").lower() in ("1", "true", "yes")


def _key_of(path):
    try:
        with open(path, encoding="utf-8") as handle:
            text = handle.read(4097)
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            "KEY_UNREADABLE",
            "The API key in %s cannot be read." % path,
            _reason(error),
            "The file must be UTF-8 text that uid %d can read." % os.geteuid(),
            NO_INPUT,
        ) from error
    key = text.strip(" \t\r\n")
    if key == "":
        raise StartError(
            "KEY_EMPTY",
            "%s is empty." % path,
            "Without a key the server would answer everybody.",
            "Put the key into the file, or leave the file out.",
            BAD_DATA,
        )
    if len(text) > 4096 or any(not 0x20 < ord(letter) < 0x7F for letter in key):
        raise StartError(
            "KEY_NOT_A_LINE",
            "%s is not one line with a key." % path,
            "A key goes into an HTTP header: printable ASCII without spaces, at most 4096 letters.",
            "Put the key alone into the file.",
            BAD_DATA,
        )
    return key


def _reason(error):
    return "%s." % (getattr(error, "strerror", None) or "It is not UTF-8 text")


def _kept(path):
    """The key of an earlier start of this container, if nobody else can have written it."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(handle)
        private = stat.S_ISREG(status.st_mode) and status.st_mode & 0o077 == 0
        if not private or status.st_uid != os.geteuid():
            raise PermissionError(1, "A file is there that is not this user's alone")
    finally:
        os.close(handle)
    return _key_of(path)


def _write(path):
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    key = secrets.token_urlsafe(32)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
    return key
