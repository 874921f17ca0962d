"""Runs one command line."""

from __future__ import annotations

import os
import sys

from ._table import VERSION
from .errors import EX_IOERR, DetectError
from .machine.detect import detect_cpu
from .recommendation import recommend
from .texts import bold, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, List, Literal, NoReturn, Optional, Sequence, TextIO, Tuple

    from .report_types import Binding, Cpu, Recommendation, Report
    from .texts import Paint

    Action = Literal["recommend", "quiet", "explain", "serve", "check", "version", "help"]

    # Standard output, standard error, exit code.
    Outcome = Tuple[str, str, int]


class Options:
    """What the command line asks for; argparse fills it in."""

    action: Action = "recommend"
    json = False
    uv = False
    release: Optional[str] = None
    cpuinfo: Optional[str] = None
    root: Optional[str] = None
    # None: --serve without a model.
    model: Optional[str] = None
    format: Optional[str] = None
    bind: Optional[Binding] = None
    weights: Optional[int] = None
    max_model_len: Optional[int] = None
    image: Optional[str] = None
    python: Optional[str] = None
    site_packages: Optional[List[str]] = None


def run(
    argv: Sequence[str], terminal: bool = False, look: Callable[[], Cpu] = detect_cpu
) -> Outcome:
    """Returns (stdout, stderr, exit code); prints nothing itself.

    `look` finds the CPU where the command line names no other machine.
    """
    try:
        return _answer(_options(argv), terminal, look)
    except DetectError as error:
        return "", error.render(), error.exit_code


def _options(argv: Sequence[str]) -> Options:
    options = Options()
    # Importing argparse takes as long as Python takes to start, and scripts ask with one word.
    if list(argv) in (["-q"], ["--quiet"]):
        options.action = "quiet"
    elif argv:
        from .arguments import parse_arguments

        parse_arguments(argv, options)
    return options


def _answer(options: Options, terminal: bool, look: Callable[[], Cpu]) -> Outcome:
    if options.action == "help":
        from .arguments import help_text

        return help_text(), "", 0
    if options.action == "version":
        return f"vllm-cpu-detect {VERSION}\n", "", 0
    cpu = _detect(options, look)
    recommendation = recommend(cpu)
    if options.action == "quiet":
        return _quiet(options, recommendation)
    from .report import render_json, render_report, report_of

    report = report_of(cpu, recommendation, options.release)
    paint = bold if terminal else plain
    if options.action == "serve":
        return _serve(options, cpu, report, paint)
    if options.action == "check":
        return _check(options, cpu, report, paint)
    code = 1 if recommendation["package"] is None else 0
    if options.json:
        return render_json(report), "", code
    if options.action == "explain":
        from .explain import render_explain

        return render_explain(report, options.uv, paint), "", code
    return render_report(report, options.uv, paint), "", code


def _detect(options: Options, look: Callable[[], Cpu]) -> Cpu:
    if options.cpuinfo is not None:
        from .machine.files import read_cpuinfo

        name = "standard input" if options.cpuinfo == "-" else options.cpuinfo
        return detect_cpu(cpuinfo_text=read_cpuinfo(options.cpuinfo), cpuinfo_name=name)
    if options.root is not None:
        return detect_cpu(root=options.root)
    return look()


def _quiet(options: Options, recommendation: Recommendation) -> Outcome:
    if options.release is not None:
        from .releases import release_note

        release_note(options.release)
    if recommendation["package"] is None:
        return "", recommendation["reason"] + "\n", 1
    return recommendation["package"] + "\n", "", 0


def _serve(options: Options, cpu: Cpu, report: Report, paint: Paint) -> Outcome:
    from .report import render_json
    from .serve import formats
    from .serve.advice import serve_advice

    recommendation = report["recommendation"]
    advice = serve_advice(
        cpu,
        recommendation,
        model=options.model,
        weights_gib=options.weights,
        max_model_len=options.max_model_len,
        bind=options.bind,
        image=options.image,
        release=options.release,
    )
    if options.json:
        report["serve"] = advice
        return render_json(report), "", 1 if advice is None else 0
    if advice is None:
        return "", recommendation["reason"] + "\n", 1
    if options.format in (None, "text"):
        return formats.render_serve(advice, recommendation["package"] or "", paint), "", 0
    return formats.RENDERERS[options.format or ""](advice), "", 0


def _check(options: Options, cpu: Cpu, report: Report, paint: Paint) -> Outcome:
    from .check.interpreter import named_interpreter, this_interpreter
    from .check.judge import check_installed
    from .check.render import render_check
    from .report import render_json

    if options.site_packages:
        interpreter = this_interpreter(options.site_packages)
    elif options.python is not None:
        interpreter = named_interpreter(options.python)
    else:
        interpreter = this_interpreter()
    result = check_installed(
        cpu, report["recommendation"], interpreter, options.release, options.uv
    )
    if options.json:
        report["check"] = result
        return render_json(report), "", result["exit"]
    return render_check(report, result, paint), "", result["exit"]


def main() -> NoReturn:
    """The console command.

    It ends the process itself: nothing is left to be written, and freeing every object first, as
    Python does, would take as long as finding the answer.
    """
    terminal = sys.stdout is not None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    stdout, stderr, code = run(sys.argv[1:], terminal)
    try:
        _write(sys.stdout, stdout)
    except BrokenPipeError:
        pass
    except OSError as error:
        code = EX_IOERR
        stderr = _not_written(error).render()
    if sys.stderr is not None:
        _write(sys.stderr, stderr)
    os._exit(code)


def _not_written(error: OSError) -> DetectError:
    return DetectError(
        "OUTPUT",
        "Cannot write to standard output.",
        f"The operating system reported: {error.strerror or error}.",
        "Free space on that disk, or redirect the output.",
        EX_IOERR,
    )


def _write(stream: Optional[TextIO], text: str) -> None:
    """UTF-8 in every locale. A stream that was closed before the start is None."""
    if stream is None:
        raise OSError("it is closed")
    stream.buffer.write(text.encode("utf-8", "surrogateescape"))
    stream.flush()
