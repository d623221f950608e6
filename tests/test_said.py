"""Relations that a question says word for word."""

from __future__ import annotations

import networkx as nx
import pytest

from kg.graph import Schema
from kg.networkx_store import NetworkXStore
from kg.plan import Best, Count, CountOf, Entities, FilterType, Here, Intersect, Join, OfType, Plan
from kg.question import Candidate, Link, Mention
from qa_pipeline.said import HINTED, left_unsaid, phrases_of, relations_said, said_again

ANN = Entities(("ann",))


@pytest.fixture(scope="module")
def schema() -> Schema:
    relations = ("birth place", "hasSpouse", "population", "population density", "in", "is", "does", "country")
    graph = nx.MultiDiGraph()
    for relation in relations:
        graph.add_edge("ann", "x", relation=relation)
    return NetworkXStore.from_networkx(graph).schema()


def said(text: str, schema: Schema, links: tuple[Link, ...] = ()) -> list[tuple[str, set[str]]]:
    return [(s.phrase, set(s.relations)) for s in relations_said(text, links, phrases_of(schema))]


def test_capitals_endings_and_spelling_of_names_do_not_matter(schema: Schema) -> None:
    assert said("Which Birth places?", schema) == [("Birth places", {"birth place"})]
    assert said("whom has she as has spouse", schema) == [("has spouse", {"hasSpouse"})]


def test_the_longest_name_counts(schema: Schema) -> None:
    assert said("its population density", schema) == [("population density", {"population density"})]
    assert said("density and population", schema) == [("population", {"population"})]


def test_function_words_and_the_words_of_names_say_nothing(schema: Schema) -> None:
    assert said("who lives in it, and is it so? Does he?", schema) == []
    song = Link(Mention(9, 16, "Country", "entity"), (Candidate("s", "Country", 1.0),), 1.0)
    assert said("who sang Country", schema, (song,)) == []


@pytest.mark.parametrize(
    ("plan", "left"),
    [
        (Join(ANN, "country"), 0),
        (Join(ANN, "population"), 1),
        (FilterType(Join(ANN, "in"), "state"), 0),  # the word stands for the type
        (Count(Join(Join(ANN, "country"), "in")), 0),
        (Best(OfType("town"), CountOf(Join(Here(), "country"))), 0),
    ],
)
def test_a_relation_or_the_type_of_that_name_in_the_plan_is_enough(schema: Schema, plan: Plan, left: int) -> None:
    text = "her countries"
    type = Link(Mention(4, 13, "countries", "type"), (Candidate("state", "state", 1.0),), 1.0)
    assert left_unsaid(relations_said(text, (type,), phrases_of(schema)), plan) == left


def test_a_relation_whose_name_says_more_leaves_a_part_unsaid() -> None:
    graph = nx.MultiDiGraph()
    for relation in ("playsFor", "formerlyPlayedFor", "bornIn"):
        graph.add_edge("ann", "rovers", relation=relation)
    schema = NetworkXStore.from_networkx(graph).schema()
    heard = relations_said("who used to play for Rovers", (), phrases_of(schema))
    now, before, born = (left_unsaid(heard, Join(ANN, r)) for r in ("playsFor", "formerlyPlayedFor", "bornIn"))
    assert now == 0 < before < born == 1


def test_a_relation_is_walked_as_often_as_it_is_said(schema: Schema) -> None:
    once, twice = Join(ANN, "hasSpouse"), Join(Join(ANN, "hasSpouse"), "hasSpouse")
    back = Join(once, "hasSpouse", inverse=True)

    def again(text: str, plan: Plan) -> int:
        return said_again(relations_said(text, (), phrases_of(schema)), plan)

    assert again("the spouses of Ann", once) == again("the spouses of Ann", back) == 0
    assert again("the spouses of Ann", twice) == 1
    assert again("the spouse of the spouse of Ann", twice) == 0
    assert again("the spouse of Ann and of Bob", Intersect(once, Join(Entities(("bob",)), "hasSpouse"))) == 0
    assert again("whom did Ann marry", twice) == 0  # by another word it may be meant any number of times


def test_another_form_of_the_only_word_of_a_name_says_it_a_little() -> None:
    graph = nx.MultiDiGraph()
    for relation in ("directed by", "written by", "has read", "now reading"):
        graph.add_edge("ann", "x", relation=relation)
    phrases = phrases_of(NetworkXStore.from_networkx(graph).schema())

    def left(text: str, plan: Plan) -> float:
        return left_unsaid(relations_said(text, (), phrases), plan)

    directors = Join(Join(ANN, "written by", inverse=True), "directed by")
    assert left("the directors of what Ann has written", directors) == 0
    assert left("the directors of what Ann has written", directors.source) == HINTED
    for relation in ("now reading", "has read"):
        assert left("what is Ann reading", Join(ANN, relation)) == 0  # the word stands in both
    assert left("what do readers like", Join(ANN, "written by")) == HINTED
    assert left("which readers does Ann like", Join(ANN, "written by")) == 0  # the thing that is asked for


def test_writers_write_and_screenwriters_are_writers() -> None:
    graph = nx.MultiDiGraph()
    for relation in ("written by", "played by", "starred actors"):
        graph.add_edge("ann", "x", relation=relation)
    phrases = phrases_of(NetworkXStore.from_networkx(graph).schema())

    def left(text: str) -> float:
        return left_unsaid(relations_said(text, (), phrases), Join(ANN, "starred actors"))

    assert left("the writers of Ann") == left("the screenwriters of Ann") == HINTED
    assert left("who are the players of Ann") == HINTED
    assert left("the underwater of Ann") == left("the layers of Ann") == 0


def test_a_word_said_once_is_one_of_the_relations_that_it_may_stand_for() -> None:
    """ "Events held in 2023" are not where these were held; "where were events held in 2023" asks for just that."""
    graph = nx.MultiDiGraph()
    for relation in ("held on", "held at", "held by"):
        graph.add_edge("ann", "x", relation=relation)
    phrases = phrases_of(NetworkXStore.from_networkx(graph).schema())
    events = Join(ANN, "held on", inverse=True)
    places = Join(events, "held at")

    def again(text: str, plan: Plan) -> int:
        return said_again(relations_said(text, (), phrases), plan)

    assert again("events held by Ann", events) == 0
    assert again("events held with Ann", places) == again("who held events of Ann", places) == 1
    assert again("who holds the events held with Ann", places) == 0
    assert again("where were events held with Ann", places) == 0
