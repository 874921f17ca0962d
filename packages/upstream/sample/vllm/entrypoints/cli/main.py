# SPDX-License-Identifier: Apache-2.0
"""The `vllm` command."""

import argparse
import importlib.metadata
import sys

from vllm.entrypoints.cli import serve


def main() -> int:
    parser = argparse.ArgumentParser(prog="vllm", description="A miniature of the vLLM command.")
    parser.add_argument(
        "-v",
        "--version",
        action="version",
        # TRAP: evaluated whenever the parser is made. Where no distribution is
        # called vllm, every command dies here, not only --version.
        version=importlib.metadata.version("vllm"),
    )
    commands = parser.add_subparsers(dest="command", metavar="command")
    serve.add_parser(commands)

    args = parser.parse_args()
    if args.command is None:
        parser.print_help()
        return 0
    return args.run(args)


if __name__ == "__main__":
    sys.exit(main())
