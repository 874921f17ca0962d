"""On this machine the detection agrees with others that look at it in their own way."""

from __future__ import annotations

import sys
from typing import Collection, List

import pytest

from vllm_cpu_detect import detect_cpu
from vllm_cpu_detect._table import VARIANTS

# Names of packages' features that an oracle spells in another way.
SPELLINGS = {"avx512_vnni": "avx512vnni", "pni": "sse3"}

NEEDED = sorted({name for v in VARIANTS for names in v["requires"].values() for name in names})

CPU = detect_cpu()


def needed_of(features: Collection[str]) -> List[str]:
    """Those of the features that packages need which are in a list, in our spelling."""
    return [name for name in NEEDED if name in features or SPELLINGS.get(name, name) in features]


def test_py_cpuinfo_on_features_vendor_family_and_model() -> None:
    cpuinfo = pytest.importorskip("cpuinfo")
    info = cpuinfo.get_cpu_info()
    assert needed_of(CPU["features"]) == needed_of(info["flags"])
    assert [name for name in CPU["features"] if name not in info["flags"]] == []
    if CPU["architecture"] == "x86_64":
        assert [CPU["family"], CPU["modelNumber"]] == [info["family"], info["model"]]


@pytest.mark.skipif(sys.version_info < (3, 9), reason="archspec needs Python 3.9")
def test_archspec_on_features_and_level() -> None:
    archspec = pytest.importorskip("archspec.cpu")
    features = archspec.detect.detected_info().features
    assert needed_of(CPU["features"]) == needed_of(features)
    assert [name for name in CPU["features"] if name not in features] == []
    if CPU["level"] is not None and CPU["level"] != "x86-64-v1":
        level = CPU["level"].replace("x86-64", "x86_64").replace("-", "_")
        assert archspec.host().generic.name == level
