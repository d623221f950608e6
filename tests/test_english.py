"""Plans in plain English."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings

from kg import english, english_words
from kg.english import Words, to_english
from kg.errors import PlanError
from kg.graph import Literal
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
from tests.plan_strategies import plans

WORDS = Words(
    labels={"Q114": "Kenya", "Q1036": "Uganda"},
    relations={"P36": "capital", "P47": "borders", "http://x.org/starring": "starred actors"},
    types={"Q6256": "country", "Q515": "city"},
)
KENYA, HEAT = Entities(("Q114",)), Entities(("Heat",))
MANN = Join(Entities(("Michael_Mann",)), "directed_by", inverse=True)
HIS = Join(Here(), "directed_by", inverse=True)
CITIES = Intersect(OfType("Q515"), Join(KENYA, "country", inverse=True))
TEXAS = Join(Entities(("Texas",)), "area")


@pytest.mark.parametrize(
    ("plan", "english"),
    [
        # starts and walks
        (KENYA, "Kenya"),
        (Entities(("Q114", "Q1036")), "Kenya or Uganda"),
        (Entities(tuple("abcdefgh")), "a, b, c, d, e or 3 more"),
        (Values((Literal(1986), Literal("1990-05", "date"), Literal("x", "string"))), "1986, 1990-05 or “x”"),
        (OfType("Q515"), "the cities"),
        (Ends("population"), "those that have a population"),
        (Ends("P47"), "those that border something"),
        (Ends("directed_by"), "those that are directed by something"),
        (Ends("P36", "tail"), "all capitals"),
        (Ends("P47", "tail"), "what anything borders"),
        (Join(KENYA, "P36"), "the capital of Kenya"),
        (Join(Join(KENYA, "P36"), "mayor"), "the mayor of the capital of Kenya"),
        (Join(KENYA, "P47"), "what Kenya borders"),
        (Join(HEAT, "directed_by"), "what Heat is directed by"),
        (Join(Entities(("Messi",)), "plays_for"), "what Messi plays for"),
        (Join(Entities(("Nairobi",)), "P36", inverse=True), "those whose capital is Nairobi"),
        (MANN, "those directed by Michael Mann"),
        (
            Join(Entities(("Pacino",)), "http://x.org/starring", inverse=True),
            "those whose starred actors include Pacino",
        ),
        (Join(KENYA, "P47", inverse=True), "those that border Kenya"),
        (Join(Entities(("Europe",)), "part_of", inverse=True), "those that are part of Europe"),
        (Join(Values((Literal(1986),)), "release_year", inverse=True), "those whose release year is 1986"),
        (Join(MANN, "http://x.org/starring"), "the starred actors of those directed by Michael Mann"),
        (
            Join(Join(HEAT, "directed_by"), "directed_by", inverse=True, other=True),
            "the others directed by what Heat is directed by",
        ),
        (
            Join(Join(Entities(("Pacino",)), "http://x.org/starring", inverse=True), "http://x.org/starring", other=True),
            "the other starred actors of those whose starred actors include Pacino",
        ),
        # sets
        (CITIES, "the cities whose country is Kenya"),
        (FilterType(MANN, "film"), "the films directed by Michael Mann"),
        (
            Intersect(FilterType(MANN, "film"), Join(Entities(("Pacino",)), "http://x.org/starring", inverse=True)),
            "the films directed by Michael Mann and whose starred actors include Pacino",
        ),
        (FilterType(Join(KENYA, "P36"), "Q515"), "the cities among the capitals of Kenya"),
        (Intersect(KENYA, OfType("Q6256")), "Kenya if it is a country"),
        (
            Union(Join(KENYA, "P36"), Join(Entities(("Q1036",)), "P36")),
            "the capital of Kenya, or the capital of Uganda",
        ),
        (Difference(CITIES, Entities(("Nairobi",))), "the cities whose country is Kenya except Nairobi"),
        (
            Join(Intersect(OfType("Q6256"), Join(Entities(("Africa",)), "continent", inverse=True)), "P36"),
            "the capital of the countries whose continent is Africa",
        ),
        # filters
        (
            Filter(CITIES, Attribute("population"), ">", Literal(1_000_000)),
            "the cities whose country is Kenya and whose population is greater than 1,000,000",
        ),
        (
            Filter(OfType("state"), Attribute("area"), ">", TEXAS),
            "the states whose area is greater than the area of Texas",
        ),
        (
            Filter(MANN, Attribute("release_year"), "<", Literal(1990)),
            "those directed by Michael Mann and whose release year is before 1990",
        ),
        (
            Filter(OfType("person"), Attribute("born"), ">=", Literal("1950", "date")),
            "the people born in 1950 or later",
        ),
        (Filter(OfType("person"), Attribute("born"), "<", Literal(1950)), "the people born before 1950"),
        (
            Join(
                Filter(
                    Filter(Ends("born", "tail"), Attribute(None), ">=", Literal("1950-02", "date")),
                    Attribute(None), "<", Literal("1950-03", "date"),
                ),
                "born", inverse=True,
            ),
            "those born in 1950-02",
        ),
        (Join(Entities(("Ada",)), "born"), "when Ada was born"),
        (Join(Values((Literal(1815),)), "born", inverse=True), "those born in 1815"),
        (Best(OfType("person"), Attribute("born")), "the person with the latest date they were born"),
        (Join(HEAT, "has_tags"), "the tags of Heat"),
        (Join(Entities(("crime",)), "has_tags", inverse=True), "those whose tags include crime"),
        (
            Filter(OfType("film"), Attribute("name"), "!=", Literal("Heat", "string")),
            "the films whose name is not “Heat”",
        ),
        (
            Filter(OfType("film"), CountOf(Join(Here(), "http://x.org/starring")), ">", Literal(5)),
            "the films with more than 5 starred actors",
        ),
        (Filter(OfType("film"), CountOf(Join(Here(), "genre")), "=", Literal(0)), "the films with no genres"),
        (
            Filter(OfType("person"), CountOf(FilterType(HIS, "film")), ">=", Literal(3)),
            "the people for which there are at least 3 films directed by them",
        ),
        (
            Filter(OfType("person"), CountOf(HIS), ">", Count(MANN)),
            "the people for which the number of things directed by them is greater than the number of things directed by"
            " Michael Mann",
        ),
        (Filter(Ends("size", "tail"), Attribute(None), "<=", Literal(5)), "those of all sizes that are at most 5"),
        # superlatives
        (Best(OfType("Q515"), Attribute("population")), "the city with the greatest population"),
        (
            Best(CITIES, Attribute("population")),
            "the city with the greatest population among those whose country is Kenya",
        ),
        (
            Best(MANN, Attribute("release_year"), "min"),
            "the one with the earliest release year among those directed by Michael Mann",
        ),
        (Best(OfType("river"), Attribute("length"), "max", 1, 1), "the river with the second greatest length"),
        (Best(OfType("river"), Attribute("length"), "max", 3), "the 3 rivers with the greatest length"),
        (Best(OfType("river"), Attribute("length"), "max", 3, 2), "the rivers ranked 3 to 5 by the greatest length"),
        (Best(Entities(("Texas", "Alaska")), Attribute("area")), "whichever of Texas and Alaska has the greatest area"),
        (Best(OfType("person"), CountOf(FilterType(HIS, "film"))), "the person with the most films directed by them"),
        (Best(OfType("state"), CountOf(Join(Here(), "river")), "min"), "the state with the fewest rivers"),
        (Join(Best(OfType("Q6256"), Attribute("area")), "P36"), "the capital of the country with the greatest area"),
        (Best(Ends("size", "tail"), Attribute(None)), "the greatest of all sizes"),
        # values
        (Count(CITIES), "how many cities whose country is Kenya there are"),
        (Count(Join(KENYA, "P47")), "how many things that Kenya borders there are"),
        (Count(Join(HEAT, "http://x.org/starring")), "how many starred actors of Heat there are"),
        (
            Aggregate(CITIES, Attribute("population"), "sum"),
            "the total population of the cities whose country is Kenya",
        ),
        (Aggregate(OfType("film"), Attribute("year"), "max"), "the latest year of the films"),
        (
            Aggregate(OfType("film"), CountOf(Join(Here(), "genre")), "mean"),
            "the average number of genres, over the films",
        ),
        (Exists(Intersect(Entities(("Nairobi",)), Join(KENYA, "P36"))), "whether Nairobi is the capital of Kenya"),
        (
            Exists(Intersect(Entities(("Nairobi",)), CITIES)),
            "whether Nairobi is one of the cities whose country is Kenya",
        ),
        (Exists(FilterType(Entities(("Nairobi",)), "Q515")), "whether Nairobi is a city"),
        (
            Exists(Filter(Entities(("Nairobi",)), Attribute("population"), ">", Literal(5))),
            "whether Nairobi is one whose population is greater than 5",
        ),
        (Exists(CITIES), "whether there are any cities whose country is Kenya"),
        (Exists(Join(KENYA, "P36")), "whether there are any capitals of Kenya"),
        (
            Compare(TEXAS, ">", Join(Entities(("Alaska",)), "area")),
            "whether the area of Texas is greater than the area of Alaska",
        ),
        (Compare(Count(CITIES), "=", Literal(4)), "whether the number of cities whose country is Kenya is 4"),
        (
            Compare(Join(HEAT, "year"), "<", Join(Entities(("Ali",)), "year")),
            "whether the year of Heat is before the year of Ali",
        ),
    ],
)  # fmt: skip
def test_plans_in_english(plan: Plan, english: str) -> None:
    assert to_english(plan, WORDS) == english


def test_ids_are_worded_where_the_graph_gives_no_words() -> None:
    assert to_english(Join(Entities(("New_York",)), "http://x.org/birthPlace", inverse=True)) == (
        "those whose birth place is New York"
    )


def test_what_is_not_well_typed_is_refused() -> None:
    with pytest.raises(PlanError):
        to_english(Join(Count(OfType("city")), "capital"))


def test_the_examples_in_the_docstrings() -> None:
    for module in (english, english_words):
        assert doctest.testmod(module, extraglobs=vars(english)).failed == 0


@settings(max_examples=300, derandomize=True, deadline=None)
@given(plans(3))
def test_every_plan_has_words(plan: Plan) -> None:
    text = to_english(plan)
    assert text
    assert "  " not in text
