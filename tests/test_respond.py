"""Choosing among plans: what execution and the question's own mentions say about them, whatever the network believes."""

from __future__ import annotations

import networkx as nx
import pytest

from kg.graph import Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Attribute, Best, Difference, Entities, FilterType, Join, Plan
from kg.question import Candidate, Link, Mention, Question, Slot, Subgraph
from qa_pipeline.decode import Hypothesis
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.reading import Reading
from qa_pipeline.respond import weigh

FIRST, SECOND = len(OPERATORS), len(OPERATORS) + 1  # pointers to the seeds of the two links
X, Y = Entities(("X",)), Entities(("Y",))


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    """Two countries; one has three towns, of which the capital is the second largest."""
    graph = nx.MultiDiGraph()
    graph.add_node("X", label="Xanland", type="country")
    graph.add_node("Y", label="Yrland", type="country")
    for town, people, where in (("a", 5, "X"), ("b", 9, "X"), ("c", 2, "X"), ("d", 1, "Y")):
        graph.add_node(town, label=f"Town {town}", type="town", population=people)
        graph.add_edge(town, where, relation="country")
    graph.add_edge("X", "a", relation="capital")
    return NetworkXStore.from_networkx(graph)


def reading(*hypotheses: tuple[Plan | None, float, tuple[int, ...]], links: tuple[Link, ...] = ()) -> Reading:
    links = links or (Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0),)
    slots = tuple(Slot(i) for i in range(len(links)))
    plans = [Hypothesis(plan, probability, actions) for plan, probability, actions in hypotheses]
    return Reading(Question("?"), list(links), Subgraph(links, slots), plans)


def test_a_superlative_wants_several_to_choose_from(store: NetworkXStore) -> None:
    population = Attribute("population")
    capital = Best(Join(X, "capital"), population)
    towns = Best(Join(X, "country", inverse=True), population)
    first, second = weigh(store, reading((capital, 0.6, (FIRST,)), (towns, 0.3, (FIRST,))))
    assert (first.plan, second.plan) == (towns, capital)
    assert first.result is not None and first.result.nodes == ("b",)


def test_a_superlative_of_several_wants_as_many(store: NetworkXStore) -> None:
    five = Best(Join(X, "country", inverse=True), Attribute("population"), limit=5)
    two = Best(Join(X, "country", inverse=True), Attribute("population"), limit=2)
    assert [o.plan for o in weigh(store, reading((five, 0.6, (FIRST,)), (two, 0.3, (FIRST,))))] == [two, five]


def test_but_not_wants_something_to_take_away(store: NetworkXStore) -> None:
    nothing = Difference(Join(X, "capital"), Join(Y, "country", inverse=True))
    something = Difference(Join(X, "country", inverse=True), Join(X, "capital"))
    found = weigh(store, reading((nothing, 0.6, (FIRST,)), (something, 0.3, (FIRST,))))
    assert [o.plan for o in found] == [something, nothing]


def test_an_empty_set_is_believed_less_but_a_likely_one_stays(store: NetworkXStore) -> None:
    empty, full = FilterType(Join(X, "capital"), "country"), Join(X, "capital")
    assert weigh(store, reading((empty, 0.6, (FIRST,)), (full, 0.3, (FIRST,))))[0].plan == full
    assert weigh(store, reading((empty, 0.97, (FIRST,)), (full, 0.01, (FIRST,))))[0].plan == empty


@pytest.mark.parametrize(
    "second",
    [
        Link(Mention(12, 18, "Yrland", "entity"), (Candidate("Y", "Yrland", 1.0),), 1.0),
        Link(Mention(12, 14, "10", "number", Literal(10)), (), 1.0),
    ],
)
def test_a_plan_leaves_no_clear_mention_out(store: NetworkXStore, second: Link) -> None:
    links = (Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0), second)
    one, both = Join(X, "capital"), Join(X, "country", inverse=True)
    found = weigh(store, reading((one, 0.7, (FIRST,)), (both, 0.2, (FIRST, SECOND)), links=links))
    assert [o.plan for o in found] == [both, one]
    assert [o.ignored for o in found] == [0, 1]


def test_a_weak_mention_and_a_type_may_be_left_out(store: NetworkXStore) -> None:
    links = (
        Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0),
        Link(Mention(12, 18, "yrland", "entity"), (Candidate("Y", "Yrland", 1.0),), 0.4),
        Link(Mention(20, 25, "towns", "type"), (Candidate("town", "town", 1.0),), 1.0),
    )
    one, both = Join(X, "capital"), Join(X, "country", inverse=True)
    found = weigh(store, reading((one, 0.7, (FIRST,)), (both, 0.2, (FIRST, SECOND)), links=links))
    assert found[0].plan == one and found[0].ignored == 0


def test_plans_that_give_the_same_are_one_answer(store: NetworkXStore) -> None:
    capital = Join(X, "capital")
    towns = Join(X, "country", inverse=True)
    best = Best(towns, Attribute("population"), offset=1)
    found = weigh(store, reading((towns, 0.4, (FIRST,)), (capital, 0.3, (FIRST,)), (best, 0.2, (FIRST,))))
    assert [(o.plan, round(o.probability, 3)) for o in found] == [(capital, 0.5), (towns, 0.4)]
