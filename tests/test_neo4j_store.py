"""The store over Neo4j by itself: errors, large writes that break off, writers in turn, round trips, and names."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kg import neo4j_connection, neo4j_undo, neo4j_write
from kg.errors import StoreError, StoreLocked, StoreUnavailable
from kg.graph import Entity, Fact, Literal, Name
from kg.names import fold
from kg.neo4j_connection import SCHEMES, Connection
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from kg.plan import Best, CountOf, Entities, Here, Join
from tests.neo4j_server import free_port

ROOT = Path(__file__).resolve().parent.parent
SMALL = 5  # facts in one transaction, where a test wants several
KILLED = """
import os, sys
from kg import neo4j_undo, neo4j_write
from kg.graph import Fact, Literal
from kg.neo4j_store import Neo4jStore
def facts():
    for n in range(40):
        if n == 33:
            os._exit(7)
        yield Fact(f"n{n}", "next", f"n{n + 1}")
        yield Fact(f"n{n}", "number", Literal(n))
neo4j_undo.CHUNK = neo4j_write.CHUNK = 5
Neo4jStore.open(sys.argv[1]).add(facts(), batch="killed")
"""


@pytest.fixture
def neo4j(wiped_neo4j: Callable[[], Neo4jStore]) -> Iterator[Neo4jStore]:
    store = wiped_neo4j()
    yield store
    store.close()


@pytest.fixture
def small_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_undo, "CHUNK", SMALL)
    monkeypatch.setattr(neo4j_write, "CHUNK", SMALL)


def chain(size: int) -> list[Fact]:
    return [Fact(f"n{n}", "next", f"n{n + 1}") for n in range(size)]


class TestOpening:
    def test_the_scheme_says_which_store(self, tmp_path: Path) -> None:
        for location in (":memory:", tmp_path / "a.kg", str(tmp_path / "b.kg")):
            store = open_store(location)
            assert isinstance(store, NetworkXStore)
            store.close()

    @pytest.mark.parametrize("scheme", [*SCHEMES, "NEO4J"])
    def test_nobody_listens(self, scheme: str) -> None:
        address = f"{scheme}://127.0.0.1:{free_port()}"
        with pytest.raises(StoreUnavailable, match="is Neo4j running") as raised:
            open_store(address)
        assert address in str(raised.value)

    @pytest.mark.parametrize("address", ["neo4j://", "bolt://host:port", "bolt://[", "neo4j://127.0.0.1:99999"])
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(StoreError, match=re.escape(address)):
            open_store(address)

    @pytest.mark.neo4j
    def test_a_wrong_password_is_refused_and_not_told(self, neo4j: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
        if not os.environ.get("NEO4J_PASSWORD"):
            pytest.skip("the server takes anybody")
        monkeypatch.setenv("NEO4J_PASSWORD", "not the password")
        with pytest.raises(StoreUnavailable, match="refused the login; set NEO4J_USERNAME") as raised:
            Neo4jStore.open(neo4j.location)
        assert "not the password" not in str(raised.value)

    @pytest.mark.neo4j
    def test_an_unknown_database_is_named(self, neo4j: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NEO4J_DATABASE", "elsewhere")
        with pytest.raises(StoreError, match="no database 'elsewhere'"):
            Neo4jStore.open(neo4j.location)

    @pytest.mark.neo4j
    def test_what_is_no_graph_of_ours_is_refused_and_left_alone(self, neo4j: Neo4jStore) -> None:
        connection = Connection(neo4j.location)
        connection.run("MATCH (n:AskGraph) REMOVE n:AskGraph SET n:Foreign")
        try:
            with pytest.raises(StoreError, match="holds something else"):
                Neo4jStore.open(neo4j.location)
            assert connection.read("MATCH (n:AskGraph) RETURN count(n)") == [[0]]
        finally:
            connection.run("MATCH (n:Foreign) REMOVE n:Foreign SET n:AskGraph")
            connection.close()

    @pytest.mark.neo4j
    def test_another_format_is_refused(self, neo4j: Neo4jStore) -> None:
        connection = Connection(neo4j.location)
        connection.run("MATCH (g:AskGraph) SET g.version = 99")
        with pytest.raises(StoreError, match="of format 99, this program reads format 2; export it with"):
            Neo4jStore.open(neo4j.location)
        connection.close()

    @pytest.mark.neo4j
    def test_what_was_written_is_there_after_opening_again(self, neo4j: Neo4jStore) -> None:
        fact = Fact("a", "r", Literal("x", "string", "en"), 0.5, ("s", "t"), "b", "1999", "2001")
        neo4j.add([fact], [Entity("a", "Anna", (Name("Ann", "en"),), ("t",))], batch="b")
        again = open_store(neo4j.location)
        assert (again.location, again.revision) == (neo4j.location, neo4j.revision)
        assert list(again.facts()) == [fact]
        again.close()
        with pytest.raises(StoreError, match="is closed"):
            again.schema()


@pytest.mark.neo4j
class TestReads:
    def test_reads_refuse_to_write(self, neo4j: Neo4jStore) -> None:
        connection = Connection(neo4j.location)
        with pytest.raises(StoreError, match="AccessMode"):
            connection.read("CREATE (:Entity {id: 'x'})")
        connection.close()
        assert not neo4j.entities(["x"])

    def test_a_plan_and_a_hop_are_one_round_trip_each(self, neo4j: Neo4jStore, monkeypatch: pytest.MonkeyPatch) -> None:
        neo4j.add(chain(9), batch="chain")
        frontiers = [neo4j.frontier([f"n{n}"]) for n in range(9)]
        asked: list[str] = []
        read = Connection.read

        def counting(self: Connection, statement: str, parameters: object = None) -> list[list[object]]:
            asked.append(statement)
            return read(self, statement, parameters)  # type: ignore[arg-type]

        monkeypatch.setattr(Connection, "read", counting)
        assert [len(steps) for steps in neo4j.expand(frontiers)] == [1, *[2] * 8]
        assert len(asked) == 1
        neo4j.execute(Best(Join(Entities(("n3", "n4")), "next"), CountOf(Join(Here(), "next"))))
        assert len(asked) == 2

    def test_types_are_labels_for_whoever_looks(self, neo4j: Neo4jStore) -> None:
        neo4j.add([], [Entity("h", "Heat", types=("a film", "Literal"))], batch="b")
        connection = Connection(neo4j.location)
        (found,) = connection.read("MATCH (n:`a film`) RETURN n.id, n.label, n.types, labels(n)")
        connection.close()
        assert found == ["h", "Heat", ["Literal", "a film"], ["Entity", "a film"]]

    @pytest.mark.parametrize(
        ("fact", "message"),
        [
            (Fact("a", "", "b"), "needs a relation"),
            (Fact("a\0", "r", "b"), "NUL character"),
            (Fact("a", "r", Literal("\0", "string")), "NUL character"),
            (Fact("a", "r", "\ud800"), "no valid Unicode"),
            (Fact("a", "r", "b", weight=float("nan")), "finite weight"),
        ],
    )
    def test_what_neo4j_cannot_hold_is_refused(self, neo4j: Neo4jStore, fact: Fact, message: str) -> None:
        with pytest.raises(StoreError, match=message):
            neo4j.add([Fact("c", "r", "d"), fact], batch="b")
        assert list(neo4j.all_entities()) == []


@pytest.mark.neo4j
@pytest.mark.usefixtures("small_transactions")
class TestLargeWrites:
    def test_are_written_and_undone_as_small_ones_are(self, neo4j: Neo4jStore) -> None:
        entities = [Entity(f"n{n}", f"number {n}", types=("number",)) for n in range(12)]
        report = neo4j.add(chain(23) * 2, entities, batch="large")
        assert (report.facts, report.known, report.entities) == (23, 23, 24)
        assert [fact.key for fact in neo4j.facts()] == sorted(fact.key for fact in chain(23))
        assert neo4j.schema().types == {"number": 12}
        neo4j.add(chain(3), batch="small")
        assert neo4j.undo("large") == 20
        assert sorted(fact.key for fact in neo4j.facts()) == sorted(fact.key for fact in chain(3))
        assert [entity.id for entity in neo4j.all_entities()] == ["n0", "n1", "n2", "n3"]
        assert neo4j.lookup(["number 1", "n1"]) == {"n1": ("n1",)}
        assert neo4j.retract(chain(3)) == 3

    def test_that_fail_leave_nothing(self, neo4j: Neo4jStore) -> None:
        def facts() -> Iterator[Fact]:
            yield from chain(23)
            raise RuntimeError("the source broke off")

        neo4j.add(chain(2), [Entity("n1", "one")], batch="same")
        before = list(neo4j.facts()), list(neo4j.all_entities())
        with pytest.raises(RuntimeError, match="broke off"):
            neo4j.add(facts(), [Entity("n1", "uno")], batch="same")
        assert (list(neo4j.facts()), list(neo4j.all_entities())) == before
        assert neo4j.lookup(["uno", "one"]) == {"one": ("n1",)}
        assert neo4j.undo("same") == 2

    def test_of_many_names_are_written_in_parts_too(self, neo4j: Neo4jStore) -> None:
        entities = [Entity(f"n{n}", f"number {n}", (Name(f"no {n}"), Name(f"nr {n}", "de"))) for n in range(12)]
        report = neo4j.add(chain(15), [*entities, Entity("n3", "three")], batch="large")
        assert (report.facts, report.entities) == (15, 16)
        assert neo4j.entities(["n7"])["n7"] == entities[7]
        assert neo4j.entities(["n3"])["n3"].aliases == (*entities[3].aliases, Name("three"))
        assert neo4j.lookup(["number 3", "three", "nr 11", "n11", "n13"]) == {
            "number 3": ("n3",), "three": ("n3",), "nr 11": ("n11",), "n13": ("n13",),
        }  # fmt: skip
        assert neo4j.undo("large") == 15 and not list(neo4j.all_entities())

    def test_that_come_first_have_their_names_indexed_at_the_end(self, neo4j: Neo4jStore) -> None:
        found: list[str] = []

        def facts() -> Iterator[Fact]:
            yield from chain(23)
            with pytest.raises(StoreError, match="can be searched when the first import into it is done") as raised:
                neo4j.search("n11")
            found.append(str(raised.value))
            if len(found) == 1:
                raise RuntimeError("the source broke off")

        with pytest.raises(RuntimeError, match="broke off"):
            neo4j.add(facts(), batch="large")
        assert neo4j.search("n11") == []  # there is an index again
        neo4j.add(facts(), batch="large")
        assert [(hit.id, hit.score) for hit in neo4j.search("n11", 1)] == [("n11", 1.0)]
        neo4j.add(chain(40), batch="more")  # not the first: names are found all the while
        assert [hit.id for hit in neo4j.search("n39", 1)] == ["n39"]

    def test_of_a_killed_process_are_taken_back_at_the_next_opening(self, neo4j: Neo4jStore) -> None:
        neo4j.add(chain(2), batch="kept")
        killed = subprocess.run([sys.executable, "-c", KILLED, neo4j.location], cwd=ROOT, check=False)
        assert killed.returncode == 7
        assert len(list(neo4j.facts())) > 2
        again = Neo4jStore.open(neo4j.location)
        assert [fact.key for fact in again.facts()] == [fact.key for fact in chain(2)]
        assert again.schema().literals == 0
        again.close()

    def test_keep_other_writers_waiting_but_not_readers(
        self, neo4j: Neo4jStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started, go_on = threading.Event(), threading.Event()

        def facts() -> Iterator[Fact]:
            yield from chain(17)
            started.set()
            assert go_on.wait(60)

        thread = threading.Thread(target=lambda: neo4j.add(facts(), batch="large"))
        thread.start()
        try:
            assert started.wait(60)
            monkeypatch.setattr(neo4j_connection, "WRITE_WITHIN", 1.0)
            with pytest.raises(StoreLocked, match="another process is writing"):
                neo4j.add([Fact("a", "r", "b")], batch="small")
            assert "n1" in neo4j.entities(["n1"])
        finally:
            monkeypatch.undo()
            go_on.set()
            thread.join()
        assert neo4j.add([Fact("a", "r", "b")], batch="small").facts == 1
        assert neo4j.schema().facts == 18


@pytest.mark.neo4j
def test_names_are_searched_as_in_the_embedded_store(neo4j: Neo4jStore) -> None:
    pick = random.Random(7)
    parts = "an bel cor dun el fa gri ho in jo ka lu mar ne or pe qui ro sa to ul ve wi 北京 上海 москва são ø".split()
    words = ["".join(pick.choices(parts, k=pick.randint(1, 3))) for _ in range(1000)]
    names = sorted({" ".join(pick.choices(words, k=pick.randint(1, 3))) for _ in range(600)})
    entities = [Entity(f"e{n:03}", name.title()) for n, name in enumerate(names)]
    embedded = NetworkXStore.open()
    for store in (neo4j, embedded):
        store.add([], entities, batch="names")
    for _ in range(60):
        letters = list(pick.choice(names))
        letters[pick.randrange(len(letters))] = pick.choice("aeiou北")
        wanted, found = (store.search("".join(letters), 3) for store in (embedded, neo4j))
        assert [hit.score for hit in found] == [hit.score for hit in wanted]
        assert found[0] == wanted[0] or found[0].score == wanted[0].score < 0.6
    assert neo4j.lookup([fold(names[0])]) == embedded.lookup([fold(names[0])])
