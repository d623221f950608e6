"""Questions that name no entity, over a graph without types: the ends of relations are its classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kg.graph import Relation, Schema
from kg.plan import Ends
from kg.question import Candidate, Link, Mention
from qa_pipeline import AskGraph
from qa_pipeline.classes import CLASSES, classes_for, ends_asked_for

FACTS = """aspirin\tapproval_year\t1950
ibuprofen\tapproval_year\t1974
semaglutide\tapproval_year\t2017
aspirin\tproduced_by\tbayer
ibuprofen\tproduced_by\tabbott
semaglutide\tproduced_by\tnovo_nordisk
bayer\tfounded\t1863
abbott\tfounded\t1888
novo_nordisk\tfounded\t1923
"""


@pytest.fixture(scope="module")
def untyped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("untyped")
    (folder / "drugs.tsv").write_text(FACTS, encoding="utf-8")
    AskGraph.import_graph(folder / "drugs.tsv", to=folder / "drugs.kg")
    return folder / "drugs.kg"


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Which drugs were approved after 2010?", ["semaglutide"]),
        ("drugs approved between 1960 and 1980", ["ibuprofen"]),
        ("What was founded before 1870?", ["bayer"]),
    ],
)
def test_a_filter_over_a_class_without_a_type(untyped: Path, question: str, answers: list[str]) -> None:
    with AskGraph.open(untyped, threshold=0.0) as ag:
        assert [a.id for a in ag.ask(question).answers] == answers


def test_where_a_name_is_said_no_class_is_offered(untyped: Path) -> None:
    with AskGraph.open(untyped) as ag:
        schema = ag.store.schema()
        scores = {(r, inverse): 0.5 for r in schema.relations for inverse in (False, True)}
        offered = classes_for(schema, "the oldest", (), scores)
        assert 0 < len(offered) <= CLASSES
        assert {(k.candidates[0].id, k.candidates[0].side) for k in offered} >= {
            ("approval_year", "head"),
            ("produced_by", "tail"),
        }
        named = Link(Mention(0, 5, "bayer", "entity"), (Candidate("bayer", "bayer", 1.0),), 1.0)
        unknown = Link(Mention(0, 7, "Zorvane", "entity"))
        assert classes_for(schema, "the oldest", (named,), scores) == []
        maker = replace(named, mention=Mention(30, 35, "bayer", "entity"))
        assert classes_for(schema, "drugs that are not produced by bayer", (maker,), scores)  # all drugs, without some
        assert classes_for(schema, "drugs that aren't produced by bayer", (maker,), scores)
        never = Link(Mention(8, 22, "Never Cry Wolf", "entity"), (Candidate("w", "Never Cry Wolf", 1.0),), 1.0)
        assert classes_for(schema, "cast of Never Cry Wolf", (never,), scores) == []
        assert classes_for(schema, "the oldest", (unknown,), scores) == []
        assert ag.store.execute(Ends("approval_year")).nodes == ("aspirin", "ibuprofen", "semaglutide")


@pytest.mark.parametrize("question", ["hello there", "what is it like", "how are you", "who is the best"])
def test_where_nothing_is_asked_nothing_is_answered(untyped: Path, question: str) -> None:
    with AskGraph.open(untyped) as ag:
        assert ag.ask(question).answers == ()


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Which awards did X win?", {Ends("wonAward", "tail")}),
        ("list the sequels of X", {Ends("sequelTo", "head")}),
        ("what award is given out in X", {Ends("wonAward", "tail")}),
        ("who won the award", set()),
        ("which years did X win", set()),
        ("what was made by X", set()),
    ],
)
def test_what_relations_are_called_says_what_is_asked_for(text: str, ends: set[Ends]) -> None:
    schema = Schema(
        relations={
            "wonAward": Relation("wonAward", kind="entity"),
            "sequelTo": Relation("sequelTo", kind="entity"),
            "madeBy": Relation("madeBy", kind="entity"),
            "releaseYear": Relation("releaseYear", kind="number"),
        },
        entities=9,
    )
    assert set(ends_asked_for(schema, text)) == ends
    typed = replace(schema, types={"game": 9})
    assert ends_asked_for(typed, text) == []


def test_where_types_are_missing_other_things_than_what_is_asked_for_are_believed_less(tmp_path: Path) -> None:
    facts = "Ann\twonAward\tOak Prize\nBen\twonAward\tElm Prize\nOak Prize\theldIn\tRome\nElm Prize\theldIn\tOslo\n"
    (tmp_path / "prizes.tsv").write_text(facts, encoding="utf-8")
    AskGraph.import_graph(tmp_path / "prizes.tsv", to=tmp_path / "prizes.kg")
    with AskGraph.open(tmp_path / "prizes.kg", threshold=0.0) as ag:
        assert [a.id for a in ag.ask("Which award is held in Rome?").answers] == ["Oak Prize"]
        assert [a.id for a in ag.ask("Who won an award that is held in Rome?").answers] == ["Ann"]
