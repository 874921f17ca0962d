"""Reasons not to start, and remarks."""

import sys

from vllm_cpu_detect import DetectError

# Exit codes, of sysexits.h.
USAGE = 64
BAD_DATA = 65
NO_INPUT = 66
CANNOT_CREATE = 73
NO_PERMISSION = 77
CONFIG = 78


class StartError(DetectError):
    """What happened, why, what to do; printed once, by main."""


def say(text):
    """One line of the container's log, on standard error: standard output is the server's."""
    print("vllm-cpu: " + text, file=sys.stderr, flush=True)


def note(text):
    say("note: " + text)
