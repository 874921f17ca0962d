"""Runs many command lines in one process: cases as JSON on standard input, outcomes on output."""

import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from vllm_cpu_detect.cli import run  # noqa: E402

_NAMES = {"cpuinfoText": "cpuinfo_text", "cpuinfoName": "cpuinfo_name"}


def outcome(case):
    detected = {_NAMES.get(key, key): value for key, value in case.get("detected", {}).items()}
    if "foreign" in detected:
        foreign = detected["foreign"]
        detected["foreign"] = (foreign["system"], foreign["machine"], foreign["text"])
    stdout, stderr, code = run(case["argv"], case.get("terminal", False), detected)
    return {"stdout": stdout, "stderr": stderr, "exitCode": code}


def main():
    cases = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    answer = json.dumps([outcome(case) for case in cases])
    sys.stdout.write(answer)


main()
