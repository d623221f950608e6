"""Records that stand between two names and are left unsaid: "how much did X get for Y?"."""

from __future__ import annotations

import pytest

from kg.graph import Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.question import Question
from qa_pipeline import AskGraph
from qa_pipeline.answer_type import AskedFor
from qa_pipeline.between import between
from tests.small_graph import asking, store_of

PEOPLE = ("Keiko Ono", "Miles Dorsey", "Victor Hale")
CONCERTS = ("Winter Gala", "Spring Gala")
ROWS = [
    ("Keiko Ono", "Winter Gala", 12000, "2023-05-19", "Victor Hale"),
    ("Keiko Ono", "Spring Gala", 9500, "2023-06-01", "Victor Hale"),
    ("Miles Dorsey", "Winter Gala", 8000, "2023-05-02", "Victor Hale"),
]
FACTS = [
    fact
    for i, (who, concert, fee, signed, by) in enumerate(ROWS)
    for fact in (
        Fact(f"E{i}", "eng_who", who),
        Fact(f"E{i}", "eng_for", concert),
        Fact(f"E{i}", "fee", Literal(fee)),
        Fact(f"E{i}", "signed", Literal(signed, "date")),
        Fact(f"E{i}", "approved_by", by),
    )
]


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    types = {"person": PEOPLE, "concert": CONCERTS, "engagement": [f"E{i}" for i in range(len(ROWS))]}
    return store_of(types, FACTS)


@pytest.fixture(scope="module")
def ag(store: NetworkXStore) -> AskGraph:
    return asking(store)


@pytest.mark.parametrize(
    ("question", "asked", "answer"),
    [
        ("how much did Keiko Ono get for the Winter Gala", AskedFor(amount=True), ["12000"]),
        ("when was Miles Dorsey signed up for Winter Gala?", AskedFor(when=True), ["2023-05-02"]),
        ("who allowed Keiko Ono to play at the Spring Gala?", AskedFor(person=True), ["Victor Hale"]),
        ("when was Miles Dorsey signed up for Spring Gala?", AskedFor(when=True), None),  # no such engagement
        ("how much did Keiko Ono get?", AskedFor(amount=True), None),  # one name alone
        ("what did Keiko Ono get for the Winter Gala", AskedFor(), None),  # it does not say what
    ],
)
def test_what_a_record_has_that_leads_to_both_names(
    store: NetworkXStore, ag: AskGraph, question: str, asked: AskedFor, answer: list[str] | None
) -> None:
    [reading] = ag.reader.read([Question(question)])
    found = between(store, reading, asked, ("person",))
    texts = [n if isinstance(n, str) else n.text for n in found[1].nodes] if found else None
    assert texts == answer


def test_things_that_are_asked_for_themselves_are_no_records(store: NetworkXStore, ag: AskGraph) -> None:
    [reading] = ag.reader.read([Question("which engagement of Keiko Ono was for the Winter Gala?")])
    assert between(store, reading, AskedFor(types=("engagement",)), ("person",)) is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("how much did Keiko Ono get for the Winter Gala", "12000"),
        ("when was Miles Dorsey signed up for Winter Gala?", "2023-05-02"),
    ],
)
def test_a_question_is_answered_by_it(ag: AskGraph, question: str, answer: str) -> None:
    assert ag.ask(question).text == answer
