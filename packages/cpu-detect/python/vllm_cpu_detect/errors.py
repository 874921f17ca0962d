"""Failures that the user can act on."""


class DetectError(Exception):
    """What happened, why, and what to do next; `code` is stable and documented."""

    def __init__(self, code, what, why, next, exit_code):
        super().__init__("%s %s %s" % (what, why, next))
        self.code = code
        self.what = what
        self.why = why
        self.next = next
        self.exit_code = exit_code

    def render(self):
        """The error as the command prints it, with a final newline."""
        return "error [%s]: %s\n  why: %s\n  what to do: %s\n" % (
            self.code,
            self.what,
            self.why,
            self.next,
        )
