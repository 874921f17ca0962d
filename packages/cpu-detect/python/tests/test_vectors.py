"""Every vector gets the package that is right for it, and keeps it when its text is cut."""

from __future__ import annotations

from typing import Optional

import pytest
from hypothesis import settings

from vllm_cpu_detect import DetectError, detect_cpu, recommend

from .vectors import VECTORS, Vector, cpuinfo_text, detected

EVERY = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)


def test_there_are_at_least_forty_each_with_its_source() -> None:
    assert len(VECTORS) >= 40
    assert [name for name, vector in VECTORS.items() if len(vector["source"]) < 10] == []


@EVERY
def test_the_package_and_the_reason_are_right(vector: Vector) -> None:
    cpu = detected(vector)
    found = recommend(cpu)
    expected = vector["expect"]
    assert found["package"] == expected["package"]
    assert found["code"] == expected["code"]
    assert found["inside"] == expected.get("inside")
    for key in ("level", "microarchitecture"):
        if key in expected:
            assert cpu[key] == expected[key]
    if "missing" in expected:
        assert sorted(found["missing"]) == sorted(expected["missing"])
    if "nextMissing" in expected:
        assert found["next"] is not None
        assert sorted(found["next"]["missing"]) == sorted(expected["nextMissing"])
    if "masked" in expected:
        assert cpu["maskedFeatures"] == expected["masked"]


LINUX = {name: vector for name, vector in VECTORS.items() if "cpuinfo" in vector}
ALIKE = {name: vector for name, vector in LINUX.items() if len(vector["cpuinfo"]) == 1}
UNEVEN = {name: vector for name, vector in LINUX.items() if name not in ALIKE}


# Characters between two cuts: five, and a hundred where the property tests try few examples too.
STRIDE = 500 // settings.default.max_examples


def package_of(text: str) -> Optional[str]:
    """None for an error as well: what matters is that it is no other package."""
    try:
        return recommend(detect_cpu(cpuinfo_text=text))["package"]
    except DetectError as error:
        assert error.exit_code == 65
        return None


@pytest.mark.parametrize("vector", ALIKE.values(), ids=ALIKE)
def test_cut_anywhere_it_gives_the_same_package_or_none_or_an_error(vector: Vector) -> None:
    whole = cpuinfo_text(vector, processors=2)
    right = package_of(whole)
    # Each vector starts elsewhere, and they have much in common.
    for end in range(len(vector["file"]) % STRIDE, len(whole), STRIDE):
        assert package_of(whole[:end]) in (None, right), f"cut behind {whole[:end][-60:]!r}"


@pytest.mark.parametrize("vector", UNEVEN.values(), ids=UNEVEN)
def test_cut_within_another_kind_of_processor_it_is_no_machine_of_the_first(
    vector: Vector,
) -> None:
    kinds = [{**kind, "count": 1} for kind in vector["cpuinfo"]]
    whole = cpuinfo_text({**vector, "cpuinfo": kinds})
    right = package_of(whole)
    # Exactly between two kinds the text is that of a whole machine; nobody can tell.
    second = len(cpuinfo_text({**vector, "cpuinfo": kinds[:1], "trailer": []}))
    for end in range(second + 1, len(whole), STRIDE // 5):
        assert package_of(whole[:end]) in (None, right), f"cut behind {whole[:end][-60:]!r}"
