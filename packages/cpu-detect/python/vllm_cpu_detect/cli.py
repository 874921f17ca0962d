"""Runs one command line."""

import os
import sys

from ._version import __version__
from .detect import detect_cpu
from .errors import DetectError
from .files import read_cpuinfo
from .options import parse_options
from .recommend import recommend
from .render import bold, plain, render_explain, render_report
from .report import render_json, report_of
from .texts import say


def run(argv, terminal=False, detected=None):
    """Returns (stdout, stderr, exit code); prints nothing itself.

    `detected` is passed to detect_cpu where the command line names no other machine.
    """
    try:
        return _answer(parse_options(argv), terminal, detected or {})
    except DetectError as error:
        return "", error.render(), error.exit_code


def _answer(options, terminal, detected):
    if options.action == "help":
        return say("help") + "\n", "", 0
    if options.action == "version":
        return "vllm-cpu-detect %s\n" % __version__, "", 0
    cpu = _detect(options, detected)
    recommendation = recommend(cpu)
    report = report_of(cpu, recommendation, options.release)
    paint = bold if terminal else plain
    if options.action == "quiet":
        return _quiet(recommendation)
    if options.action == "serve":
        return _serve(options, cpu, report, paint)
    if options.action == "check":
        return _check(options, cpu, report, paint)
    code = 1 if recommendation["package"] is None else 0
    if options.json:
        return render_json(report), "", code
    render = render_explain if options.action == "explain" else render_report
    return render(report, options.uv, paint), "", code


def _detect(options, detected):
    if options.cpuinfo is not None:
        name = "standard input" if options.cpuinfo == "-" else options.cpuinfo
        return detect_cpu(
            cpuinfo_text=read_cpuinfo(options.cpuinfo),
            cpuinfo_name=name,
            amx=detected.get("amx"),
        )
    if options.root is not None:
        return detect_cpu(root=options.root, amx=detected.get("amx"))
    return detect_cpu(**detected)


def _quiet(recommendation):
    if recommendation["package"] is None:
        return "", recommendation["reason"] + "\n", 1
    return recommendation["package"] + "\n", "", 0


def _serve(options, cpu, report, paint):
    from .serve import formats
    from .serve.advice import serve_advice

    recommendation = report["recommendation"]
    advice = serve_advice(
        cpu,
        recommendation,
        model=options.model,
        weights_gib=options.weights_gib,
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
    if options.format == "text":
        return formats.render_serve(advice, recommendation["package"], paint), "", 0
    return getattr(formats, "render_" + options.format)(advice), "", 0


def _check(options, cpu, report, paint):
    from .check.judge import check_installed
    from .check.render import render_check

    directories = options.site_packages
    if not directories and options.python is not None:
        from .check.environment import import_directories

        directories = import_directories(options.python)
    if not directories:
        directories = [entry for entry in sys.path if entry]
    result = check_installed(cpu, report["recommendation"], directories)
    if options.json:
        report["check"] = result
        return render_json(report), "", result["exit"]
    return render_check(report, result, paint), "", result["exit"]


def main():
    """The console command."""
    terminal = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    stdout, stderr, code = run(sys.argv[1:], terminal)
    _write(sys.stdout, stdout)
    _write(sys.stderr, stderr)
    return code


def _write(stream, text):
    """UTF-8 in every locale, and no second error where the reader has gone."""
    try:
        stream.buffer.write(text.encode("utf-8", "surrogateescape"))
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
