"""The report agrees with its schema, and the types with both."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Dict, List, Union, get_type_hints

import jsonschema
import pytest

import vllm_cpu_detect
from vllm_cpu_detect import report_types
from vllm_cpu_detect.cli import run

from .machine import Machine
from .sites import SITES, write_site
from .vectors import VECTORS, Vector, detected

SCHEMA: Dict[str, Any] = json.loads(
    (Path(vllm_cpu_detect.__file__).parent / "report.schema.json").read_text(encoding="utf-8")
)
DEFINITIONS: Dict[str, Any] = SCHEMA["$defs"]
OBJECTS = {"Report": SCHEMA, **{k: v for k, v in DEFINITIONS.items() if "properties" in v}}
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def problems(stdout: str) -> List[str]:
    return [error.message for error in VALIDATOR.iter_errors(json.loads(stdout))]


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_the_schema_describes_the_report_of_every_vector(vector: Vector) -> None:
    for argv in (["--json"], ["--serve", "a/b-8B", "--json"]):
        assert problems(run(argv, look=lambda: detected(vector))[0]) == []


def test_the_schema_describes_the_report_of_a_whole_machine(tmp_path: Path) -> None:
    root = Machine(nodes=3, cores=4, threads=2).write(tmp_path)
    assert problems(run(["--root", root, "--serve", "a/b-8B-AWQ", "--json"])[0]) == []


@pytest.mark.parametrize("site", SITES)
def test_the_schema_describes_what_check_finds(tmp_path: Path, site: str) -> None:
    argv = ["--check", "--json", "--site-packages", write_site(tmp_path, site)]
    assert problems(run(argv)[0]) == []


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_no_word_of_the_answer_is_doubled(vector: Vector) -> None:
    for argv in ([], ["--serve", "a/b-8B"]):
        stdout, stderr, _ = run(argv, look=lambda: detected(vector))
        assert re.findall(r"\b([a-z]+) \1\b", stdout + stderr) == []


def test_what_is_no_report_is_refused() -> None:
    assert problems('{"schema": 2}') != []


def spelled(node: Dict[str, Any]) -> str:
    """A part of the schema as Python's typing writes it."""
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        return spelled(DEFINITIONS[name]) if "enum" in DEFINITIONS[name] else name
    if "anyOf" in node:
        return f"Optional[{spelled(node['anyOf'][0])}]"
    values = [node["const"]] if "const" in node else node.get("enum")
    if values is not None:
        return f"Literal[{', '.join(map(repr, values))}]"
    kind = node["type"]
    if isinstance(kind, list):
        return f"Optional[{spelled({**node, 'type': kind[0]})}]"
    if kind == "array":
        return f"List[{spelled(node['items'])}]"
    return {"string": "str", "integer": "int", "boolean": "bool"}[kind]


def written(hint: object) -> str:
    """A type hint without the names of modules, unions of None as Optional."""
    if getattr(hint, "__origin__", None) is Union:
        (inner,) = [part for part in hint.__args__ if part is not type(None)]  # type: ignore[attr-defined]
        return f"Optional[{written(inner)}]"
    if getattr(hint, "__origin__", None) is list:
        return f"List[{written(hint.__args__[0])}]"  # type: ignore[attr-defined]
    if isinstance(hint, type):
        return hint.__name__
    return str(hint).replace("typing.", "")


@pytest.mark.skipif(sys.version_info < (3, 9), reason="Python 3.8 forgets which keys are required")
@pytest.mark.parametrize("name", OBJECTS)
def test_each_typed_dict_has_the_keys_and_types_of_its_schema(name: str) -> None:
    schema = OBJECTS[name]
    typed = getattr(report_types, name)
    hints = {key: written(hint) for key, hint in get_type_hints(typed).items()}
    assert hints == {key: spelled(node) for key, node in schema["properties"].items()}
    assert typed.__required_keys__ == set(schema["required"])
