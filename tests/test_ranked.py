"""Superlatives: that there is one, and what a plan chooses from."""

from __future__ import annotations

import networkx as nx
import pytest

from kg.networkx_store import NetworkXStore
from kg.plan import Attribute, Best, Count, Entities, FilterType, Join, OfType
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from qa_pipeline.ranked import is_unranked, superlative_said, widened

X = Entities(("X",))
LINK = Link(Mention(0, 7, "Xanland", "entity"), (Candidate("X", "Xanland", 1.0),), 1.0)


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    """A country with a capital, four towns and two rivers."""
    graph = nx.MultiDiGraph()
    graph.add_node("X", label="Xanland", type="country")
    for i, town in enumerate("abcd"):
        graph.add_node(town, type="town", people=10 * i)
        graph.add_edge(town, "X", relation="country")
    for river in "rs":
        graph.add_node(river, type="river", length=len(river))
        graph.add_edge(river, "X", relation="flows through")
    graph.add_edge("X", "a", relation="capital")
    return NetworkXStore.from_networkx(graph)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("the largest town of Xanland", True),
        ("which land has the most towns", True),
        ("the northernmost of them", True),
        ("towns with at most two rivers", False),
        ("the guest of honour in the forest", False),
        ("who climbed Mount Sterest", False),
        ("an honest harvest in the northwest", False),
    ],
)
def test_a_superlative_is_told_by_its_form(text: str, said: bool) -> None:
    named = text.find("Mount Sterest")
    links = [Link(Mention(named, len(text), text[named:], "entity"), (), 1.0)] if named >= 0 else []
    assert superlative_said(text, links) is said


def test_a_plan_ranks_or_walks_what_is_called_by_a_superlative() -> None:
    names = {"p1": "highest point", "p2": "point"}
    assert is_unranked(Join(X, "p2"), names)
    assert not is_unranked(Join(X, "p1"), names)
    assert not is_unranked(Count(Join(Best(OfType("town"), Attribute("people")), "p2")), names)


def test_where_there_is_nothing_to_choose_from_it_is_what_belongs_to_the_name(store: NetworkXStore) -> None:
    """The second largest of a country's capitals is meant to be that of its towns."""
    ways = (
        Slot(0, (("capital", False),), 0, 1, 1, "entity", ("town",), 0.9),
        Slot(0, (("flows through", True),), 0, 2, 2, "entity", ("river",), 0.8),
        Slot(0, (("country", True),), 0, 4, 4, "entity", ("town",), 0.1),
    )
    memory = Subgraph((LINK,), (Slot(0), *ways))
    people = Attribute("people")
    towns = FilterType(Join(X, "country", inverse=True), "town")
    second = Best(Join(X, "capital"), people, offset=1)
    found = widened(store, second, memory, ("town",))
    assert found is not None and found[0] == Best(towns, people, offset=1) and found[1].nodes == ("c",)
    inside = widened(store, Join(second, "country"), memory, ())  # of what the plan itself would choose from
    assert inside is not None and inside[0] == Join(Best(towns, people, offset=1), "country")
    assert widened(store, Best(towns, people), memory, ("town",)) is None
    assert widened(store, Best(Join(X, "capital"), people, offset=7), memory, ("town",)) is None
    assert widened(store, Join(X, "capital"), memory, ("town",)) is None


def test_what_belongs_to_what_belongs_to_the_name_and_what_such_things_have(store: NetworkXStore) -> None:
    """The largest town of a continent is one of the towns of its countries, and towns have people, not a length."""
    graph = nx.MultiDiGraph()
    graph.add_node("C", label="Conland", type="continent")
    for country in "XY":
        graph.add_node(country, type="country", size=7)
        graph.add_edge(country, "C", relation="continent")
        for number in (1, 2):
            graph.add_node(f"{country}{number}", type="town", people=number * (3 if country == "X" else 2))
            graph.add_edge(f"{country}{number}", country, relation="country")
    link = Link(Mention(0, 7, "Conland", "entity"), (Candidate("C", "Conland", 1.0),), 1.0)
    slots = (
        Slot(0, (("continent", True),), 0, 2, 2, "entity", ("country",), 0.1),
        Slot(0, (("continent", True), ("size", False)), 1, 2, 2, "number", (), 0.9),
        Slot(0, (("continent", True), ("people", False)), 1, 2, 2, "number", (), 0.1),
    )
    start = Entities(("C",))
    plan = Best(Join(start, "continent", inverse=True), Attribute("size"))
    found = widened(NetworkXStore.from_networkx(graph), plan, Subgraph((link,), (Slot(0), *slots)), ("town",))
    towns = FilterType(Join(Join(start, "continent", inverse=True), "country", inverse=True), "town")
    assert found is not None and found[0] == Best(towns, Attribute("people")) and found[1].nodes == ("X2",)
