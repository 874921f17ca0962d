"""What was asked for: help, the health check, or a start."""

import sys

HELP = """\
Runs vLLM on a CPU. The arguments after the image's name are those of `vllm serve`:

  docker run -p 8000:8000 -v models:/models IMAGE MODEL [options of vllm serve]
  docker run IMAGE vllm serve --help=all        all of these options
  docker run -it IMAGE bash                     another program
  docker run IMAGE --version                    the version of vLLM

Environment variables (-e NAME=VALUE)
  VLLM_MODEL                  the model, if no argument names one; default: none
  VLLM_API_KEY_FILE           file with the API key; default: /run/secrets/vllm_api_key, if it exists
  VLLM_CPU_GENERATE_API_KEY   1: generate a key and print the path of its file, not the key;
                              default: no key
  VLLM_CPU_STOP_TIMEOUT       seconds from SIGTERM to SIGKILL; default: 25
  PUID, PGID                  numeric user and group to run as, if the container starts as root;
                              default: those of the image
  VLLM_CPU_KVCACHE_SPACE, VLLM_CPU_OMP_THREADS_BIND, ...
                              default: chosen by vllm-cpu-detect for this machine; variables that
                              are set are kept, and an empty value leaves the choice to vLLM

Exit codes: those of vLLM, or 128 plus the number of the signal that ended it, and
  64      wrong usage                       65, 66  the file with the API key
  73, 77  no writable folder, no permission 78      the image is not for this CPU
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
