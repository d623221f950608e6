"""Ranges, and what two names have alike: function words tell them, and plans that have one end get the other."""

from __future__ import annotations

import pytest

from kg.graph import Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import (
    Attribute,
    Best,
    Count,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Intersect,
    Join,
    OfType,
    Union,
    Values,
)
from kg.question import Candidate, Link, Mention
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.literals import find_literals
from qa_pipeline.periods import find_dated
from qa_pipeline.said_of_two import alike, choice_said, is_aside, is_unjoined, is_unlike, joined, range_said, within

SIZE = Attribute("size")
SHOPS = OfType("shop")


def links(text: str) -> list[Link]:
    return [Link(mention, (), 1.0) for mention in find_literals(text)]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("shops that seat between 150 and 250 people", (150, 250)),
        ("shops that seat between 250 and 150 people", (150, 250)),
        ("between 2 km and 5 km long", (2, 5)),
        ("founded from 1990 to 1999", (1990, 1999)),
    ],
)
def test_a_range_has_two_ends(text: str, ends: tuple[int, int]) -> None:
    said = range_said(text, links(text))
    assert said is not None and (said.low.value, said.high.value) == ends and set(said.links) == {0, 1}


@pytest.mark.parametrize(
    ("text", "period"),
    [("what opened in 1990", 1990), ("opened during March 1990?", "1990-03"), ("in 1990 again", 1990)],
)
def test_a_year_or_a_month_is_a_range_from_its_first_to_its_last_day(text: str, period: int | str) -> None:
    said = range_said(text, links(text))
    start = Literal(str(period), "date")
    assert said is not None and said.low == said.high == start
    plan = within(Count(Filter(SHOPS, Attribute("opened"), ">", start)), said)
    assert plan == Count(FilterType(find_dated("opened", start), "shop"))
    number = Filter(SHOPS, SIZE, ">", Literal(1990))
    assert within(number, said) == number


@pytest.mark.parametrize(
    "text",
    [
        "opened in 1990 or later",
        "opened in 1.5 hours",
        "more than 150 and fewer than 250",
        "shops with 3 floors and 20 seats",
        "after 1990",
        "between shops",
    ],
)
def test_two_numbers_are_not_a_range(text: str) -> None:
    assert range_said(text, links(text)) is None


def test_a_plan_with_one_end_gets_the_other() -> None:
    said = range_said(text := "between 150 and 250", links(text))
    assert said is not None
    both = Filter(Filter(SHOPS, SIZE, ">=", Literal(150)), SIZE, "<=", Literal(250))
    assert within(Filter(SHOPS, SIZE, ">", Literal(150)), said) == both
    assert within(Count(Filter(SHOPS, SIZE, "<", Literal(250))), said) == Count(both)
    untouched = Best(Filter(SHOPS, SIZE, ">", Literal(7)), SIZE)
    assert within(untouched, said) == untouched


def test_years_bound_dates_to_their_last_day() -> None:
    said = range_said(text := "between 1990 and 1999", links(text))
    assert said is not None
    opened = Attribute("opened")
    plan = within(Filter(SHOPS, opened, ">", Literal("1990", "date")), said)
    ends = Literal("1990", "date"), Literal("1999-12-31", "date")
    assert plan == Filter(Filter(SHOPS, opened, ">=", ends[0]), opened, "<=", ends[1])


def test_the_same_is_what_the_walks_from_both_reach() -> None:
    a, b = Entities(("a",)), Entities(("b",))
    whether = Exists(Intersect(Join(Join(a, "team"), "head"), b))
    assert alike(whether) == Exists(Intersect(Join(Join(a, "team"), "head"), Join(Join(b, "team"), "head")))
    assert alike(Exists(Join(a, "team"))) == Exists(Join(a, "team"))


@pytest.mark.parametrize(("between", "is_one"), [(" but not ", True), (" or ", True), (" and who wrote ", False)])
def test_what_is_said_of_one_name_is_of_the_other(between: str, is_one: bool) -> None:
    text = f"who knows Swift{between}Kotlin"
    start = text.index("Kotlin")
    swift = Link(Mention(10, 15, "Swift", "entity"), (Candidate("s", "Swift", 1.0),), 1.0)
    kotlin = Link(Mention(start, start + 6, "Kotlin", "entity"), (Candidate("k", "Kotlin", 1.0),), 1.0)
    pairs = joined(text, [swift, kotlin])
    s, k = Entities(("s",)), Entities(("k",))
    assert pairs == ([(s, k)] if is_one else [])
    knows, other = Join(s, "skill", inverse=True), Join(k, "needs", inverse=True)
    assert is_unlike(Difference(knows, other), pairs) is is_one
    assert not is_unlike(Difference(knows, Join(k, "skill", inverse=True)), pairs)
    assert not is_unlike(
        Count(FilterType(knows, "person")), pairs
    )  # the other name is left out, which counts elsewhere


