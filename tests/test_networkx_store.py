"""The embedded store by itself: durability, other processes, caches, damage, and NetworkX graphs in and out."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from benchmarks import crash
from kg import sqlite_file
from kg.array_cache import read_arrays, write_arrays
from kg.errors import LoadError, StoreError, StoreLocked
from kg.graph import Entity, Fact, Literal, Name, Relation
from kg.networkx_store import NetworkXStore
from kg.plan import Count, Ends, Entities, Join, OfType

ROOT = Path(__file__).resolve().parent.parent


def chain(size: int) -> list[Fact]:
    return [Fact(f"n{n}", "next", f"n{n + 1}") for n in range(size)]


class TestOpening:
    def test_what_was_written_is_there_after_opening_again(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kg"
        fact = Fact("a", "r", Literal("x", "string", "en"), 0.5, ("s", "t"), "b", "1999", "2001")
        entity = Entity("a", "Anna", (Name("Ann", "en"),), ("t",))
        with_relation = Relation("r", "related to", ("rel",), "km")
        first = NetworkXStore.open(path)
        first.add([fact], [entity], [with_relation], batch="b")
        schema = first.schema()
        first.close()
        again = NetworkXStore.open(path)
        assert (again.location, again.revision) == (str(path), 1)
        assert list(again.facts()) == [fact]
        assert list(again.all_entities()) == [entity]
        assert again.schema() == schema
        assert again.undo("b") == 1

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda path: path.mkdir(), "is a folder"),
            (lambda path: path.write_bytes(b"subject\trelation\tobject\n" * 99), "no graph or is damaged"),
            (lambda path: sqlite3.connect(path).execute("CREATE TABLE t(x)").connection.close(), "another program"),
        ],
    )
    def test_what_is_no_graph_is_refused_and_left_alone(self, tmp_path: Path, make: object, message: str) -> None:
        path = tmp_path / "a.kg"
        make(path)  # type: ignore[operator]
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(StoreError, match=message):
            NetworkXStore.open(path)
        assert path.is_dir() or path.read_bytes() == before

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(StoreError, match="no folder"):
            NetworkXStore.open(tmp_path / "none" / "a.kg")

    def test_another_format_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kg"
        NetworkXStore.open(path).close()
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA user_version=99")
        db.close()
        with pytest.raises(StoreError, match="format 99"):
            NetworkXStore.open(path)

    def test_a_damaged_file_is_a_store_error(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kg"
        store = NetworkXStore.open(path)
        store.add(chain(2000), batch="b")
        store.close()
        for file in tmp_path.glob("a.kg-*"):
            file.unlink()
        content = bytearray(path.read_bytes())
        content[4096:] = os.urandom(len(content) - 4096)
        path.write_bytes(content)
        with pytest.raises(StoreError, match="damaged"):
            list(NetworkXStore.open(path).facts())

    def test_a_closed_store_says_so(self, tmp_path: Path) -> None:
        store = NetworkXStore.open(tmp_path / "a.kg")
        store.close()
        with pytest.raises(StoreError, match="open it again"):
            store.schema()

    def test_where_nothing_may_be_written_it_is_read(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = tmp_path / "a ä#?.kg"
        store = NetworkXStore.open(path)
        store.add(chain(3), batch="b")
        store.close()
        monkeypatch.setattr(os, "access", lambda *_: False)
        read_only = NetworkXStore.open(path)
        assert read_only.schema().facts == len(list(read_only.facts())) == 3
        with pytest.raises(StoreError, match="permissions"):
            read_only.add(chain(1), batch="c")

    def test_an_empty_file_becomes_a_store(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kg"
        path.touch()
        store = NetworkXStore.open(path)
        store.add(chain(1), batch="b")
        assert store.schema().facts == 1


class TestWriting:
    @pytest.mark.parametrize(
        "fact",
        [
            Fact(Literal(1), "r", "b"),  # type: ignore[arg-type]
            Fact("a", "r", 5),  # type: ignore[arg-type]
            Fact("a", "r", "b", weight=float("nan")),
            Fact("a", "r", "\ud800"),
            Fact("a", "r", "\0"),
        ],
    )
    def test_what_is_no_fact_is_refused_as_a_whole(self, fact: Fact) -> None:
        store = NetworkXStore.open()
        with pytest.raises(StoreError):
            store.add([Fact("x", "r", "y"), fact], batch="b")
        assert store.schema().entities == store.revision == 0

    def test_a_store_may_be_added_to_itself(self) -> None:
        store = NetworkXStore.open()
        store.add(chain(5), batch="a")
        assert store.add(store.facts(), store.all_entities(), batch="b").known == 5

    def test_many_chunks_are_one_write(self, tmp_path: Path) -> None:
        store = NetworkXStore.open(tmp_path / "a.kg")
        report = store.add((Fact(f"n{n % 30_000}", "r", f"m{n // 2}") for n in range(45_000)), batch="big")
        assert (report.facts, report.known, report.entities, store.revision) == (45_000, 0, 52_500, 1)
        report = store.add(
            (Fact(f"n{n % 30_000}", "r", f"m{n // 2}", sources=("s",)) for n in range(45_000)), batch="more"
        )
        assert (report.facts, report.known, report.entities) == (0, 45_000, 0)
        assert store.undo("big") == 0
        assert store.undo("more") == 45_000
        assert store.schema().entities == 0

    def test_nothing_changed_is_no_new_revision(self) -> None:
        store = NetworkXStore.open()
        store.add(chain(1), batch="a")
        assert store.undo("none") == store.retract([Fact("x", "y", "z")]) == 0
        assert store.revision == 1


class TestOtherProcesses:
    def test_another_writer_is_waited_for_and_then_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_file, "WAIT", 0.1)
        path = tmp_path / "a.kg"
        store, other = NetworkXStore.open(path), sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="another process"):
            store.add(chain(1), batch="b")
        assert store.schema().facts == 0  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert store.add(chain(1), batch="b").facts == 1

    def test_what_others_write_is_seen_at_once(self, tmp_path: Path) -> None:
        one, two = (NetworkXStore.open(tmp_path / "a.kg") for _ in range(2))
        plan = Count(Ends("next"))
        for size in (3, 6_000, 6_001):  # the second is too much for the log
            one.add(chain(size), [Entity("n0", f"name {size}")], batch=f"b{size}")
            assert two.execute(plan).value == size
            assert two.schema() == one.schema()
            assert two.search(f"name {size}")[0].id == "n0"
        one.undo("b6001")
        assert two.execute(plan).value == 6_000

    def test_a_long_walk_sees_one_state(self, tmp_path: Path) -> None:
        store = NetworkXStore.open(tmp_path / "a.kg")
        store.add(chain(100), batch="a")
        facts, entities = store.facts(), store.all_entities()
        next(facts), next(entities)
        store.undo("a")
        assert (len(list(facts)), len(list(entities))) == (99, 100)

    def test_threads_take_turns(self, tmp_path: Path) -> None:
        store = NetworkXStore.open(tmp_path / "a.kg")
        failures: list[Exception] = []

        def work(name: str) -> None:
            try:
                for n in range(10):
                    store.add([Fact(name, "r", f"{name}{n}")], batch=name)
                    assert store.execute(Count(Join(Entities((name,)), "r"))).value == n + 1
            except (AssertionError, StoreError) as failure:
                failures.append(failure)

        threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert store.schema().facts == 40

    def test_two_processes_make_the_same_store(self, tmp_path: Path) -> None:
        path = tmp_path / "a.kg"
        code = (
            "import sys; from kg.graph import Fact; from kg.networkx_store import NetworkXStore\n"
            "store = NetworkXStore.open(sys.argv[1])\n"
            "for n in range(20): store.add([Fact(sys.argv[2], 'r', str(n))], batch=sys.argv[2])"
        )
        workers = [subprocess.Popen([sys.executable, "-c", code, str(path), name], cwd=ROOT) for name in ("one", "two")]
        assert [worker.wait() for worker in workers] == [0, 0]
        assert NetworkXStore.open(path).schema().facts == 40

    def test_killed_writers_leave_whole_writes(self, tmp_path: Path) -> None:
        outcomes = crash.run(rounds=3, size=8_000, seed=3, folder=tmp_path)
        assert [outcome.complaints for outcome in outcomes] == [()] * 3


class TestCaches:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "a.kg"
        store = NetworkXStore.open(path)
        store.add(chain(6_000), [Entity(f"n{n}", f"name {n}", types=("t",)) for n in range(6_000)], batch="b")
        store.close()
        assert sorted(p.name for p in tmp_path.iterdir()) == ["a.kg", "a.kg-arrays", "a.kg-names"]
        return path

    def check(self, path: Path, facts: int = 6_000) -> None:
        store = NetworkXStore.open(path)
        assert store.execute(Count(Ends("next"))).value == store.schema().facts == facts
        assert store.execute(Join(Entities(("n5",)), "next")).nodes == ("n6",)
        assert store.execute(Count(OfType("t"))).value == 6_000
        assert store.search("nmae 77", 1)[0].id == "n77"
        store.close()

    def test_a_cache_is_used(self, path: Path) -> None:
        arrays = path.with_name("a.kg-arrays")
        before = arrays.stat().st_mtime_ns
        self.check(path)
        assert arrays.stat().st_mtime_ns == before

    def test_a_cache_of_an_earlier_revision_is_brought_up_to_date(self, path: Path) -> None:
        store = NetworkXStore.open(path)
        store.add([Fact("new", "next", "n0")], [Entity("new", "Newcomer")], batch="c")
        store.close()
        self.check(path, 6_001)
        assert NetworkXStore.open(path).search("Newcommer")[0].name == "Newcomer"

    @pytest.mark.parametrize("damage", [b"", b"junk", b"askgraph arrays 1\n00000000 {}\n"])
    def test_a_damaged_cache_is_passed_over(self, path: Path, damage: bytes) -> None:
        for name in ("a.kg-arrays", "a.kg-names"):
            path.with_name(name).write_bytes(damage)
        self.check(path)

    @pytest.mark.parametrize("name", ["a.kg-arrays", "a.kg-names"])
    def test_one_wrong_byte_is_noticed(self, path: Path, name: str) -> None:
        cache = path.with_name(name)
        content = bytearray(cache.read_bytes())
        content[len(content) // 2] ^= 1
        cache.write_bytes(content)
        assert read_arrays(str(cache)) is None
        self.check(path)

    def test_the_cache_of_another_graph_at_the_same_revision_is_passed_over(self, path: Path, tmp_path: Path) -> None:
        other = tmp_path / "b.kg"
        store = NetworkXStore.open(other)
        store.add([Fact("x", "next", "y")], batch="b")
        store.close()
        for ending in ("-arrays", "-names"):
            path.with_name(f"a.kg{ending}").rename(tmp_path / f"b.kg{ending}")
        again = NetworkXStore.open(other)
        assert again.execute(Count(Ends("next"))).value == 1
        assert [hit.id for hit in again.search("x")] == ["x"]
        self.check(path)

    def test_where_no_cache_can_be_written_all_goes_on(self, path: Path) -> None:
        for name in ("a.kg-arrays", "a.kg-names"):
            path.with_name(name).unlink()
            path.with_name(name + ".new").mkdir()
        self.check(path)

    def test_arrays_come_back_with_their_marks(self, tmp_path: Path) -> None:
        arrays = {"a": np.arange(5, dtype=np.int32), "empty": np.empty(0, np.float64), "b": np.array([1.5, np.nan])}
        path = str(tmp_path / "x")
        assert write_arrays(path, {"revision": 3}, arrays)
        found = read_arrays(path)
        assert found is not None
        assert found[0] == {"revision": 3}
        assert all(np.array_equal(found[1][name], array, equal_nan=True) for name, array in arrays.items())
        assert read_arrays(str(tmp_path / "none")) is None


class TestNetworkX:
    def test_a_graph_comes_in_as_entities_and_facts(self) -> None:
        graph = nx.MultiDiGraph()
        graph.add_node(
            "ke", label="Kenya", type="country", aliases=["Kenia"], population=54_000_000, founded=dt.date(1963, 12, 12)
        )
        graph.add_node("nbi", label="Nairobi", type=["city", "capital"], motto="Green city", flag=None, coastal=False)
        graph.add_edge("ke", "nbi", key="capital", weight=0.5, source="atlas", start="1963")
        graph.add_edge("nbi", "ke", relation="located in", sources=["a", "b"])
        store = NetworkXStore.from_networkx(graph)
        assert store.entities(["ke", "nbi"]) == {
            "ke": Entity("ke", "Kenya", (Name("Kenia"),), ("country",)),
            "nbi": Entity("nbi", "Nairobi", (), ("capital", "city")),
        }
        assert [(fact.head, fact.relation, fact.tail) for fact in store.facts()] == [
            ("ke", "capital", "nbi"),
            ("ke", "founded", Literal("1963-12-12", "date")),
            ("ke", "population", Literal(54_000_000)),
            ("nbi", "coastal", Literal("no", "string")),
            ("nbi", "located in", "ke"),
            ("nbi", "motto", Literal("Green city", "string")),
        ]
        (capital,) = store.facts(relation="capital")
        assert (capital.weight, capital.sources, capital.start) == (0.5, ("atlas",), "1963")

    def test_out_and_in_again_is_the_same(self) -> None:
        store = NetworkXStore.open()
        store.add(
            [
                Fact("a", "r", "b", 0.5, ("s",), start="1999"),
                Fact("a", "r", "b", start="2005", end="2006"),
                Fact("a", "r", "a"),
                Fact("a", "s", Literal(7)),
                Fact("b", "s", Literal("sieben", "string", "de")),
            ],
            [Entity("a", "Anna", (Name("Ann"), Name("安娜", "zh")), ("t", "u")), Entity("lonely")],
            [Relation("r", "related to", ("rel",), "km")],
            batch="networkx",
        )
        graph = store.to_networkx()
        again = NetworkXStore.from_networkx(graph)
        assert isinstance(graph, nx.MultiDiGraph)
        assert graph.has_edge("a", "b") and graph.has_edge("a", Literal(7))
        assert list(again.facts()) == list(store.facts())
        assert list(again.all_entities()) == list(store.all_entities())
        assert again.schema() == store.schema()

    def test_plain_graphs_and_other_ids_come_in_too(self) -> None:
        graph = nx.Graph()
        graph.add_edge(1, 2, relation="touches")
        store = NetworkXStore.from_networkx(graph)
        assert store.execute(Join(Entities(("1",)), "touches")).nodes == ("2",)
        assert NetworkXStore.from_networkx(nx.DiGraph()).schema().entities == 0

    def test_a_graph_can_be_made_into_a_file(self, tmp_path: Path) -> None:
        graph = nx.MultiDiGraph([("a", "b", "r")])
        NetworkXStore.from_networkx(graph, tmp_path / "a.kg").close()
        assert NetworkXStore.open(tmp_path / "a.kg").schema().facts == 1

    @pytest.mark.parametrize(
        ("edge", "node", "message"),
        [
            ({}, {}, "no relation"),
            ({"relation": "r", "weight": "heavy"}, {}, "no number"),
            ({"relation": "r"}, {"shape": {"x": 1}}, "attribute 'shape'"),
            ({"relation": "r"}, {"size": float("inf")}, "attribute 'size'"),
            ({"relation": "r"}, {"aliases": [5]}, "no alias"),
        ],
    )
    def test_what_cannot_come_in_is_named(self, edge: dict[str, object], node: dict[str, object], message: str) -> None:
        graph = nx.MultiDiGraph()
        graph.add_node("a", **node)
        graph.add_edge("a", "b", **edge)
        with pytest.raises(LoadError, match=message):
            NetworkXStore.from_networkx(graph)
