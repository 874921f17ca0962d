"""What process 1 of a container has to do: pass signals on, reap orphans, end as its child did."""

import os
import signal
import time

from .failure import note, say
from .stopping import STOPPING, Stop, kill_group

_FORWARDED = STOPPING + (signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_WAITED = set(_FORWARDED) | {signal.SIGCHLD}
# SIGTTOU: the child takes the terminal over while it is in the background.
_BLOCKED = _WAITED | {signal.SIGTTOU}


def hold_signals():
    """From here on signals wait until supervise asks for them.

    For process 1 one that is neither blocked nor handled would be lost. Where whoever started us ignores
    SIGCHLD, so would we, and the kernel would reap our child before we can ask how it ended.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)


def supervise(words, environment, stop_timeout, connections=None):
    """Runs `words` and returns the exit code: the child's, or 128 and the signal that ended it.

    Called after hold_signals. stop_timeout: seconds from SIGTERM or SIGINT to SIGKILL; connections: how
    many the child has open, if it is a server.
    """
    child = os.fork()
    if child == 0:
        _run(words, environment)
    stop = Stop(child, stop_timeout, connections)
    while True:
        number = _next_signal(stop.wakes())
        if number is None:
            stop.proceed()
        elif number == signal.SIGCHLD:
            status = _reap(child)
            if status is not None:
                kill_group(child)
                return _exit_code(status, stop.killed)
        else:
            stop.receive(number)


def _run(words, environment):
    """In the child: a process group of its own, in the foreground of a terminal if there is one."""
    try:
        os.setpgid(0, 0)
        if os.isatty(0):
            os.tcsetpgrp(0, os.getpgrp())
    except OSError:
        pass  # a terminal that is not this session's
    try:
        # Python handles SIGINT and ignores two more, and what is ignored stays so over exec.
        for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _BLOCKED)
        os.execvpe(words[0], words, environment)
    except OSError as error:
        say("%s cannot be run: %s." % (words[0], error.strerror))
        os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    finally:
        os._exit(126)


def _next_signal(until):
    """The next signal's number; None when there was none until then (time.monotonic; None: ever)."""
    if until is None:
        return signal.sigwait(_WAITED)
    left = until - time.monotonic()
    found = signal.sigtimedwait(_WAITED, left) if left > 0 else None
    return None if found is None else found.si_signo


def _reap(child):
    """Waits for all that have ended; the child's status if it is among them."""
    ended = None
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if process == 0:
            return ended
        if process == child:
            ended = status


def _exit_code(status, killed):
    if os.WIFEXITED(status):
        return os.WEXITSTATUS(status)
    number = os.WTERMSIG(status)
    if number == signal.SIGKILL and not killed:
        note(
            "It was ended by SIGKILL from outside; mostly that is the kernel, out of memory. "
            "A smaller VLLM_CPU_KVCACHE_SPACE or model needs less."
        )
    elif number == signal.SIGILL:
        note("It met an instruction that this CPU does not have (SIGILL).")
    elif number not in STOPPING and not killed:
        note("It was ended by %s." % signal.Signals(number).name)
    return 128 + number