@pytest.mark.parametrize(
    ("text", "joins"),
    [("towns in X or Y", True), ("towns of X as well as Y", True), ("how many towns in X border Y", False)],
)
def test_either_of_two_sets_is_said_by_a_word_that_joins(text: str, joins: bool) -> None:
    x, y = (Join(Entities((name,)), "in", inverse=True) for name in "XY")
    assert is_unjoined(Count(Union(x, y)), text.split()) is not joins
    assert not is_unjoined(Intersect(x, y), text.split())
    assert not is_unjoined(Union(x, Join(Entities(("X",)), "of")), text.split())  # "parents": mothers and fathers


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Who is older, Ann or Bob?", True),
        ("Who was born first: Ann or the Bob", True),
        ("which is bigger Ann or Bob?", True),
        ("Of Ann and Bob, who has more children?", True),
        ("Which of Ann or Bob lives in Rome?", True),
        ("Who is the elder of Ann and Bob?", True),
        ("Is Ann or Bob older?", False),
        ("Who is a child of Ann or Bob?", False),
        ("Who are the children of Ann and Bob?", False),
        ("Which towns lie between Ann and Bob?", False),
        ("Who is older, Ann or Bob's brother?", False),
        ("In Rome, Ann or Bob met whom?", False),
        ("Who is the mother of Ann and Bob?", False),
        ("Who is the founder of Ann or Bob?", False),
        ("Who played for Ann or Bob?", False),
        ("Which towns lie on the river Ann or Bob?", False),
    ],
)
def test_a_choice_between_two_things(text: str, is_one: bool) -> None:
    named = [
        Link(Mention(at, at + 3, name, "entity"), (Candidate(name, name, 1.0),), 1.0)
        for name in ("Ann", "Bob")
        if (at := text.index(name)) >= 0
    ]
    assert choice_said(text, named) == (frozenset(("Ann", "Bob")) if is_one else frozenset())


def test_of_three_things_none_is_left_out() -> None:
    text = "Who is oldest, Eve, Ann or Bob?"
    named = [
        Link(Mention(text.index(n), text.index(n) + 3, n, "entity"), (Candidate(n, n, 1.0),), 1.0)
        for n in ("Eve", "Ann", "Bob")
    ]
    assert choice_said(text, named) == frozenset()


def test_who_may_choose_between_two_things_gets_one_of_them() -> None:
    ann, bob = Entities(("Ann",)), Entities(("Bob",))
    choice = frozenset(("Ann", "Bob"))
    assert not is_aside(Best(Union(ann, bob), Attribute("born"), "min"), choice)
    assert not is_aside(Intersect(Entities(("Ann", "Bob")), Join(ann, "lives in", inverse=True)), choice)
    assert is_aside(Union(Join(ann, "born in"), Join(bob, "born in")), choice)
    assert is_aside(Best(Join(ann, "child"), Attribute("born"), "min"), choice)
    assert not is_aside(Join(ann, "child"), frozenset())


def test_what_has_just_one_end_as_its_value_is_not_what_is_between() -> None:
    said = range_said(text := "between 1990 and 1999", links(text))
    assert said is not None
    measure, low, high = Attribute("year"), said.low, said.high
    whole = Filter(Filter(Ends("year", "head"), measure, ">=", low), measure, "<=", high)
    assert within(Join(Values((low,)), "year", inverse=True), said) == whole
    born = within(Join(Values((low,)), "born", inverse=True), said, {"born"})
    days = Filter(Ends("born", "head"), Attribute("born"), ">=", Literal("1990", "date"))
    assert born == Filter(days, Attribute("born"), "<=", Literal("1999-12-31", "date"))
    assert within(Join(Values((Literal(1995),)), "year", inverse=True), said) == Join(
        Values((Literal(1995),)), "year", inverse=True
    )


@pytest.mark.parametrize(
    ("question", "answer"),
    [("Are Ann and Bob brothers?", "yes"), ("Are Bob and Cyd brothers?", "no"), ("Were Bob and Ann married?", "yes")],
)
def test_two_names_stand_in_a_relation_to_each_other(question: str, answer: str) -> None:
    facts = [Fact("Ann", "brother of", "Bob"), Fact("Ann", "married to", "Bob"), Fact("Dan", "brother of", "Eve")]
    facts += [Fact("Cyd", "lives in", "Rome"), Fact("Ann", "lives in", "Rome"), Fact("Eve", "married to", "Flo")]
    store = NetworkXStore.open()
    store.add(facts, batch="kin")
    assert AskGraph(store, load_model(str(SHIPPED)), threshold=0.0).ask(question).text == answer
