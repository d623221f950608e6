"""Relations that are called for short by what the graph has in full."""

from __future__ import annotations

import pytest

from kg.graph import Relation, Schema
from qa_pipeline.common_words import CommonWords
from qa_pipeline.short_names import spelled_out


def named(id: str, *, heads: str = "animal", tails: str = "", types: tuple[str, ...] = (), name: str = "") -> list[str]:
    """What a relation is also called in a schema."""
    range_ = ((tails, 5),) if tails else ()
    relation = Relation(id, name=name, domain=((heads, 5),), range=range_)
    schema = Schema(relations={id: relation}, types=dict.fromkeys((heads, tails or heads, *types), 5))
    return list(spelled_out(schema, CommonWords()).relations[id].aliases)


@pytest.mark.parametrize(
    ("id", "heads", "tails", "called"),
    [
        ("encl", "animal", "enclosure", ["enclosure"]),
        ("sp", "animal", "species", ["species"]),
        ("lead_kpr", "enclosure", "keeper", ["lead keeper"]),
        ("fd_animal", "feeding", "animal", ["feeding animal"]),  # a table's own name before its columns
        ("dest_apt", "flight", "airport", ["destination airport"]),
    ],
)
def test_a_short_form_stands_for_what_is_at_an_end_of_its_relation(
    id: str, heads: str, tails: str, called: list[str]
) -> None:
    assert named(id, heads=heads, tails=tails) == called


def test_or_for_a_word_that_the_schema_has_elsewhere() -> None:
    assert named("veh", types=("vehicle",)) == ["vehicle"]
    assert named("ve", types=("vehicle",)) == []  # two letters say too little
    assert named("cmp", types=("company", "camp")) == ["company"]
    assert named("cmp", types=("company", "compound")) == []  # it may be either


@pytest.mark.parametrize("id", ["in_zone", "sex", "job", "cat", "home_of", "lives_in"])
def test_words_of_english_are_not_short_for_others(id: str) -> None:
    assert named(id, types=("zoned area", "sextant", "jobber", "category", "inlet", "oflag")) == []


def test_a_name_that_somebody_gave_is_left_alone() -> None:
    assert named("encl", tails="enclosure", name="place of living") == []
