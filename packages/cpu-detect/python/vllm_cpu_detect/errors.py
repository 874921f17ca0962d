"""Failures that the user can act on."""

from __future__ import annotations

# Exit codes, as sysexits.h names them.
EX_USAGE = 64
EX_DATAERR = 65
EX_NOINPUT = 66
EX_UNAVAILABLE = 69
EX_IOERR = 74


class DetectError(Exception):
    """What happened, why, and what to do next; `code` is stable and documented."""

    def __init__(self, code: str, what: str, why: str, next: str, exit_code: int) -> None:
        super().__init__(f"{what} {why} {next}")
        self.code = code
        self.what = what
        self.why = why
        self.next = next
        self.exit_code = exit_code

    def render(self) -> str:
        """The error as the command prints it, with a final newline."""
        head = f"error [{self.code}]: {self.what}\n"
        return f"{head}  why: {self.why}\n  what to do: {self.next}\n"
