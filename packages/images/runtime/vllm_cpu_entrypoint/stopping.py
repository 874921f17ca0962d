"""From the first SIGTERM to the end.

vLLM ends its engine the moment it gets SIGTERM, and then waits for the requests in progress, which
nobody answers any more (seen with 0.12.0; vllm/entrypoints/launcher.py is no different at 0.9.2 and
0.16.0). So it gets the signal when its connections have ended.
"""

import os
import signal
import time

from .failure import note, say

STOPPING = (signal.SIGTERM, signal.SIGINT)

# Seconds. What vLLM gets for itself, at most; how often connections are counted.
_OWN_TIME = 5.0
_PAUSE = 0.1


class Stop:
    """seconds: from the first signal to SIGKILL; connections: counts those of the server, or None."""

    def __init__(self, child, seconds, connections):
        self._child = child
        self._seconds = seconds
        self._connections = connections
        self._held_until = None
        self._deadline = None
        self.killed = False

    def receive(self, number):
        """To the child alone: vLLM ends its workers itself. A second signal is held up no more."""
        if number in STOPPING and self._deadline is None and not self.killed:
            self._deadline = time.monotonic() + self._seconds
            if number == signal.SIGTERM and self._open() > 0:
                self._hold()
                return
        if number in STOPPING:
            self._held_until = None
        os.kill(self._child, number)

    def wakes(self):
        """When proceed is to be called next, in seconds of time.monotonic; None for never."""
        if self._held_until is None:
            return self._deadline
        return min(self._held_until, time.monotonic() + _PAUSE)

    def proceed(self):
        now = time.monotonic()
        if self._held_until is not None:
            open_ones = self._open()
            if open_ones == 0 or now >= self._held_until:
                if open_ones > 0:
                    note("Connections that are still open, and are cut off now: %d." % open_ones)
                self._held_until = None
                os.kill(self._child, signal.SIGTERM)
        elif self._deadline is not None and now >= self._deadline:
            say("vLLM did not end within %g s of being asked to: SIGKILL." % self._seconds)
            kill_group(self._child)
            self._deadline, self.killed = None, True

    def _open(self):
        return 0 if self._connections is None else self._connections()

    def _hold(self):
        patience = self._seconds - min(_OWN_TIME, self._seconds / 2)
        self._held_until = time.monotonic() + patience
        say("SIGTERM: vLLM stops when its connections have ended, in %g s at the latest." % patience)


def kill_group(child):
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # nobody is left
