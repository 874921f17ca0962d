"""Every vector gets the package that is right for it, and keeps it when its text is cut."""

from __future__ import annotations

import pytest

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
            assert cpu[key] == expected[key]  # type: ignore[literal-required]
    if "missing" in expected:
        assert sorted(found["missing"]) == sorted(expected["missing"])
    if "nextMissing" in expected:
        assert found["next"] is not None
        assert sorted(found["next"]["missing"]) == sorted(expected["nextMissing"])
    if "masked" in expected:
        assert cpu["maskedFeatures"] == expected["masked"]


LINUX = [vector for vector in VECTORS.values() if "cpuinfo" in vector]


@pytest.mark.parametrize("vector", LINUX, ids=[vector["file"] for vector in LINUX])
def test_cut_anywhere_it_gives_the_same_package_or_none_or_an_error(vector: Vector) -> None:
    whole = cpuinfo_text(vector)
    right = recommend(detect_cpu(cpuinfo_text=whole))["package"]
    # Text that ends exactly behind one of several kinds of processors is a whole machine's.
    kinds = {index for index in boundaries(vector, whole)}
    # Most of a text is the same processor again.
    ends = sorted({*range(0, min(len(whole), 6000)), *range(len(whole) - 2500, len(whole))})
    for end in ends:
        if end < 0 or end in kinds:
            continue
        try:
            found = recommend(detect_cpu(cpuinfo_text=whole[:end]))["package"]
        except DetectError as error:
            assert error.exit_code == 65
            continue
        assert found in (None, right), f"cut at {end}: ...{whole[max(0, end - 60) : end]!r}"


def boundaries(vector: Vector, whole: str) -> "set[int]":
    """Where only processors of the first kinds have been listed, all of them whole."""
    kinds = vector["cpuinfo"]
    if len(kinds) == 1:
        return set()
    text = cpuinfo_text({**vector, "cpuinfo": kinds[:-1], "trailer": []})
    flags = min(text.find("\nflags"), text.find("\nFeatures"), key=lambda at: (at < 0, at))
    first = text.find("\n", flags + 1)
    inside = {end for end in range(first, len(text) + 1)}
    return inside if flags >= 0 and len(whole) > len(text) else set()
