"""What is asked for in other words than the graph's: types by another noun, sorts of things by a value."""

from __future__ import annotations

import pytest

from kg.graph import Fact
from kg.networkx_store import NetworkXStore
from kg.plan import Difference, Entities, Intersect, Join
from kg.question import Question
from qa_pipeline import AskGraph
from qa_pipeline.bridge import another, apart
from qa_pipeline.sorts import into, sort_asked
from qa_pipeline.synonyms import synonyms
from tests.small_graph import asking, store_of

TYPES = {
    "article": ("Ferry Fares Rise", "Mayor Resigns", "Harbour Closed"),
    "assignment": ("Assignment 1", "Assignment 2", "Assignment 3"),
    "journalist": ("Greta Holm", "Dan Wexley"),
    "office": ("Quay Office", "Mill Office"),
    "place": ("Averland", "Norland", "Tarn Valley", "Dale", "Skelby", "Orm", "Hask"),
}
FACTS = [
    *(Fact(f"Assignment {i}", "for", article) for i, article in enumerate(TYPES["article"], 1)),
    Fact("Assignment 1", "commissioned by", "Greta Holm"),
    Fact("Assignment 2", "commissioned by", "Greta Holm"),
    Fact("Assignment 3", "commissioned by", "Dan Wexley"),
    Fact("Greta Holm", "based at", "Quay Office"),
    Fact("Dan Wexley", "based at", "Mill Office"),
    Fact("Quay Office", "stands in", "Skelby"),
    Fact("Mill Office", "stands in", "Orm"),
    *(Fact(town, "part of", "Tarn Valley") for town in ("Skelby", "Orm", "Hask")),
    Fact("Tarn Valley", "part of", "Averland"),
    *(
        Fact(place, "kind", kind)
        for place, kind in zip(TYPES["place"], "country country region region town town town".split(), strict=True)
    ),
]


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    return store_of(TYPES, FACTS)


@pytest.fixture(scope="module")
def ag(store: NetworkXStore) -> AskGraph:
    return asking(store)


@pytest.mark.parametrize(
    ("noun", "types", "meant"),
    [
        ("stories", ("article", "journalist"), ["article"]),
        ("machine", ("Host", "Patch"), ["Host"]),
        ("papers", ("publication", "person"), ["publication"]),
        ("stories", ("journalist",), []),
        ("xyzzy", ("article",), []),
    ],
)
def test_nouns_that_practice_uses_alike_are_taken_for_each_other(
    noun: str, types: tuple[str, ...], meant: list[str]
) -> None:
    assert synonyms(noun, types) == meant


def test_what_was_commissioned_are_the_articles_and_not_their_assignments(ag: AskGraph) -> None:
    assert ag.ask("which stories has Greta Holm commissioned?").text == "Ferry Fares Rise and Mayor Resigns"


def test_a_value_that_says_what_things_are_is_their_sort(store: NetworkXStore) -> None:
    sort = sort_asked("Which towns have an office?", store)
    assert sort is not None
    assert sort.plan == Join(Entities(("town",)), "kind", inverse=True)
    assert sort.types == ("place",)
    assert sort_asked("In which region is Quay Office?", store) is not None
    assert sort_asked("Which stories are there?", store) is None


def test_from_a_town_a_step_leads_to_its_region(store: NetworkXStore) -> None:
    sort = sort_asked("In which region is Quay Office?", store)
    assert sort is not None
    found = into(store, Join(Entities(("Quay Office",)), "stands in"), sort)
    assert found is not None
    assert found[1].nodes == ("Tarn Valley",)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("In which region is the office that Dan Wexley is based at?", "Tarn Valley"),
        ("Which towns do not have an office?", "Hask"),
    ],
)
def test_answers_are_held_against_the_sort(ag: AskGraph, question: str, answer: str) -> None:
    assert ag.ask(question).text == answer


def test_the_type_tells_the_last_step_where_only_one_leads_to_it(store: NetworkXStore) -> None:
    wrong = Join(Entities(("Greta Holm",)), "based at")
    found = another(store, wrong, ("assignment",))
    assert found is not None
    assert set(found[1].nodes) == {"Assignment 1", "Assignment 2"}
    assert another(store, wrong, ("place",)) is None  # no step leads there
    both = another(store, Intersect(wrong, wrong), ("assignment",))
    assert both is not None
    assert set(both[1].nodes) == {"Assignment 1", "Assignment 2"}
    assert another(store, Difference(wrong, wrong), ("assignment",)) is None


def test_records_of_two_names_have_somebody_in_common(store: NetworkXStore, ag: AskGraph) -> None:
    [reading] = ag.reader.read([Question("Who commissioned both Ferry Fares Rise and Mayor Resigns?")])
    one, other = (Join(Entities((name,)), "for", inverse=True) for name in TYPES["article"][:2])
    found = apart(store, Intersect(one, other), reading.subgraph, ("journalist",))
    assert found is not None
    assert found[1].nodes == ("Greta Holm",)
    assert apart(store, Intersect(one, other), reading.subgraph, ("office",)) is None
    several = Intersect(Join(Entities(("Tarn Valley",)), "part of"), Join(Entities(("Skelby",)), "part of"))
    assert apart(store, several, reading.subgraph, ()) is None  # these are no records
