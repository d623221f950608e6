"""Which way a relation is walked that a question says as a verb."""

from __future__ import annotations

import pytest

from kg.graph import Entity, Fact
from kg.networkx_store import NetworkXStore
from kg.plan import Entities, Join
from kg.question import Candidate, Link, Mention
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.said import Said
from qa_pipeline.verbs import verbs_said

CALLED = {"cites": "cites", "reportsTo": "reports to", "written_by": "written by", "cause": "cause"}
X = Entities(("X",))


def linked(text: str) -> list[Link]:
    at = text.index("Xeno")
    return [Link(Mention(at, at + 4, "Xeno", "entity"), (Candidate("X", "Xeno", 1.0),), 1.0)]


@pytest.mark.parametrize(
    ("text", "phrase", "relation", "is_object"),
    [
        ("which papers cite Xeno?", "cite", "cites", True),
        ("who reports to the Xeno", "reports to", "reportsTo", True),
        ("what does Xeno cite?", "cite", "cites", False),
        ("who do the Xeno report to?", "report to", "reportsTo", False),
        ("which papers are cited with Xeno", "cited", "cites", None),
        ("the cites of Xeno", "cites", "cites", None),
        ("who wrote Xeno?", "wrote", "written_by", None),  # the verb is not the relation's own
        ("what has Xeno written?", "written", "written_by", True),
        ("what was written about Xeno?", "written", "written_by", None),
        ("what causes Xeno?", "causes", "cause", None),  # the relation's name is a noun as well
    ],
)
def test_subject_and_object_are_told_by_their_places(
    text: str, phrase: str, relation: str, is_object: bool | None
) -> None:
    said = [Said(phrase, frozenset((relation,)), frozenset())]
    verbs = verbs_said(text, linked(text), said, CALLED)
    assert [v.object for v in verbs] == ([] if is_object is None else [is_object])
    if is_object is not None:
        assert [v.is_against(Join(X, relation, inverse=not is_object)) for v in verbs] == [True]
        assert [v.is_against(Join(X, relation, inverse=is_object)) for v in verbs] == [False]


def test_who_asks_only_what_something_does_asks_for_no_more() -> None:
    said = [Said("cite", frozenset(("cites",)), frozenset())]
    for text, whole in (("what does Xeno cite?", True), ("where do papers that Xeno cite come from", False)):
        for verb in verbs_said(text, linked(text), said, CALLED):
            assert verb.is_more(Join(Join(X, "cites"), "written_by")) == whole
            assert not verb.is_more(Join(X, "cites"))


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which papers cite Beta?", "Alpha"),
        ("What does Beta cite?", "Gamma"),
        ("Who supervises Ida?", "Max"),
        ("Whom does Ida supervise?", "Una"),
    ],
)
def test_a_relation_between_things_of_one_sort_is_walked_the_right_way(question: str, answer: str) -> None:
    facts = [Fact("Alpha", "cites", "Beta"), Fact("Beta", "cites", "Gamma"), Fact("Gamma", "cites", "Delta")]
    facts += [Fact("Max", "supervises", "Ida"), Fact("Ida", "supervises", "Una"), Fact("Una", "supervises", "Tom")]
    types = {"paper": ("Alpha", "Beta", "Gamma", "Delta"), "employee": ("Max", "Ida", "Una", "Tom")}
    store = NetworkXStore.open()
    store.add(facts, [Entity(id, label=id, types=(type,)) for type, ids in types.items() for id in ids], batch="b")
    assert AskGraph(store, load_model(str(SHIPPED)), threshold=0.0).ask(question).text == answer
