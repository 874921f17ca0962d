"""Processor time from start to answer, against an interpreter that does nothing.

    python3 packages/cpu-detect/bench/start_time.py [interpreter ...]

The modules are compiled first, as pip does when it installs them, and started as its scripts do
(older releases of pip import `re` on top). The fastest of many runs counts: the others measure
what else the machine does.
"""

import os
import shutil
import subprocess
import sys
import tempfile

RUNS = 40
LIMIT = 1.3

# What an installed command holds.
SCRIPT = "import sys; from vllm_cpu_detect.cli import main; sys.exit(main())"

SOURCES = os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "..", "python", "vllm_cpu_detect"
)


def seconds(argv, folder):
    """Processor time of one run, which a busy machine changes less than the time on the clock."""
    child = subprocess.Popen(argv, cwd=folder, stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(child.pid, 0)
    child.returncode = 0
    return used.ru_utime + used.ru_stime


def fastest(python, commands, folder):
    """The fastest run of each command; they take turns, so that noise meets all alike."""
    times = [[] for _ in commands]
    for _ in range(RUNS):
        for index, words in enumerate(commands):
            times[index].append(seconds([python, *words], folder))
    return [min(found) for found in times]


def main():
    over = False
    for python in sys.argv[1:] or [sys.executable]:
        with tempfile.TemporaryDirectory() as folder:
            package = os.path.join(folder, "vllm_cpu_detect")
            shutil.copytree(SOURCES, package, ignore=shutil.ignore_patterns("__pycache__"))
            subprocess.check_call([python, "-m", "compileall", "-q", package])
            commands = [["-c", "pass"], ["-c", SCRIPT], ["-c", SCRIPT, "-q"]]
            nothing, report, quiet = fastest(python, commands, folder)
        print(
            f"{python}: {nothing * 1000:.1f} ms doing nothing, {report * 1000:.1f} ms to the "
            f"report (ratio {report / nothing:.2f}), {quiet * 1000:.1f} ms to the name alone "
            f"(ratio {quiet / nothing:.2f})"
        )
        over = over or max(report, quiet) / nothing > LIMIT
    return 1 if over and len(sys.argv) == 1 else 0


sys.exit(main())
