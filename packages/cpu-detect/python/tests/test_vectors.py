"""The shared vectors and what only Python can do, with unittest alone."""

import glob
import json
import os
import subprocess
import sys
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = os.path.dirname(HERE)
sys.path.insert(0, PACKAGE)

from vllm_cpu_detect import DetectError, __version__, amx, detect_cpu, recommend  # noqa: E402
from vllm_cpu_detect._table import VERSION  # noqa: E402
from vllm_cpu_detect.cli import run  # noqa: E402


def vectors():
    for path in sorted(glob.glob(os.path.join(HERE, "..", "..", "fixtures", "*.json"))):
        with open(path, encoding="utf-8") as handle:
            vector = json.load(handle)
        vector["file"] = os.path.basename(path)
        yield vector


def cpuinfo_text(vector):
    """The /proc/cpuinfo that a vector stands for; test/vectors.ts writes the same."""
    text = "".join(line + "\n" for line in vector.get("header", []))
    processor = 0
    for block in vector.get("cpuinfo", []):
        for _ in range(block["count"]):
            text += "processor\t: %d\n%s\n\n" % (processor, "\n".join(block["lines"]))
            processor += 1
    return text + "".join(line + "\n" for line in vector.get("trailer", []))


def detected(vector):
    if "system" not in vector:
        return detect_cpu(cpuinfo_text=cpuinfo_text(vector), amx=vector.get("amx"))
    system = "macos" if vector["system"] == "darwin" else "windows"
    text = "\n".join(vector.get("sysctl", [])) or vector.get("processorIdentifier", "")
    return detect_cpu(foreign=(system, vector["machine"], text))


class Vectors(unittest.TestCase):
    def test_every_vector_gets_the_expected_package_and_reason(self):
        for vector in vectors():
            with self.subTest(vector["file"]):
                found = recommend(detected(vector))
                expected = vector["expect"]
                self.assertEqual(found["package"], expected["package"])
                self.assertEqual(found["code"], expected["code"])
                self.assertEqual(found["inside"], expected.get("inside"))
                if "nextMissing" in expected:
                    self.assertEqual(
                        sorted(found["next"]["missing"]), sorted(expected["nextMissing"])
                    )

    def test_a_cpuinfo_that_is_none_is_an_error_with_a_code(self):
        for text, code in (("", "CPUINFO_EMPTY"), ("\0", "CPUINFO_BINARY"), ("x: y", "CPUINFO_UNKNOWN")):
            with self.assertRaises(DetectError) as caught:
                detect_cpu(cpuinfo_text=text)
            self.assertEqual(caught.exception.code, code)


class Amx(unittest.TestCase):
    def test_the_kernel_answers_on_this_machine(self):
        if sys.platform != "linux":
            self.skipTest("needs Linux")
        cpu = detect_cpu()
        if "amx_tile" in cpu["features"]:
            self.assertIn(cpu["amx"], ("permitted", "refused"))
        else:
            self.assertEqual(cpu["amx"], "absent")

    def test_an_error_of_the_system_call_means_refused(self):
        library = mock.Mock()
        library.syscall.return_value = -1
        with mock.patch("ctypes.CDLL", return_value=library):
            self.assertEqual(amx.ask_kernel(), "refused")

    def test_without_ctypes_it_was_not_checked(self):
        with mock.patch.dict(sys.modules, {"ctypes": None}):
            self.assertEqual(amx.ask_kernel(), "not checked")


class Command(unittest.TestCase):
    def test_the_module_runs_and_imports_nothing_heavy(self):
        program = (
            "import sys; from vllm_cpu_detect.cli import run; run([]); "
            "print(sorted({'argparse', 'json', 'subprocess', 'importlib.metadata', 'platform', "
            "'typing', 'dataclasses'} & set(sys.modules)))"
        )
        output = subprocess.check_output([sys.executable, "-S", "-E", "-c", program], cwd=PACKAGE)
        self.assertEqual(output.decode().strip(), "[]")

    def test_the_version_is_that_of_the_table(self):
        self.assertEqual(__version__, VERSION)
        self.assertEqual(run(["--version"]), ("vllm-cpu-detect %s\n" % VERSION, "", 0))

    def test_a_reader_that_goes_away_is_no_error(self):
        script = '"%s" -B -m vllm_cpu_detect --help | head -c 1' % sys.executable
        done = subprocess.run(
            ["sh", "-c", script], cwd=PACKAGE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    unittest.main()
