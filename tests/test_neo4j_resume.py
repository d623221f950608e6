"""An import into Neo4j that was killed goes on where its last committed part ended, and ends as if nothing had happened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kg import neo4j_undo, neo4j_write
from kg.errors import StoreError
from kg.neo4j_store import Neo4jStore
from kg.opening import open_store
from kg.rdf import ntriples
from loaders.import_graph import ImportReport, import_graph

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.neo4j
KILLED = """
import os, sys
from kg import neo4j_undo, neo4j_write
from kg.neo4j_connection import Connection
from kg.neo4j_store import Neo4jStore
from loaders.import_graph import import_graph
neo4j_undo.CHUNK = neo4j_write.CHUNK = 5
write, parts = Connection.write, []
def few(self, work):
    if len(parts) == int(sys.argv[3]):
        os._exit(7)
    parts.append(work)
    return write(self, work)
Connection.write = few
import_graph(sys.argv[1], Neo4jStore.open(sys.argv[2]), nodes=sys.argv[1] + ".nodes")
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(neo4j_undo, "CHUNK", 5)
    monkeypatch.setattr(neo4j_write, "CHUNK", 5)
    lines = [f"n{n % 7}\t{'next' if n % 3 else 'size'}\t{f'n{n}' if n % 3 else n}" for n in range(40)]
    (tmp_path / "a.tsv").write_text("\n".join([*lines, *lines[:9]]))
    nodes = [f"n{n},node number {n},thing" for n in range(0, 40, 3)]
    (tmp_path / "a.tsv.nodes").write_text("\n".join(["id,label,type", *nodes]))
    return tmp_path / "a.tsv"


def kill(files: Path, address: str, parts: int) -> None:
    command = [sys.executable, "-c", KILLED, str(files), address, str(parts)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 7


def go_on(files: Path, location: str | Path, **options: str) -> ImportReport:
    store = open_store(location, resume=True)
    try:
        return import_graph(files, store, nodes=f"{files}.nodes", **options)  # type: ignore[arg-type]
    finally:
        store.close()


@pytest.mark.parametrize("parts", [2, 4, 10])
def test_a_killed_import_goes_on(wiped_neo4j: Callable[[], Neo4jStore], files: Path, parts: int) -> None:
    store = wiped_neo4j()
    whole = import_graph(files, store, nodes=f"{files}.nodes")
    wanted = list(ntriples(store))
    store.close()
    wiped_neo4j().close()
    kill(files, store.location, parts)
    report = go_on(files, store.location)
    assert (report.facts, report.entities, report.read) == (whole.facts, whole.entities, whole.read)
    again = open_store(store.location)
    assert list(ntriples(again)) == wanted
    assert {fact.batch for fact in again.facts()} == {report.batch}
    assert again.undo(report.batch) == whole.facts and not list(again.all_entities())
    again.close()


def test_without_resume_it_is_taken_back(wiped_neo4j: Callable[[], Neo4jStore], files: Path) -> None:
    store = wiped_neo4j()
    kill(files, store.location, 7)
    assert list(store.facts())
    again = open_store(store.location)
    assert not list(again.facts())
    again.close()
    store.close()
    assert go_on(files, store.location).facts  # nothing to go on with


def test_other_files_are_refused(wiped_neo4j: Callable[[], Neo4jStore], files: Path) -> None:
    store = wiped_neo4j()
    kill(files, store.location, 10)
    left = len(list(store.facts()))
    with pytest.raises(StoreError, match=r"the import to go on with is .*, not 'mine'"):
        go_on(files, store.location, batch="mine")
    files.write_text(files.read_text().replace("n1", "x1"))
    with pytest.raises(StoreError, match="these are other files than it began with"):
        go_on(files, store.location)
    assert len(list(store.facts())) == left
    store.close()


def test_a_file_has_nothing_to_go_on_with(tmp_path: Path, files: Path) -> None:
    assert go_on(files, tmp_path / "a.kg").facts
