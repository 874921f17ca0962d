"""The order of things."""

import re
import shutil
import sys

HELP = """\
Runs vLLM on a CPU. The words behind the image's name are those of `vllm serve`:

  docker run -p 8000:8000 -v models:/models IMAGE MODEL [options of vllm serve]
  docker run IMAGE vllm serve --help=all        all of these options
  docker run -it IMAGE bash                     another program
  docker run IMAGE --version                    the version of vLLM

Variables (-e NAME=VALUE)
  VLLM_MODEL                  the model, where no word names one
  VLLM_API_KEY_FILE           file with the API key; default: /run/secrets/vllm_api_key, if there
  VLLM_CPU_GENERATE_API_KEY   1: make a key; its file's path is printed, it is not
  VLLM_CPU_STOP_TIMEOUT       seconds from SIGTERM to SIGKILL; default 25
  PUID, PGID                  user and group to become, in a container that starts as root
  VLLM_CPU_KVCACHE_SPACE, VLLM_CPU_OMP_THREADS_BIND, ...
                              are worked out by vllm-cpu-detect; what is set stays, and what is
                              set to nothing is left to vLLM

Exit codes: those of vLLM, 128 and the signal's number where a signal ended it, and
  64  something was asked for that makes no sense    65, 66  the API key's file
  73, 77  no writable folder, no permission          78      not an image for this CPU
"""

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


def main(argv, environment):
    """Returns the exit code of the container."""
    if argv == ["--healthcheck"]:
        from .health import check

        return check()
    if argv in (["--help"], ["-h"]):
        sys.stdout.write(HELP)
        return 0
    from vllm_cpu_detect import DetectError

    from .init import supervise

    try:
        words, own, stop_timeout = prepare(argv, dict(environment))
    except DetectError as error:
        sys.stderr.write(error.render())
        return error.exit_code
    return supervise(words, own, stop_timeout)


def prepare(argv, environment):
    """The child's argv, its environment, and the seconds it has to stop; becomes PUID on the way."""
    from .api_key import make_key, read_key, warn_without_key
    from .arguments import asks_for_help, read_command
    from .processor import look_at_cpu, require_variant
    from .tuning import tune
    from .user import look_at_folders, settle_user

    stop_timeout = _stop_timeout(environment)
    command = read_command(argv, environment)
    if command.name is None:
        settle_user(environment)
        return command.words, environment, stop_timeout
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
    return command.words, environment, stop_timeout


def _stop_timeout(environment):
    from .failure import USAGE, StartError

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
    from .failure import note, say
    from .processor import cpu_name, image_name

    variant = environment["VLLM_CPU_VARIANT"]
    say("%s on %s." % (image_name(environment, variant), cpu_name(cpu)))
    best = recommendation["variant"]
    if best != variant:
        note("This CPU also runs %s, which is faster." % image_name(environment, best))


def _look_for_compiler(environment, command):
    from .arguments import is_eager
    from .failure import note

    compiler = environment.get("CXX", "g++")
    if not is_eager(command.arguments) and not shutil.which(compiler, path=environment.get("PATH")):
        note(
            "There is no C++ compiler here, which torch.compile needs for most models: add "
            "--enforce-eager, or take an image that was built with one."
        )


def _drop_service_link(environment):
    """Kubernetes sets VLLM_PORT=tcp://... for a Service called vllm, and vLLM stops at the sight."""
    from .failure import note

    if "://" in environment.get("VLLM_PORT", ""):
        del environment["VLLM_PORT"]
        note("VLLM_PORT was an address, as Kubernetes sets it for a Service called vllm: left out.")
