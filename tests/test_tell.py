"""Telling, retracting, replacing and undoing as people do it, over both stores: names, kinds of values, conflicts, reports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import networkx as nx
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Relation
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.rdf import ntriples
from kg.store import GraphStore
from qa_pipeline.tell import Teller
from tests.test_plans_agree import TESTED

ROOT = Path(__file__).resolve().parent.parent
CAPITALS = {"Kenya": "Nairobi", "France": "Paris", "Italy": "Rome", "Peru": "Lima", "Chad": "N'Djamena"}
DESCRIBED = [Entity(name.lower(), name) for pair in CAPITALS.items() for name in pair]
BASE = [Fact(a.lower(), "capital", b.lower(), sources=("atlas",)) for a, b in CAPITALS.items()] + [
    Fact("kenya", "P1082", Literal(53)),
    Fact("kenya", "founded", Literal("1963-12-12", "date")),
    Fact("kenya", "motto", Literal("Harambee", "string", "sw")),
    Fact("kenya", "neighbour", "chad"),
    Fact("kenya", "neighbour", "peru"),
]
RELATIONS = [Relation("P1082", "population", ("inhabitants",))]


@pytest.fixture
def base(store: GraphStore) -> GraphStore:
    store.add(BASE, DESCRIBED, RELATIONS, batch="base")
    return store


@pytest.fixture
def teller(base: GraphStore) -> Teller:
    return Teller(base)


class OnOneStore:
    """Of what does not depend on the store: one is enough."""

    @pytest.fixture
    def base(self) -> Iterator[GraphStore]:
        store = NetworkXStore.open()
        store.add(BASE, DESCRIBED, RELATIONS, batch="base")
        yield store
        store.close()


def tails(store: GraphStore, head: str, relation: str) -> list[Any]:
    return [fact.tail for fact in store.facts([head], relation)]


class Frame:
    """What is looked at of a pandas table."""

    def __init__(self, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        self.columns, self.rows = columns, rows

    def itertuples(self, index: bool, name: str | None) -> Iterator[tuple[Any, ...]]:
        assert not index
        assert name is None
        return iter(self.rows)


class TestUnderstanding(OnOneStore):
    def test_names_and_ids_are_entities_that_are_there(self, base: GraphStore, teller: Teller) -> None:
        report = teller.tell([("Kenya", "neighbour", "FRANCE"), ("kenya", "Neighbour", "Somalia")], source="map")
        assert (report.facts, report.known, report.entities) == (2, 0, 1)
        assert tails(base, "kenya", "neighbour") == ["Somalia", "chad", "france", "peru"]
        assert [f.sources for f in base.facts(["kenya"], tails=["france"])] == [("map",)]

    def test_a_name_of_several_is_refused(self, base: GraphStore, teller: Teller) -> None:
        base.add([], [Entity("paris_texas", "Paris")], batch="more")
        before = base.revision
        with pytest.raises(LoadError, match="'Paris' may be 'paris', 'paris_texas'; give the id"):
            teller.tell([("Kenya", "visited", "Paris")])
        assert base.revision == before
        assert teller.tell([("Kenya", "visited", "paris_texas")]).facts == 1

    def test_relations_are_named_as_people_do(self, base: GraphStore, teller: Teller) -> None:
        teller.tell([("Peru", "population", 34), ("Chad", "Inhabitants", "18,000,000"), ("Italy", "area", "301")])
        assert tails(base, "peru", "P1082") == [Literal(34)]
        assert tails(base, "chad", "P1082") == [Literal(18_000_000)]
        assert tails(base, "italy", "area") == [Literal(301)]

    def test_values_are_typed_as_the_relation_has_them(self, base: GraphStore, teller: Teller) -> None:
        teller.tell([
            ("Peru", "founded", 1821), ("Chad", "founded", dt.date(1960, 8, 11)), ("Italy", "founded", "1861-03"),
            ("Peru", "motto", "Rome"), ("Peru", "is large", True), ("Peru", "met", "2000-01-02"), ("Peru", "code", "007"),
        ])  # fmt: skip
        assert tails(base, "peru", "founded") == [Literal("1821", "date")]
        assert tails(base, "chad", "founded") == [Literal("1960-08-11", "date")]
        assert tails(base, "italy", "founded") == [Literal("1861-03", "date")]
        assert tails(base, "peru", "motto") == [Literal("Rome", "string")]
        assert tails(base, "peru", "is large") == [Literal("yes", "string")]
        assert tails(base, "peru", "met") == [Literal("2000-01-02", "date")]
        assert tails(base, "peru", "code") == ["007"]

    @pytest.mark.parametrize(
        ("told", "complaint"),
        [([("Kenya", "population", "many")], "the relation has numbers; 'many' is none"),
         ([("Kenya", "founded", "yesterday")], "the relation has dates; 'yesterday' is none"),
         ([("Kenya", "capital")], "neither a Fact nor"), ([("", "capital", "x")], "head and a relation"),
         ([("Kenya", "size", float("nan"))], "finite"), ("Kenya", "not made of facts"),
         ([("Kenya", "capital", None)], "None is no tail"), ([("Kenya", "size", object())], "no id, name, number or date")],
    )  # fmt: skip
    def test_what_is_no_fact_is_refused_as_a_whole(
        self, base: GraphStore, teller: Teller, told: Any, complaint: str
    ) -> None:
        before = base.revision
        with pytest.raises(LoadError, match=complaint):
            teller.tell([("Kenya", "neighbour", "Rome"), *told] if isinstance(told, list) else told)
        assert base.revision == before

    def test_tables_and_graphs_are_told(self, base: GraphStore, teller: Teller) -> None:
        rows = [
            ("Kenya", "ruler", "Moi", "book", dt.date(1978, 8, 22), 0.5),
            ("Kenya", "ruler", "Ruto", None, 2022.0, 1.0),
        ]
        table = Frame(["Subject", "relation", "tail", "source", "start", "weight"], rows)
        assert teller.tell(table, end="2030").facts == 2
        assert [(f.tail, f.sources, f.start, f.end, f.weight) for f in base.facts(["kenya"], "ruler")] == [
            ("Moi", ("book",), "1978-08-22", "2030", 0.5), ("Ruto", (), "2022", "2030", 1.0),
        ]  # fmt: skip
        graph = nx.MultiDiGraph()
        graph.add_node("chile", label="Chile", type="country")
        graph.add_edge("chile", "peru", relation="neighbour")
        assert teller.tell(graph, source="nx").entities == 1
        assert base.entities(["chile"])["chile"] == Entity("chile", "Chile", types=("country",))
        triples = rdflib.Graph()
        triples.add((rdflib.URIRef("http://x.org/a"), rdflib.URIRef("http://x.org/r"), rdflib.Literal(5)))
        assert teller.tell(triples).facts == 1
        assert tails(base, "http://x.org/a", "http://x.org/r") == [Literal(5)]


class TestConflicts(OnOneStore):
    def test_a_second_value_is_reported_and_not_told(self, base: GraphStore, teller: Teller) -> None:
        report = teller.tell(
            [("Kenya", "capital", "Mombasa"), ("Kenya", "neighbour", "Italy"), ("Togo", "capital", "Lomé")]
        )
        assert (report.facts, len(report.conflicts), report.undecided) == (2, 1, True)
        assert report.conflicts[0].told.tail == "Mombasa"
        assert [fact.tail for fact in report.conflicts[0].known] == ["nairobi"]
        assert "kenya has capital nairobi; told was Mombasa" in str(report)
        assert tails(base, "kenya", "capital") == ["nairobi"]
        assert not base.entities(["Mombasa"])

    def test_what_decides_is_done(self, base: GraphStore, teller: Teller) -> None:
        told = [("Kenya", "capital", "Mombasa")]
        kept = teller.tell(told, on_conflict="keep")
        assert (kept.facts, kept.undecided, tails(base, "kenya", "capital")) == (0, False, ["nairobi"])
        replaced = teller.tell(told, on_conflict="replace", source="me")
        assert ([f.tail for f in replaced.retracted], tails(base, "kenya", "capital")) == (["nairobi"], ["Mombasa"])
        seen = [(c.action, c.fact.tail, c.fact.sources) for c in base.history("kenya") if c.fact.relation == "capital"]
        assert seen == [
            ("told", "Mombasa", ("me",)),
            ("replaced", "nairobi", ("atlas",)),
            ("told", "nairobi", ("atlas",)),
        ]
        base.undo(replaced.batch)
        assert tails(base, "kenya", "capital") == ["nairobi"]
        both = teller.tell(told, on_conflict="both")
        assert (len(both.conflicts), tails(base, "kenya", "capital")) == (1, ["Mombasa", "nairobi"])

    def test_values_of_other_times_do_not_conflict(self, base: GraphStore, teller: Teller) -> None:
        base.add([Fact(f"c{n}", "ruler", f"r{n}", start="1990", end="2000") for n in range(60)], batch="rulers")
        assert not teller.tell([("c1", "ruler", "new")], start="2000").conflicts
        assert teller.tell([("c2", "ruler", "new")], start="1999").conflicts

    def test_within_one_telling_too(self, base: GraphStore, teller: Teller) -> None:
        told = [("Togo", "capital", "Kara"), ("Togo", "capital", "Lomé")]
        assert [c.told.tail for c in teller.tell(told).conflicts] == ["Lomé"]
        assert (
            teller.tell([("Mali", "capital", "Kayes"), ("Mali", "capital", "Bamako")], on_conflict="replace").facts == 1
        )
        assert tails(base, "Mali", "capital") == ["Bamako"]

    def test_known_again_and_relations_with_several_values_are_no_conflict(self, teller: Teller) -> None:
        report = teller.tell([("Kenya", "capital", "Nairobi"), ("Kenya", "neighbour", "Rome")])
        assert (report.facts, report.known, report.conflicts) == (1, 1, ())


class TestOnEveryStore:
    def test_a_second_value_replaces_the_first_until_it_is_undone(self, base: GraphStore, teller: Teller) -> None:
        report = teller.tell(
            [("Kenya", "capital", "Mombasa"), ("Togo", "population", "9")], on_conflict="replace", source="me"
        )
        assert (report.facts, [f.tail for f in report.retracted]) == (2, ["nairobi"])
        assert (tails(base, "kenya", "capital"), tails(base, "Togo", "P1082")) == (["Mombasa"], [Literal(9)])
        seen = [(c.action, c.fact.tail, c.fact.sources) for c in base.history("kenya") if c.fact.relation == "capital"]
        assert seen == [
            ("told", "Mombasa", ("me",)),
            ("replaced", "nairobi", ("atlas",)),
            ("told", "nairobi", ("atlas",)),
        ]
        base.undo(report.batch)
        assert (tails(base, "kenya", "capital"), base.entities(["Mombasa"])) == (["nairobi"], {})

    def test_retracting_by_names_and_whatever_the_value(self, base: GraphStore, teller: Teller) -> None:
        before = list(ntriples(base))
        report = teller.retract(
            [("Kenya", "capital", "Nairobi"), ("kenya", "neighbour", None), ("Kenya", "capital", "Rome")]
        )
        assert [f.tail for f in report.retracted] == ["nairobi", "chad", "peru"]
        assert tails(base, "kenya", "neighbour") == tails(base, "kenya", "capital") == []
        assert base.undo(report.batch) == 3
        assert list(ntriples(base)) == before

    def test_replacing_is_one_write(self, base: GraphStore, teller: Teller) -> None:
        before, facts = base.revision, list(base.facts())
        report = teller.replace([("Kenya", "neighbour", "Chad"), ("Kenya", "neighbour", "Italy")], source="map")
        assert (report.facts, report.known, [f.tail for f in report.retracted]) == (1, 1, ["peru"])
        assert base.revision > before
        assert tails(base, "kenya", "neighbour") == ["chad", "italy"]
        base.undo(report.batch)
        assert list(base.facts()) == facts

    def test_in_a_scope_they_stay_there(self, base: GraphStore) -> None:
        before = list(base.facts())
        base.open_scope("task")
        scope = base.view(scope="task")
        Teller(scope).tell([("Kenya", "capital", "Mombasa"), ("Togo", "population", 9)], on_conflict="replace")
        Teller(scope).replace([("Kenya", "neighbour", "Togo")])
        assert list(base.facts()) == before
        assert (tails(scope, "kenya", "capital"), tails(scope, "kenya", "neighbour")) == (["Mombasa"], ["Togo"])
        scope.reweigh([Fact("italy", "capital", "rome", 0.25)])
        after = [(f.key, f.weight, f.sources) for f in scope.facts()]
        merged = scope.merge(batch="merged")
        assert (merged.facts, merged.retracted, base.scopes()) == (4, 4, [])
        assert [(f.key, f.weight, f.sources) for f in base.facts()] == after
        base.undo("merged")
        assert list(base.facts()) == before


# any sequence and its undos ------------------------------------------------------------------------------------------


class Step(NamedTuple):
    what: str
    fact: Fact


def steps() -> st.SearchStrategy[list[Step]]:
    ids = st.sampled_from(("kenya", "peru", "new", "other"))
    tail = st.one_of(ids, st.sampled_from([Literal(1), Literal(53), Literal("1963-12-12", "date")]))
    times = st.sampled_from((None, None, "1990", "2000-01"))
    sources = st.sampled_from(((), ("x",), ("x", "y")))
    relations = st.sampled_from(("capital", "P1082", "neighbour"))
    facts = st.builds(lambda h, r, t, s, w, a: Fact(h, r, t, w, s, start=a), ids, relations, tail, sources,
                      st.sampled_from((0.5, 1.0)), times)  # fmt: skip
    known = st.sampled_from(BASE)
    whats = st.sampled_from(("tell", "tell", "retract", "replace", "undo", "scope", "merge"))
    return st.lists(st.builds(Step, whats, st.one_of(facts, known)), min_size=2, max_size=9)


def state(store: GraphStore) -> tuple[object, ...]:
    return list(ntriples(store)), list(store.facts()), store.schema(), list(store.all_entities())


def undone_is_as_before(store: GraphStore, taken: list[Step], in_order: bool) -> None:
    store.add(BASE, DESCRIBED, RELATIONS, batch="base")
    before, done = state(store), []
    for n, (what, fact) in enumerate(taken):
        batch = f"step {n}"
        if what == "tell":
            store.add([fact], [Entity(fact.head, f"name {n}", types=("t",))], batch=batch)
        elif what == "retract":
            store.retract([*store.facts([fact.head], fact.relation)][:2], batch=batch)
        elif what == "replace":
            old = [f for f in store.facts([fact.head], fact.relation) if f.key != fact.key]
            store.add([fact], batch=batch, retracting=old)
        elif what == "undo":
            if done:
                store.undo(done.pop(len(done) // 2))
            continue
        else:
            store.open_scope("s")
            scope = store.view(scope="s")
            scope.add([fact], [Entity("scoped", "Scoped")], batch="in scope")
            scope.retract([*store.facts([fact.head], fact.relation)][:1])
            scope.reweigh([Fact(f.head, f.relation, f.tail, 0.125, start=f.start, end=f.end) for f in BASE[:2]])
            if what == "scope":
                store.drop_scope("s")
                continue
            scope.merge(batch=batch)
        done.append(batch)
    for batch in done[::-1] if in_order else done:
        store.undo(batch)
    assert state(store) == before
    assert store.scopes() == []


@settings(TESTED, max_examples=60)
@given(steps(), st.booleans())
def test_any_sequence_and_its_undos_leave_the_embedded_graph_as_it_was(taken: list[Step], in_order: bool) -> None:
    undone_is_as_before(NetworkXStore.open(), taken, in_order)


@pytest.mark.neo4j
def test_any_sequence_and_its_undos_leave_neo4j_as_it_was(wiped_neo4j: Callable[[], Neo4jStore]) -> None:
    @settings(TESTED, max_examples=2)
    @given(steps(), st.booleans())
    def on_neo4j(taken: list[Step], in_order: bool) -> None:
        store = wiped_neo4j()
        try:
            undone_is_as_before(store, taken, in_order)
        finally:
            store.close()

    on_neo4j()
