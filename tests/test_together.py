"""Several processes on one graph: readers see whole batches, writers take turns, and no scope is seen by another."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kg.errors import StoreLocked
from kg.graph import Fact
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from kg.plan import Count, Ends, Entities, Join
from kg.sqlite_file import SqliteFile
from kg.store import GraphStore

ROOT = Path(__file__).resolve().parent.parent
WHOLE, WRITES = 50, 20  # facts in a batch, batches
WRITER = f"""
import sys
from kg.graph import Fact
from kg.opening import open_store
store = open_store(sys.argv[1])
for n in range({WRITES}):
    old = store.facts([f"{{sys.argv[2]}} {{n - 1}}"]) if n % 3 == 1 else ()
    new = [Fact(f"{{sys.argv[2]}} {{n}}", "has", f"{{i}}") for i in range({WHOLE})]
    store.add(new, batch=f"{{sys.argv[2]}} {{n}}", retracting=old)
    if n % 3 == 2:
        store.undo(f"{{sys.argv[2]}} {{n - 1}}")
store.close()
"""
READER = f"""
import sys
from kg.opening import open_store
from kg.plan import Count, Ends, Entities, Join
store = open_store(sys.argv[1])
seen, looks = set(), 0
while looks < 40 or "last" not in seen:
    facts = [fact.head for fact in store.facts(relation="has")]
    sizes = {{head: facts.count(head) for head in set(facts)}}
    assert set(sizes.values()) <= {{{WHOLE}}}, sizes
    executed = store.execute(Count(Join(Entities(tuple(sizes)), "has"))).value
    assert executed in (0, {WHOLE}), executed
    seen |= {{"last"}} if any(head.endswith(" {WRITES - 1}") for head in sizes) else set()
    looks += 1
print(looks)
"""
SCOPED = """
import sys
from kg.graph import Fact
from kg.opening import open_store
from kg.plan import Entities, Join
store, name = open_store(sys.argv[1]), sys.argv[2]
store.open_scope(name)
scope = store.view(scope=name)
for n in range(int(sys.argv[3])):
    scope.add([Fact("shared", "seen by", f"{name} {n}"), Fact(f"{name} {n}", "is", "here")], batch="x")
    seen = scope.execute(Join(Entities(("shared",)), "seen by")).nodes
    assert len(seen) == n + 2 and all(node.startswith(name) or node == "all" for node in seen), seen
    assert [fact.tail for fact in store.facts(["shared"])] == ["all"]
    assert store.schema().facts == 1
print("done")
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    told, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return told


def test_readers_see_whole_batches_and_writers_take_turns(tmp_path: Path) -> None:
    path = str(tmp_path / "a.kg")
    NetworkXStore.open(path).close()
    processes = [start(WRITER, path, "one"), start(WRITER, path, "two"), start(READER, path), start(READER, path)]
    for process in processes:
        finished(process)
    store = NetworkXStore.open(path)
    kept = {n for n in range(WRITES) if n % 3 != 1 and n != WRITES - 2} | {WRITES - 1}
    assert {fact.head for fact in store.facts()} == {f"{who} {n}" for who in ("one", "two") for n in kept}
    store.close()


def test_a_second_writer_waits_or_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.kg"
    first = SqliteFile(str(path))
    monkeypatch.setattr("kg.sqlite_file.WAIT", 0.05)
    second = NetworkXStore.open(path)
    with first.writing(), pytest.raises(StoreLocked, match="is being written by another process; try again"):
        second.add([Fact("a", "r", "b")], batch="x")
    monkeypatch.setattr("kg.sqlite_file.WAIT", 60.0)
    patient = NetworkXStore.open(path)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with first.writing():
            inside.set()
            leave.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(30)
    threading.Timer(0.2, leave.set).start()
    assert patient.add([Fact("a", "r", "b")], batch="x").facts == 1
    holder.join()
    for store in (second, patient):
        store.close()
    first.close()


def scoped_in_two_processes(store: GraphStore, rounds: int) -> None:
    store.add([Fact("shared", "seen by", "all")], batch="base")
    for process in [start(SCOPED, store.location, name, str(rounds)) for name in ("one", "two")]:
        assert finished(process) == "done\n"
    assert store.scopes() == ["one", "two"]
    assert store.execute(Join(Entities(("shared",)), "seen by")).nodes == ("all",)
    for name in ("one", "two"):
        assert store.view(scope=name).execute(Count(Ends("is"))).value == rounds


def test_two_scopes_never_see_each_other(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.kg")
    scoped_in_two_processes(store, 20)
    store.close()


@pytest.mark.neo4j
def test_two_scopes_never_see_each_other_on_neo4j(wiped_neo4j: Callable[[], Neo4jStore]) -> None:
    store = wiped_neo4j()
    scoped_in_two_processes(store, 3)
    store.close()
