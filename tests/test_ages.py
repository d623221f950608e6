"""Superlatives of time: the youngest was born last, and who has been there the longest came first."""

from __future__ import annotations

from datetime import date

import pytest

from kg.graph import Literal, Relation, Schema
from kg.plan import Attribute, Best, Count, Entities, Filter, Join, OfType
from kg.question import Candidate, Link, Mention
from qa_pipeline.ages import Years, births_said, compares, in_years, is_no_age, order_said, ordered, years_said
from qa_pipeline.literals import find_literals

RELATIONS = {
    r.id: r
    for r in (
        Relation("born on", kind="date"),
        Relation("founding_year", kind="number"),
        Relation("age", kind="number"),
    )
}
SCHEMA = Schema(relations=RELATIONS)


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("who is the youngest player", "max"),
        ("the most recent film by her", "max"),
        ("which club is the oldest", "min"),
        ("who has been with us the longest", "min"),
        ("is Ann older than Ben", "min"),
        ("who is younger , Ann or Ben", "max"),
        ("has Ann been here longer than Ben", "min"),
        ("is the Nile longer than the Rhine", None),
        ("which licence is valid the longest", None),
        ("is the oldest older than the youngest", None),
        ("the first film of the youngest actor", None),
        ("the least recent of them", None),
        ("the largest country", None),
    ],
)
def test_the_end_of_time_that_is_said(text: str, order: str | None) -> None:
    assert order_said(text) == order


def test_words_of_names_say_no_end_of_time() -> None:
    text = "who wrote The Oldest House"
    link = Link(Mention(10, len(text), text[10:], "entity"), (Candidate("h", text[10:], 1.0),), 1.0)
    assert order_said(text, [link]) is None


@pytest.mark.parametrize(
    ("relation", "dates"), [("born on", True), ("founding_year", True), ("age", False), ("unheard of", False)]
)
def test_dates_are_ranked_the_other_way_round_than_ages(relation: str, dates: bool) -> None:
    first = Count(Best(OfType("person"), Attribute(relation), order="min"))
    last = Count(Best(OfType("person"), Attribute(relation), order="max"))
    assert ordered(first, "max", SCHEMA) == (last if dates else first)
    assert ordered(last, "max", SCHEMA) == last


@pytest.mark.parametrize(("relation", "dates"), [("born on", True), ("age", False)])
def test_who_is_older_was_born_before_the_other(relation: str, dates: bool) -> None:
    other = Join(Entities(("Ben",)), relation)
    more = Filter(Entities(("Ann",)), Attribute(relation), ">", other)
    assert ordered(more, "min", SCHEMA) == (Filter(more.source, more.measure, "<", other) if dates else more)
    before = Filter(OfType("person"), Attribute(relation), "<", Literal(1990))  # "born before 1990" is said outright
    assert ordered(before, "max", SCHEMA) == before


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("is Ann older than Ben", True),
        ("has Ann been here longer than Ben", True),
        ("who is not older than Ben", False),
        ("who isn't older than Ben", False),
        ("which older buildings were built after the Louvre", False),
        ("recent films before Jaws", False),
    ],
)
def test_ages_are_compared_only_where_nothing_else_says_which_comes_first(text: str, compared: bool) -> None:
    assert compares(text) == compared
    before = Filter(OfType("film"), Attribute("born on"), "<", Join(Entities(("Jaws",)), "born on"))
    assert (ordered(before, "max", SCHEMA, compares(text)) == before) != compared


def test_two_ranks_by_dates_are_left_as_they_are() -> None:
    youngest = Best(OfType("person"), Attribute("born on"), order="max")
    first = Best(Join(youngest, "club"), Attribute("founding_year"), order="min")
    assert ordered(first, "max", SCHEMA) == first


def counted(text: str) -> list[Link]:
    """The numbers of a question as links."""
    return [Link(mention, (), 1.0) for mention in find_literals(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("players older than 30", (30, "<")),
        ("pilots younger than 25?", (25, ">")),
        ("people over 65 years old", (65, "<")),
        ("members aged under 18", (18, ">")),
        ("bridges over 65 metres", None),
        ("older than 1950", None),
        ("who is 30 years old?", None),
    ],
)
def test_an_age_in_years_is_compared_with(text: str, said: tuple[int, str] | None) -> None:
    assert years_said(text, counted(text)) == said


def test_who_is_older_than_some_years_was_born_before_that() -> None:
    compared = Filter(OfType("person"), Attribute("born on"), ">", Literal("0030", "date"))
    born = Filter(OfType("person"), Attribute("born on"), "<", Literal("1994-02-28", "date"))
    assert in_years(compared, Years(30, "<"), SCHEMA, date(2024, 2, 29)) == born
    height = Filter(OfType("person"), Attribute("height"), ">", Literal(30))
    assert in_years(height, Years(30, "<"), SCHEMA, date(2024, 2, 29)) == height


@pytest.mark.parametrize(
    ("text", "births"),
    [
        ("who is the oldest?", True),
        ("the youngest player", True),
        ("oldest player", True),
        ("the oldest castle", False),
    ],
)
def test_the_youngest_is_who_was_born_last(text: str, births: bool) -> None:
    assert births_said(text, (), SCHEMA) == births
    assert not is_no_age(Best(OfType("person"), Attribute("born on")), SCHEMA)
    assert is_no_age(Best(OfType("person"), Attribute("height")), SCHEMA)


def test_without_births_in_the_graph_any_date_will_do() -> None:
    assert not births_said("the youngest club", (), Schema(relations={"founded": Relation("founded", kind="number")}))
