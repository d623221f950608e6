"""What counts as a number, an ordinal or a date in a question, and what does not."""

from __future__ import annotations

import itertools

import pytest

from kg.graph import Literal
from kg.question import Candidate, Link, Mention
from qa_pipeline.literals import find_literals, is_none, none_said


@pytest.mark.parametrize(
    ("text", "said", "value"),
    [
        ("cities with more than a million people", "a million", 1_000_000),
        ("over half a million inhabitants", "half a million", 500_000),
        ("more than a hundred", "a hundred", 100),
        ("more than a hundred thousand people", "a hundred thousand", 100_000),
        ("three hundred thousand", "three hundred thousand", 300_000),
        ("1.5 million people", "1.5 million", 1_500_000),
        ("above 1,250,000", "1,250,000", 1_250_000),
        ("10k", "10k", 10_000),
        ("twenty-one cities", "twenty-one", 21),
        ("at least one neighbour", "one", 1),
        ("exactly one capital", "one", 1),
        ("languages of more than one", "one", 1),
        ("films of 1986", "1986", 1986),
        ("below -20 degrees", "-20", -20),
    ],
)
def test_numbers(text: str, said: str, value: float) -> None:
    (mention,) = find_literals(text)
    assert mention.literal is not None
    assert (mention.kind, mention.text, mention.literal.value) == ("number", said, value)
    assert text[mention.start : mention.end] == said


@pytest.mark.parametrize(
    "text",
    [
        "a three-letter code",
        "an 8-bit processor",
        "a 21-year-old writer",
        "which one is larger",
        "one of the cities",
        "no one lives there",
        "is there someone",
        "the one that borders Kenya",
        "hundreds of people",
        "a thousandth",
        "half an hour",
        "COVID-19",
        "in the 1990s",
    ],
)
def test_what_bounds_no_number(text: str) -> None:
    assert find_literals(text) == []


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("born on 3rd of June 1990", "date", "1990-06-03"),
        ("born on June 3, 1990", "date", "1990-06-03"),
        ("since May 2001", "date", "2001-05"),
        ("on 2000-01-01", "date", "2000-01-01"),
        ("the second largest", "ordinal", 2),
        ("the 12th longest", "ordinal", 12),
    ],
)
def test_dates_and_ordinals(text: str, kind: str, value: object) -> None:
    (mention,) = find_literals(text)
    assert mention.literal is not None
    assert (mention.kind, mention.literal.value) == (kind, value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("trails that nobody patrols", "nobody"),
        ("who has no children", "no"),
        ("books no one has borrowed", "no one"),
        ("towns without a station", "without a"),
        ("customers that don't have a single project", "a single"),
        ("books that were not lent to any reader", "any"),
        ("services that don't keep anything in a database", "anything"),
    ],
)
def test_that_there_is_none_is_the_number_0(text: str, said: str) -> None:
    (link,) = none_said(text)
    assert (link.mention.text, link.mention.literal) == (said, Literal(0))
    assert text[link.mention.start : link.mention.end] == said and is_none(link.mention)


@pytest.mark.parametrize(
    "text",
    ["no more than two", "it is no longer open", "are there any towns", "towns without Kenya", "0 towns", "yes or no"],
)
def test_what_does_not_say_that_there_is_none(text: str) -> None:
    assert none_said(text) == []
    assert not any(map(is_none, find_literals(text)))


def test_what_is_named_is_left_out_and_not_counted() -> None:
    text = "dishes made without any egg"
    egg = Link(Mention(24, 27, "egg", "entity"), (Candidate("egg", "egg", 1.0),), 1.0)
    assert none_said(text, [egg]) == [] and none_said(text) != []


def test_units_are_kept() -> None:
    assert [(m.text, m.unit) for m in find_literals("longer than 300 km, with a million people")] == [
        ("300", "km"),
        ("a million", "people"),
    ]


def test_mentions_are_in_order_and_apart() -> None:
    found = find_literals("the 3rd of the two largest of 5 June 1990 and 1991")
    assert [m.text for m in found] == ["3rd", "two", "5 June 1990", "1991"]
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("When did the band first play here?", False),
        ("in what year was it first shown", False),
        ("When was the first concert?", True),
        ("When did Ann's first book appear?", True),
        ("Who came first?", True),
    ],
)
def test_first_may_say_when(text: str, counts: bool) -> None:
    assert [m.kind for m in find_literals(text)] == (["ordinal"] if counts else [])
