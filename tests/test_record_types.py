"""Records tie things together: who asks what was borrowed wants the things, and what was never inspected has no inspection."""

from __future__ import annotations

import pytest

from kg.graph import Fact
from kg.networkx_store import NetworkXStore
from qa_pipeline import AskGraph
from qa_pipeline.record_types import record_types, unasked_records
from tests.small_graph import asking, store_of

OBJECTS = ("Ferry Model", "Peacock Tureen", "Ship's Bell", "Oak Chest")
FACTS = [
    *(Fact(f"L{i}", "loaned_item", item) for i, item in enumerate(OBJECTS[:3])),
    Fact("L0", "borrower", "Holm Museum"),
    Fact("L1", "borrower", "Holm Museum"),
    Fact("L2", "borrower", "Sand Museum"),
    Fact("V0", "checks", "Ferry Model"),
    Fact("V1", "checks", "Peacock Tureen"),
    Fact("V0", "done_by", "Ida Holm"),
    Fact("V1", "done_by", "Ida Holm"),
]
TYPES = {
    "object": OBJECTS,
    "loan": ("L0", "L1", "L2"),
    "inspection": ("V0", "V1"),
    "museum": ("Holm Museum", "Sand Museum"),
    "curator": ("Ida Holm",),
}


@pytest.fixture(scope="module")
def store() -> NetworkXStore:
    return store_of(TYPES, FACTS)


@pytest.fixture(scope="module")
def ag(store: NetworkXStore) -> AskGraph:
    return asking(store)


def test_records_lead_to_things_of_several_types_and_nothing_leads_to_them(store: NetworkXStore) -> None:
    assert record_types(store.schema()) == {"loan", "inspection"}


@pytest.mark.parametrize(
    ("question", "records"),
    [
        ("What has Holm Museum borrowed?", {"loan", "inspection"}),
        ("show me everything that went to Holm Museum", {"loan", "inspection"}),
        ("Which loans went to Holm Museum?", set()),
        ("Holm Museum loans", set()),
    ],
)
def test_they_are_not_meant_where_things_are_asked_for(store: NetworkXStore, question: str, records: set[str]) -> None:
    assert unasked_records(store.schema(), question, ()) == records


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What has Holm Museum borrowed?", "Ferry Model and Peacock Tureen"),
        ("Which objects have never been inspected?", "Oak Chest and Ship's Bell"),
        ("How many objects were never inspected?", "2"),
    ],
)
def test_questions_are_answered_by_what_they_tie(ag: AskGraph, question: str, answer: str) -> None:
    assert ag.ask(question).text == answer
