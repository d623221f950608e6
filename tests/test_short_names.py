"""Relations that are called for short by what the graph has in full."""

from __future__ import annotations

import pytest

from kg.graph import NodeKind, Relation, Schema
from qa_pipeline.common_words import CommonWords
from qa_pipeline.short_names import also_called, short_names


def named(
    id: str,
    *,
    heads: str = "animal",
    tails: str = "",
    types: tuple[str, ...] = (),
    name: str = "",
    kind: NodeKind = "entity",
    other: str = "",
) -> list[str]:
    """What a relation is also called in a schema with another relation beside it."""
    range_ = ((tails, 5),) if tails else ()
    relations = {id: Relation(id, name=name, kind=kind, domain=((heads, 5),), range=range_)}
    if other:
        relations[other] = Relation(other)
    schema = Schema(relations=relations, types=dict.fromkeys((heads, tails or heads, *types), 5))
    return list(also_called(schema, short_names(schema, CommonWords())).relations[id].aliases)


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


@pytest.mark.parametrize(
    ("id", "heads", "tails", "called"),
    [
        ("byl", "article", "journalist", ["byline"]),
        ("ded_to", "work", "person", ["dedicated to"]),
        ("mngPtnr", "office", "lawyer", ["managing partner"]),
        ("pd_by", "tour", "donor", []),  # two letters, and practice knows nothing like it between such things
        ("cond", "concert", "person", []),  # of one rare word alone
    ],
)
def test_or_for_a_name_that_practice_has(id: str, heads: str, tails: str, called: list[str]) -> None:
    assert named(id, heads=heads, tails=tails) == called


def test_a_letter_of_the_owner_may_stand_before_a_word() -> None:
    assert named("cdate", heads="concert", kind="date") == ["concert date"]
    assert named("cdate", heads="tour", kind="date") == []


def test_or_for_a_word_of_another_type() -> None:
    assert named("veh", types=("vehicle",)) == ["vehicle"]
    assert named("ve", types=("vehicle",)) == []  # two letters say too little
    assert named("cmp", types=("company", "camp")) == ["company"]
    assert named("cmp", types=("company", "compound")) == []  # it may be either
    assert named("kpr", types=("keeper", "keepers")) == ["keeper"]  # one and many are the same
    assert named("rep", other="reports_to") == []  # what relations are called tells nothing


@pytest.mark.parametrize(
    ("id", "tails"), [("in", "inlet"), ("sex", "sextant"), ("job", "jobber"), ("cat", "category"), ("of", "oflag")]
)
def test_words_of_english_are_not_short_for_others(id: str, tails: str) -> None:
    assert named(id, tails=tails) == []


@pytest.mark.parametrize(
    ("id", "heads"),
    [
        ("id_no", "individual"),
        ("co_score", "colour"),
        ("height_cm", "camera"),
        ("gps", "group"),
        ("area_ha", "habitat"),
    ],
)
def test_numbers_and_texts_end_with_units_and_codes(id: str, heads: str) -> None:
    assert named(id, heads=heads, kind="number") == []
    assert named("fd_kg", heads="feeding", kind="number") == ["feeding kg"]  # a table's own name comes first


def test_what_another_relation_is_called_is_no_further_name() -> None:
    assert named("kpr", tails="keeper") == ["keeper"]
    assert named("kpr", tails="keeper", other="keeper") == []
    assert named("kpr", tails="keeper", other="has_keepers") == []
    schema = Schema(relations={id: Relation(id, range=(("enclosure", 5),)) for id in ("encl", "encls")})
    assert short_names(schema, CommonWords()) == {}  # both would be called so


@pytest.mark.parametrize("name", ["encl", "Encl"])
def test_a_label_that_is_just_the_id_is_no_name_of_its_own(name: str) -> None:
    assert named("encl", tails="enclosure", name=name) == ["enclosure"]


def test_other_scripts_and_languages_are_left_alone() -> None:
    assert named("出版", tails="出版公司") == []
    assert named("pais", types=("paisaje",)) == []


def test_a_name_that_somebody_gave_is_left_alone() -> None:
    assert named("encl", tails="enclosure", name="place of living") == []
