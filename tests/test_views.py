"""What a scope or a time makes of a graph, on every store: the same as a graph of those facts, and nobody else sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.errors import StoreError
from kg.graph import Entity, Fact, Literal, Name, Relation
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.plan import Count, Ends, Entities, Join, OfType, Plan, Values
from kg.rdf import ntriples
from kg.store import GraphStore
from kg.validity import Period
from tests.plan_strategies import IDS, TAILS, WALKS, Graph, graphs
from tests.reference_evaluator import Reference
from tests.test_plans_agree import TESTED, many_plans, same

FACTS = [
    Fact("kenya", "capital", "nairobi", 0.5, ("atlas",)),
    Fact("kenya", "people", Literal(5)),
    Fact("peru", "capital", "lima"),
    Fact("kenya", "ruled by", "kenyatta", start="1963", end="1978-08-22"),
    Fact("kenya", "ruled by", "moi", start="1978-08-22", end="2002-12-30"),
]
DESCRIBED = [Entity("kenya", "Kenya", types=("country",)), Entity("nairobi", "Nairobi", types=("city",))]


@pytest.fixture
def base(store: GraphStore) -> GraphStore:
    store.add(FACTS, DESCRIBED, batch="base")
    return store


def state(store: GraphStore) -> tuple[object, ...]:
    """All that a store gives out, but for its revision."""
    return (
        list(ntriples(store)),
        list(store.facts()),
        store.schema(),
        list(store.all_entities()),
        store.lookup(["mombasa"]),
    )


class TestScopes:
    def test_nothing_of_a_scope_is_seen_outside(self, base: GraphStore) -> None:
        before, revision = state(base), base.revision
        base.open_scope("task")
        scope = base.view(scope="task")
        scope.add([Fact("kenya", "capital", "mombasa"), Fact("kenya", "coast", Literal("long", "string"))],
                  [Entity("mombasa", "Mombasa", (Name("Mvita"),), ("city", "port"))], [Relation("coast", "shore")],
                  batch="x")  # fmt: skip
        scope.retract([FACTS[0], FACTS[1]])
        scope.reweigh([Fact("peru", "capital", "lima", 0.25)])
        assert state(base) == before
        assert base.revision == revision
        assert base.search("mombasa") == [hit for hit in base.search("mombasa") if hit.id != "mombasa"]

    def test_a_scope_is_as_a_graph_of_its_facts(self, base: GraphStore) -> None:
        base.open_scope("task")
        scope = base.view(scope="task")
        report = scope.add(
            [Fact("kenya", "capital", "mombasa", sources=("me",)), Fact("peru", "capital", "lima", sources=("me",)),
             Fact("kenya", "near", "indian_ocean"), Fact("peru", "people", Literal(7))],
            [Entity("mombasa", "Mombasa", (Name("Mvita"),), ("city", "port")), Entity("kenya", "Jamhuri")],
            [Relation("near", "close to")], batch="mine", retracting=[FACTS[0]],
        )  # fmt: skip
        assert (report.facts, report.known, report.entities, report.retracted) == (3, 1, 2, 1)
        scope.retract([FACTS[1]])
        scope.reweigh([Fact("kenya", "capital", "mombasa", 0.25)])
        capital = scope.execute(Join(Entities(("kenya",)), "capital")).nodes
        assert capital == ("mombasa",)
        assert scope.execute(Join(Entities(("mombasa",)), "capital", inverse=True)).nodes == ("kenya",)
        assert scope.execute(OfType("city")).nodes == ("mombasa", "nairobi")
        assert scope.execute(Count(Ends("people"))).value == 1
        assert scope.execute(Join(Values((Literal(7),)), "people", inverse=True)).nodes == ("peru",)
        assert scope.execute(Join(Entities(("kenya",)), "near")).nodes == ("indian_ocean",)
        told = [(f.head, f.tail, f.weight, f.sources) for f in scope.facts(relation="capital")]
        assert told == [("kenya", "mombasa", 0.25, ("me",)), ("peru", "lima", 1.0, ("me",))]
        assert [f.tail for f in scope.facts(["kenya"], limit=2)] == ["mombasa", "indian_ocean"]
        assert [f.head for f in scope.facts(tails=["mombasa", Literal(7)])] == ["kenya", "peru"]
        assert scope.lookup(["mvita", "kenya", "jamhuri", "indian ocean"]) == {
            "mvita": ("mombasa",), "kenya": ("kenya",), "jamhuri": ("kenya",), "indian ocean": ("indian_ocean",),
        }  # fmt: skip
        assert scope.search("mombassa")[0].id == "mombasa"
        assert scope.entities(["kenya", "mombasa", "nobody"]) == {
            "kenya": Entity("kenya", "Kenya", (Name("Jamhuri"),), ("country",)),
            "mombasa": Entity("mombasa", "Mombasa", (Name("Mvita"),), ("city", "port")),
        }
        (steps,) = scope.expand([scope.frontier(["kenya"])])
        assert [(s.relation, s.inverse, s.edges, len(s.frontier)) for s in steps] == [
            ("capital", False, 1, 1), ("near", False, 1, 1), ("ruled by", False, 2, 2),
        ]  # fmt: skip

    def test_a_scopes_schema_counts_its_facts(self, base: GraphStore) -> None:
        base.open_scope("task")
        scope = base.view(scope="task")
        scope.add([Fact("chile", "capital", "santiago"), Fact("a", "close", "b")],
                  [Entity("santiago", types=("city", "port"))], [Relation("close", "near to")], batch="x")  # fmt: skip
        scope.retract([FACTS[1]])
        schema = scope.schema()
        assert (schema.facts, schema.entities) == (6, 10)
        assert "people" not in schema.relations
        assert (schema.relations["close"].name, schema.relations["close"].facts) == ("near to", 1)
        capital = schema.relations["capital"]
        assert (capital.facts, capital.heads, capital.range) == (3, 3, (("city", 2), ("port", 1)))
        assert schema.types == {"city": 2, "country": 1, "port": 1}

    def test_two_scopes_do_not_see_each_other(self, base: GraphStore) -> None:
        base.open_scope("one")
        base.open_scope("two")
        one, two = base.view(scope="one"), base.view(scope="two")
        one.add([Fact("kenya", "near", "sea")], batch="x")
        two.retract([FACTS[0]])
        assert [f.tail for f in one.facts(["kenya"], "capital")] == ["nairobi"]
        assert list(two.facts(relation="near")) == []
        assert (two.entities(["sea"]), two.execute(Join(Entities(("kenya",)), "capital")).nodes) == ({}, ())
        assert base.scopes() == ["one", "two"]

    def test_a_scope_follows_the_graph_and_itself(self, base: GraphStore) -> None:
        base.open_scope("task")
        scope, again = base.view(scope="task"), base.view(scope="task")
        scope.add([Fact("kenya", "near", "sea")], batch="x")
        seen = again.revision
        base.add([Fact("peru", "near", "sea")], batch="more")
        assert again.revision != seen
        assert again.execute(Join(Entities(("sea",)), "near", inverse=True)).nodes == ("kenya", "peru")
        scope.retract([Fact("kenya", "near", "sea")])
        assert again.execute(Join(Entities(("sea",)), "near", inverse=True)).nodes == ("peru",)
        scope.add([Fact("kenya", "near", "sea")], batch="x")
        assert again.execute(Join(Entities(("sea",)), "near", inverse=True)).nodes == ("kenya", "peru")

    def test_a_scope_ends(self, base: GraphStore) -> None:
        before = state(base)
        base.open_scope("task")
        scope = base.view(scope="task")
        scope.add([Fact("kenya", "near", "sea")], batch="x")
        assert base.drop_scope("task")
        assert not base.drop_scope("task")
        with pytest.raises(StoreError, match="no scope 'task'"):
            scope.schema()
        with pytest.raises(StoreError, match="no scope 'task'"):
            base.view(scope="task")
        base.open_scope("old", expires="2020-01-01T00:00:00+00:00")
        assert base.scopes() == []
        with pytest.raises(StoreError, match="no scope 'old'"):
            base.view(scope="old")
        base.open_scope("task")
        assert list(base.view(scope="task").facts(relation="near")) == []
        assert state(base) == before

    def test_a_scope_stays_while_it_is_not_over(self, base: GraphStore) -> None:
        base.open_scope("task", expires="2999-01-01T00:00:00+00:00")
        base.view(scope="task").add([Fact("kenya", "near", "sea")], batch="x")
        base.open_scope("task")
        assert [f.tail for f in base.view(scope="task").facts(relation="near")] == ["sea"]


class TestTimes:
    def test_only_what_holds_then_is_there(self, base: GraphStore) -> None:
        ruled = {
            "1962": (), "1963": ("kenyatta",), "1978": ("kenyatta", "moi"), "1978-08-21": ("kenyatta",),
            "1978-08-22": ("moi",), "1978-09": ("moi",), "2002-12-29T10:00": ("moi",), "2003": (),
        }  # fmt: skip
        for when, rulers in ruled.items():
            view = base.view(as_of=when)
            assert view.execute(Join(Entities(("kenya",)), "ruled by")).nodes == rulers
            assert tuple(f.tail for f in view.facts(["kenya"], "ruled by")) == rulers
        (steps,) = view.expand([view.frontier(["kenya"])])
        assert {s.relation: s.edges for s in steps} == {"capital": 1, "people": 1}
        assert view.execute(Join(Entities(("kenya",)), "capital")).nodes == ("nairobi",)
        assert [f.relation for f in view.facts(["kenya"], limit=2)] == ["capital", "people"]

    def test_a_scope_has_times_too(self, base: GraphStore) -> None:
        base.open_scope("task")
        base.view(scope="task").add([Fact("kenya", "ruled by", "kibaki", start="2002-12-30")], batch="x")
        view = base.view(scope="task", as_of="2005")
        assert view.execute(Join(Entities(("kenya",)), "ruled by")).nodes == ("kibaki",)
        assert [f.tail for f in view.facts(["kenya"], "ruled by")] == ["kibaki"]
        assert base.view(scope="task").view(as_of="1970").execute(Join(Entities(("kenya",)), "ruled by")).nodes == (
            "kenyatta",
        )

    def test_a_time_is_a_date_and_is_not_written_to(self, base: GraphStore) -> None:
        with pytest.raises(StoreError, match="no ISO 8601 date"):
            base.view(as_of="yesterday")
        with pytest.raises(StoreError, match="cannot be written"):
            base.view(as_of="2000").add([Fact("a", "r", "b")], batch="x")


Case: TypeAlias = tuple[Graph, list[Fact], list[Fact], str | None]
TIMES = ("1999", "2000-06", "2000-06-15", "2000-06-15T10:30:00Z", "-0044", "987-03-15", "2001")


def timed(facts: st.SearchStrategy[Fact]) -> st.SearchStrategy[Fact]:
    times = st.one_of(st.none(), st.sampled_from(TIMES))
    return st.builds(lambda f, s, e: Fact(f.head, f.relation, f.tail, start=s, end=e), facts, times, times)


def more_facts() -> st.SearchStrategy[Fact]:
    ids = st.sampled_from((*IDS, "new", "other"))
    to_literal = st.builds(Fact, ids, st.sampled_from(("size", "fresh")), st.sampled_from(TAILS["mixed"]))
    return timed(st.one_of(st.builds(Fact, ids, st.sampled_from((*WALKS, "meets")), ids), to_literal))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """A graph with some facts timed, what a scope adds and hides, and a time."""
    graph = draw(graphs())
    facts = [draw(timed(st.just(fact))) if draw(st.booleans()) else fact for fact in graph.facts]
    hidden = draw(st.lists(st.sampled_from(facts), max_size=4))
    when = draw(st.one_of(st.none(), st.sampled_from((*TIMES, "2000", "2000-01-01"))))
    return Graph(tuple(facts), graph.entities), draw(st.lists(more_facts(), max_size=5)), hidden, when


def agrees(store: GraphStore, case: Case, tried: list[Plan]) -> None:
    graph, added, hidden, when = case
    store.add(graph.facts, graph.entities, batch="base")
    store.open_scope("s")
    store.view(scope="s").retract(hidden)
    store.view(scope="s").add(added, batch="x")
    view = store.view(scope="s", as_of=when)
    kept = {f.key: f for f in graph.facts if f.key not in {h.key for h in hidden}} | {f.key: f for f in added}
    period = None if when is None else Period.of(when)
    holding = [f for f in kept.values() if period is None or period.has(f)]
    reference = Reference(holding, graph.entities)
    reference.nodes |= {n for f in (*graph.facts, *added) for n in (f.head, f.tail)}
    assert [f.key for f in view.facts()] == sorted(f.key for f in holding)
    for plan in tried:
        found, wanted = view.execute(plan), reference.execute(plan)
        assert same(found, wanted), f"{plan}\nstore: {found}\nnaive: {wanted}"
    for node in IDS:
        (steps,) = view.expand([view.frontier([node])])
        edges = [f for f in holding if f.head == node]
        assert sum(s.edges for s in steps if not s.inverse) == len(edges)
    if when is None:
        assert view.schema().facts == len(holding)


@settings(TESTED, max_examples=40)
@given(cases(), many_plans())
def test_embedded_views_agree_with_the_naive_evaluator(case: Case, tried: list) -> None:
    store = NetworkXStore.open()
    agrees(store, case, tried)


@pytest.mark.neo4j
def test_neo4j_views_agree_with_the_naive_evaluator(wiped_neo4j: Callable[[], Neo4jStore]) -> None:
    @settings(TESTED, max_examples=2)
    @given(cases(), many_plans())
    def on_a_graph(case: Case, tried: list[Plan]) -> None:
        store = wiped_neo4j()
        try:
            agrees(store, case, tried[:6])
        finally:
            store.close()

    on_a_graph()
