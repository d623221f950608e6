"""Questions that name no entity, over a graph without types: the ends of relations are its classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.plan import Ends
from kg.question import Candidate, Link, Mention
from qa_pipeline import AskGraph
from qa_pipeline.classes import CLASSES, classes_for

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
        assert classes_for(schema, "the oldest", (unknown,), scores) == []
        assert ag.store.execute(Ends("approval_year")).nodes == ("aspirin", "ibuprofen", "semaglutide")


@pytest.mark.parametrize("question", ["hello there", "what is it like", "how are you", "who is the best"])
def test_where_nothing_is_asked_nothing_is_answered(untyped: Path, question: str) -> None:
    with AskGraph.open(untyped) as ag:
        assert ag.ask(question).answers == ()
