"""The order of things at a start."""

import re
import shutil
import sys

from vllm_cpu_detect import DetectError

from .api_key import make_key, read_key, warn_without_key
from .arguments import asks_for_help, is_eager, read_command
from .connections import connection_counter
from .failure import USAGE, StartError, note, say
from .init import hold_signals, supervise
from .processor import cpu_name, image_name, look_at_cpu, require_variant
from .tuning import tune
from .user import look_at_folders, settle_user

_STOP_TIMEOUT = 25.0

# Commands of vLLM that load a model.
_COMPUTING = ("serve", "bench", "run-batch")

# Ours: vLLM warns of names that begin with VLLM_ and are not its own.
_OWN = (
    "VLLM_MODEL",
    "VLLM_API_KEY_FILE",
    "VLLM_CPU_GENERATE_API_KEY",
    "VLLM_CPU_STOP_TIMEOUT",
    "VLLM_CPU_VARIANT",
    "VLLM_CPU_IMAGE",
    "VLLM_CPU_RELEASE",
    "VLLM_CPU_CPUINFO",
    "PUID",
    "PGID",
)


def start(argv, environment):
    """Runs what argv asks for; returns the exit code."""
    hold_signals()
    try:
        command, own, stop_timeout = prepare(argv, environment)
    except DetectError as error:
        sys.stderr.write(error.render())
        return error.exit_code
    connections = connection_counter(command.arguments) if command.serves else None
    return supervise(command.words, own, stop_timeout, connections)


def prepare(argv, environment):
    """The command, the child's environment, and the seconds it has to stop. Becomes PUID."""
    stop_timeout = _stop_timeout(environment)
    command = read_command(argv, environment)
    if command.name is None:
        settle_user(environment)
        return command, environment, stop_timeout
    cpu = look_at_cpu(environment)
    own, recommendation = require_variant(cpu, environment)
    serves = command.serves and not asks_for_help(argv)
    if serves:
        read_key(environment, command.arguments)
    settle_user(environment)
    if serves:
        look_at_folders(environment)
        make_key(environment)
        warn_without_key(environment, command.arguments)
    if command.name in _COMPUTING and not asks_for_help(argv):
        _describe(environment, cpu, recommendation)
        tune(environment, cpu, recommendation, own["variant"], command)
        _look_for_compiler(environment, command)
    _drop_service_link(environment)
    for name in _OWN:
        environment.pop(name, None)
    return command, environment, stop_timeout


def _stop_timeout(environment):
    text = environment.get("VLLM_CPU_STOP_TIMEOUT", "")
    if text == "":
        return _STOP_TIMEOUT
    if re.match(r"[0-9]{1,6}(\.[0-9]{1,3})?\Z", text):
        return float(text)
    raise StartError(
        "BAD_STOP_TIMEOUT",
        "VLLM_CPU_STOP_TIMEOUT is %r." % text,
        "It is the number of seconds from SIGTERM to SIGKILL.",
        "Set a number, a little less than what the engine itself waits before it kills.",
        USAGE,
    )


def _describe(environment, cpu, recommendation):
    variant = environment["VLLM_CPU_VARIANT"]
    say("%s on %s." % (image_name(environment, variant), cpu_name(cpu)))
    best = recommendation["variant"]
    if best != variant:
        note("This CPU also runs %s, which is faster." % image_name(environment, best))


def _look_for_compiler(environment, command):
    compiler = environment.get("CXX", "g++")
    if not is_eager(command.arguments) and not shutil.which(compiler, path=environment.get("PATH")):
        note(
            "There is no C++ compiler here, which torch.compile needs for most models: add "
            "--enforce-eager, or take an image that was built with one."
        )


def _drop_service_link(environment):
    """Kubernetes sets VLLM_PORT=tcp://... for a Service called vllm, and vLLM stops at that."""
    if "://" in environment.get("VLLM_PORT", ""):
        del environment["VLLM_PORT"]
        note("VLLM_PORT was an address, as Kubernetes sets it for a Service called vllm: left out.")
