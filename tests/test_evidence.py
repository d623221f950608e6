"""The evidence of results: true, bounded, and enough."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.evidence import evidence
from kg.graph import Entity, Fact, Literal, Node
from kg.networkx_store import NetworkXStore
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Count,
    CountOf,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    OfType,
    Plan,
    Union,
    Values,
)
from kg.store import GraphStore
from tests.plan_strategies import COMPARISONS, TYPES, Graph, attributes, graphs, joins, literals, plans, starts

FACTS = [
    Fact("Kenya", "capital", "Nairobi"),
    Fact("Uganda", "capital", "Kampala"),
    Fact("Kenya", "continent", "Africa"),
    Fact("Uganda", "continent", "Africa"),
    Fact("Peru", "continent", "America"),
    Fact("Nairobi", "population", Literal(4_400_000)),
    Fact("Kampala", "population", Literal(1_700_000)),
    Fact("Kenya", "population", Literal(50_000_000)),
    Fact("Uganda", "population", Literal(40_000_000)),
]


@pytest.fixture
def world(store: GraphStore) -> GraphStore:
    store.add(FACTS, [Entity(id, types=("country",)) for id in ("Kenya", "Uganda", "Peru")], batch="world")
    return store


def told(store: GraphStore, plan: Plan, limit: int = 50) -> list[tuple[str, str, Node]]:
    facts = evidence(store, plan, store.execute(plan), limit)
    return [(fact.head, fact.relation, fact.tail) for fact in facts]


AFRICAN = Join(Entities(("Africa",)), "continent", inverse=True)


@pytest.mark.parametrize(
    ("plan", "facts"),
    [
        (Join(Entities(("Kenya",)), "capital"), [FACTS[0]]),
        (Join(Join(Entities(("Nairobi",)), "capital", inverse=True), "continent"), [FACTS[0], FACTS[2]]),
        (Join(AFRICAN, "capital"), [FACTS[3], FACTS[1], FACTS[2], FACTS[0]]),
        (Join(Join(Entities(("Kenya",)), "continent"), "continent", inverse=True, other=True), [FACTS[2], FACTS[3]]),
        (Intersect(AFRICAN, Entities(("Kenya",))), [FACTS[2]]),
        (Difference(AFRICAN, Entities(("Kenya",))), [FACTS[3]]),
        (OfType("country"), []),
        (Filter(AFRICAN, Attribute("population"), ">", Literal(45_000_000)), [FACTS[2], FACTS[7]]),
        (
            Filter(AFRICAN, Attribute("population"), ">", Join(Entities(("Uganda",)), "population")),
            [FACTS[2], FACTS[7], FACTS[8]],
        ),
        (Best(AFRICAN, Attribute("population")), [FACTS[2], FACTS[7], FACTS[8]]),
        (Best(Entities(("Uganda", "Kenya")), Attribute("population"), "min"), [FACTS[8], FACTS[7]]),
        (Best(Ends("continent", "tail"), CountOf(Join(Here(), "continent", True))), [FACTS[2], FACTS[3], FACTS[4]]),
        (Count(AFRICAN), [FACTS[2], FACTS[3]]),
        (Exists(Intersect(Entities(("Nairobi",)), Join(AFRICAN, "capital"))), [FACTS[2], FACTS[0]]),
        (Aggregate(AFRICAN, Attribute("population"), "sum"), [FACTS[2], FACTS[7], FACTS[3], FACTS[8]]),
        (Compare(Join(Entities(("Kenya",)), "population"), ">", Join(Entities(("Uganda",)), "population")), FACTS[7:]),
        (Values((Literal(4_400_000), Literal(7))), [FACTS[5]]),
        (Join(Values((Literal(4_400_000),)), "population", inverse=True), [FACTS[5]]),
        (Join(Entities(("nobody",)), "capital"), []),
    ],
)
def test_evidence(world: GraphStore, plan: Plan, facts: list[Fact]) -> None:
    assert told(world, plan) == [(fact.head, fact.relation, fact.tail) for fact in facts]


def test_a_cut_leaves_whole_proofs_of_the_first_results(world: GraphStore) -> None:
    whole = [("Uganda", "continent", "Africa"), ("Uganda", "capital", "Kampala")]
    assert told(world, Join(AFRICAN, "capital"), limit=2) == whole
    assert told(world, AFRICAN, limit=0) == []


def positive() -> st.SearchStrategy[Plan]:
    """Plans of which more facts never give less: what their evidence alone must give again."""

    def grow(sets: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
        bounds = st.one_of(literals(), literals(), sets)
        other = joins(joins(sets)).map(lambda join: Join(join.source, join.relation, join.inverse, True))
        return st.one_of(
            sets,
            joins(sets),
            joins(sets),
            other,
            st.builds(Intersect, sets, sets),
            st.builds(Union, sets, sets),
            st.builds(FilterType, sets, st.sampled_from(TYPES)),
            st.builds(Filter, sets, attributes(), st.sampled_from(COMPARISONS), bounds),
            st.builds(Filter, sets, st.builds(CountOf, joins(st.just(Here()))), st.just(">="), st.just(Literal(1))),
            st.builds(Best, sets, attributes(), st.sampled_from(("max", "min"))),
        )

    found = starts()
    return grow(grow(found))


@settings(max_examples=300, derandomize=True, deadline=None)
@given(graphs(), positive())
def test_the_evidence_alone_gives_the_same_result(graph: Graph, plan: Plan) -> None:
    store, replay = NetworkXStore.open(), NetworkXStore.open()
    store.add(graph.facts, graph.entities, batch="all")
    result = store.execute(plan)
    facts = evidence(store, plan, result, limit=1000)
    replay.add(facts, store.all_entities(), batch="evidence")
    assert replay.execute(plan) == result


@settings(max_examples=200, derandomize=True, deadline=None)
@given(graphs(), plans(), st.integers(1, 5))
def test_evidence_is_in_the_store_once_and_within_the_limit(graph: Graph, plan: Plan, limit: int) -> None:
    store = NetworkXStore.open()
    store.add(graph.facts, graph.entities, batch="all")
    result = store.execute(plan)
    facts = evidence(store, plan, result, limit)
    assert len(facts) == len(set(facts)) <= limit
    assert set(facts) <= set(store.facts())
    assert facts == evidence(store, plan, result, limit)
