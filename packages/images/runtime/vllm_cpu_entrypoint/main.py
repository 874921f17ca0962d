"""What was asked for: help, the health check, or a start."""

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


def main(argv, environment):
    """Returns the exit code of the container."""
    if argv in (["--help"], ["-h"]):
        sys.stdout.write(HELP)
        return 0
    # Imported here, because the health check runs every half minute beside a busy server.
    if argv == ["--healthcheck"]:
        from .health import check

        return check()
    from .start import start

    return start(argv, dict(environment))
