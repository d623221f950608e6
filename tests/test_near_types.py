"""Things that a question calls otherwise than the graph: types by other nouns, people, names by their last word."""

from __future__ import annotations

import pytest

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.persons import is_person, persons_of

TYPES = {
    "aircraft": ("A-1", "A-2", "A-3"),
    "airport": ("Northfield", "Eastby"),
    "mechanic": ("Ida Holm", "Per Vik"),
    "Mammal": ("Grey Wolf", "Red Deer"),
    "Bird": ("Golden Eagle",),
    "Fish": ("Brown Trout",),
}
COUNTED = {"Grey Wolf": 12, "Red Deer": 300, "Golden Eagle": 9, "Brown Trout": 5}
FACTS = [
    Fact("A-1", "serviced by", "Ida Holm"),
    Fact("A-2", "serviced by", "Ida Holm"),
    Fact("A-3", "serviced by", "Per Vik"),
    Fact("A-1", "stationed at", "Northfield"),
    Fact("A-2", "stationed at", "Northfield"),
    Fact("A-3", "stationed at", "Eastby"),
    Fact("Ida Holm", "salary", Literal(41_000)),
    Fact("Per Vik", "salary", Literal(38_000)),
    Fact("Grey Wolf", "eats", "Red Deer"),
    Fact("Golden Eagle", "eats", "Brown Trout"),
    Fact("Brown Trout", "eats", "Brown Trout"),
    Fact("Grey Wolf", "eats", "Golden Eagle"),
    Fact("Red Deer", "eats", "Red Deer"),
    *(Fact(x, "counted at", "Northfield") for x in COUNTED),
    *(Fact(x, "headcount", Literal(n)) for x, n in COUNTED.items()),
]


@pytest.fixture(scope="module")
def ag() -> AskGraph:
    store = NetworkXStore.open()
    things = [Entity(id, label=id, types=(type,)) for type, ids in TYPES.items() for id in ids]
    store.add(FACTS, things, batch="airfields")
    return AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)


@pytest.mark.parametrize(
    ("question", "said", "types"),
    [
        ("How many airplanes are stationed at Northfield?", "airplanes", {"aircraft"}),
        ("which animal has the smallest headcount?", "animal", {"Mammal", "Bird", "Fish"}),
        ("How many people work here?", "people", {"mechanic"}),
        ("who has the highest salary?", "who", {"mechanic"}),
    ],
)
def test_another_noun_is_taken_for_a_type(ag: AskGraph, question: str, said: str, types: set[str]) -> None:
    [link] = [k for k in ag.ask(question).links if k.mention.kind == "type"]
    assert link.mention.text == said
    assert {c.id for c in link.candidates} == types


@pytest.mark.parametrize(
    "question", ["Which restaurant is at Northfield?", "What does the Grey Wolf eat?", "who eats?"]
)
def test_what_is_not_like_a_type_is_none(ag: AskGraph, question: str) -> None:
    assert not [k for k in ag.ask(question).links if k.mention.kind == "type"]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many planes are stationed at Northfield?", "2"),
        ("who has the highest salary?", "Ida Holm"),
        ("What do wolves eat?", "Golden Eagle and Red Deer"),
        ("Who services the most aircraft?", "Ida Holm"),
        ("Which animal has the smallest headcount?", "Brown Trout"),
    ],
)
def test_it_is_answered_as_if_it_were_said(ag: AskGraph, question: str, answer: str) -> None:
    assert ag.ask(question).text == answer


@pytest.mark.parametrize("question", ["How many seaports are there?", "Which pilot has the highest salary?"])
def test_what_is_only_of_the_same_sort_is_not_taken_for_a_type(ag: AskGraph, question: str) -> None:
    taken = [k for k in ag.ask(question).links if k.mention.kind == "type" and k.score < 1]
    assert not taken


def test_a_superlative_of_what_the_graph_has_not_is_no_answer(ag: AskGraph) -> None:
    answer = ag.ask("Which novel is the longest?")
    assert answer.status == "not_linked"
    assert "nothing in the question is a name" in answer.reason


def test_people_are_told_by_the_last_word_of_a_type() -> None:
    store = NetworkXStore.open()
    store.add([], [Entity("x", types=("ResearchStudent", "StudentUnion")), Entity("y", types=("nurse",))], batch="b")
    assert set(persons_of(store.schema())) == {"ResearchStudent", "nurse"}
    store.add([], [Entity("z", types=("Person",))], batch="c")
    assert set(persons_of(store.schema())) == {"Person", "ResearchStudent", "nurse"}  # one may not be all of them
    assert not is_person("container ship")
