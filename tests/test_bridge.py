"""What goes without saying: "stations in Xanland" stand in cities of Xanland; and what may not be put in."""

from __future__ import annotations

from dataclasses import replace

import networkx as nx
import pytest

from kg.networkx_store import NetworkXStore
from kg.plan import Count, Entities, Exists, FilterType, Join, OfType, Plan
from kg.question import Candidate, Link, Mention, Question, Slot, Subgraph
from qa_pipeline.bridge import bridged, onward, through
from qa_pipeline.choose import weigh
from qa_pipeline.decode import Hypothesis
from qa_pipeline.grammar import OPERATORS
from qa_pipeline.reading import Reading

X = Entities(("X",))
IN = Join(X, "in", inverse=True)
STATIONS = FilterType(Join(IN, "stands in", inverse=True), "station")


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    """Neighbours, their cities, stations in one of the cities, offices of a company in another."""
    graph = nx.MultiDiGraph()
    kinds = {"country": "XY", "city": "abc", "station": "st", "company": "k", "office": "op"}
    for kind, names in kinds.items():
        graph.add_nodes_from(names, type=kind)
    edges = [
        ("X", "borders", "Y"),
        ("Y", "borders", "X"),
        ("X", "borders", "Z"),
        ("Y", "borders", "Z"),
        ("a", "in", "X"),
        ("b", "in", "Y"),
        ("c", "in", "X"),
    ]
    edges += [("s", "stands in", "a"), ("t", "stands in", "a"), ("o", "located in", "b"), ("p", "located in", "b")]
    edges += [("o", "belongs to", "k"), ("p", "belongs to", "k")]
    graph.add_node("Z", type="country")
    for head, relation, tail in edges:
        graph.add_edge(head, tail, relation=relation)
    return NetworkXStore.from_networkx(graph)


def put_in(store: NetworkXStore, plan: Plan, *types: str) -> Plan | None:
    found = bridged(store, plan, Subgraph(), types)
    return found and found[0]


def test_what_is_in_a_city_is_in_its_country(store: NetworkXStore) -> None:
    assert put_in(store, FilterType(IN, "station")) == STATIONS
    assert put_in(store, IN, "station") == STATIONS  # the type is asked for, the plan filters by none


def test_a_count_and_a_yes_are_of_the_longer_walk(store: NetworkXStore) -> None:
    assert put_in(store, Count(FilterType(IN, "station"))) == Count(STATIONS)
    assert put_in(store, Exists(FilterType(IN, "station"))) == Exists(STATIONS)


def test_the_way_out_is_put_in_too(store: NetworkXStore) -> None:
    station = Entities(("s",))
    whole = FilterType(Join(Join(station, "stands in"), "in"), "country")
    assert put_in(store, FilterType(station, "country")) == whole
    assert put_in(store, FilterType(Join(station, "stands in"), "country")) == whole


def test_a_step_is_put_in_before_the_one_that_is_said(store: NetworkXStore) -> None:
    said = FilterType(Join(X, "stands in", inverse=True), "station")
    assert put_in(store, said) == STATIONS


def test_neighbours_do_not_go_without_saying(store: NetworkXStore) -> None:
    """Y has no stations, and those of its neighbour are not its own."""
    assert put_in(store, FilterType(Join(Entities(("Y",)), "in", inverse=True), "station")) is None


@pytest.mark.parametrize("plan", [OfType("station"), FilterType(Join(OfType("city"), "in"), "station"), IN])
def test_only_a_walk_from_a_name_to_a_type_is_mended(store: NetworkXStore, plan: Plan) -> None:
    assert put_in(store, plan) is None


@pytest.mark.parametrize(("probability", "mended"), [(0.9, True), (0.05, False)])
def test_a_likely_plan_that_gives_nothing_is_mended(store: NetworkXStore, probability: float, mended: bool) -> None:
    text = "stations in X"
    links = (
        Link(Mention(0, 8, "stations", "type"), (Candidate("station", "station", 1.0),), 1.0),
        Link(Mention(12, 13, "X", "entity"), (Candidate("X", "X", 1.0),), 1.0),
    )
    asked = Reading(Question(text), list(links), Subgraph(links, (Slot(0), Slot(1))))
    empty = Hypothesis(FilterType(IN, "station"), probability, (len(OPERATORS) + 1,))
    first = weigh(store, replace(asked, hypotheses=[empty, Hypothesis(None, 0.1 * probability, ())]))[0]
    assert (first.plan == STATIONS) is mended


def test_one_step_further_to_what_is_asked_for(store: NetworkXStore) -> None:
    offices = Join(Join(Entities(("Y",)), "in", inverse=True), "located in", inverse=True)
    companies = FilterType(Join(offices, "belongs to"), "company")
    found = onward(store, offices, ("company",))
    assert found is not None and found[0] == companies and found[1].nodes == ("k",)
    counted = onward(store, Count(FilterType(offices, "company")), ())
    assert counted is not None and counted[0] == Count(companies) and counted[1].value == 1


def test_no_step_further_where_such_things_could_stand_there(store: NetworkXStore) -> None:
    assert onward(store, Join(X, "borders"), ("country",)) is None
    assert (
        onward(store, Join(Entities(("k",)), "belongs to", inverse=True), ("station",)) is None
    )  # nothing leads there


@pytest.fixture(scope="module")
def clubs() -> NetworkXStore:
    """Two clubs with coaches, three players without types; one is a coach's son."""
    graph = nx.MultiDiGraph()
    for head, relation, tail in (
        ("Finn", "plays for", "Rovers"),
        ("Nils", "plays for", "Rovers"),
        ("Otto", "plays for", "City"),
        ("Rovers", "coach", "Ada"),
        ("City", "coach", "Bob"),
        ("Finn", "mother", "Ida"),
        ("Nils", "mother", "Una"),
        ("Ida", "plays for", "City"),
    ):
        graph.add_edge(head, tail, relation=relation)
    return NetworkXStore.from_networkx(graph)


def seen(name: str, *paths: tuple[str, bool]) -> Subgraph:
    """The memory of a name with single steps, each to one thing."""
    link = Link(Mention(0, len(name), name, "entity"), (Candidate(name, name, 1.0),), 1.0)
    ways = [Slot(0, path=(path,), parent=0, nodes=(1), weight=1.0, kind="entity") for path in paths]
    return Subgraph((link,), (Slot(0), *ways))


def test_what_a_name_has_not_its_club_may_have(clubs: NetworkXStore) -> None:
    memory = seen("Finn", ("plays for", False), ("mother", False))
    found = through(clubs, Join(Entities(("Finn",)), "coach"), memory)
    assert found is not None
    assert found[0] == Join(Join(Entities(("Finn",)), "plays for"), "coach")
    assert found[1].nodes == ("Ada",)


def test_what_others_of_its_kind_have_it_has_not(clubs: NetworkXStore) -> None:
    memory = seen("Otto", ("plays for", False))  # Otto has no mother here; his club's coach's mother is not his
    assert through(clubs, Join(Entities(("Otto",)), "mother"), memory) is None
