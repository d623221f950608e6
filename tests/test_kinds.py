"""Kinds that are several of a graph's types."""

from __future__ import annotations

import pytest

from kg.graph import Entity, Fact, Literal, Relation, Schema
from kg.networkx_store import NetworkXStore
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.kinds import kinds_of

FLEET = {
    "Aurora": ("ContainerShip", 300, "North Line"),
    "Borealis": ("ContainerShip", 366, "North Line"),
    "Triton": ("Tanker", 333, "South Oil"),
    "Niamh": ("Ferry", 180, "North Line"),
}


def schema(*types: str, relations: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Schema:
    known = {id: Relation(id, domain=tuple((type, 1) for type in domain)) for id, domain in relations}
    return Schema(relations=known, types=dict.fromkeys(types, 1))


def test_the_last_word_of_a_compound_says_what_it_is() -> None:
    kinds = kinds_of(schema("bus station", "railway station", "town"))
    assert kinds["station"] == kinds["stations"] == ("bus station", "railway station")
    assert "town" not in kinds


def test_so_is_what_stands_in_the_same_relations() -> None:
    both = ("ContainerShip", "Tanker")
    kinds = kinds_of(schema(*both, "Port", relations=(("built at", both), ("length", both), ("berths", ("Port",)))))
    assert kinds["ship"] == both


def test_one_type_alone_is_no_kind_nor_is_what_is_a_type_itself() -> None:
    assert kinds_of(schema("CrewMember", "Port")) == {}
    assert kinds_of(schema("station", "bus station", "railway station")) == {}
    assert kinds_of(schema("player of the year", "coach of the year", "Level 2", "Grade 2")) == {}


@pytest.fixture(scope="module")
def ag() -> AskGraph:
    facts = [Fact(name, "length", Literal(length)) for name, (_, length, _) in FLEET.items()]
    facts += [Fact(name, "owned by", owner) for name, (_, _, owner) in FLEET.items()]
    facts += [Fact("Harbour Pier", "owned by", "North Line")]
    types = [Entity(name, types=(type,)) for name, (type, _, _) in FLEET.items()]
    types += [
        Entity("Harbour Pier", types=("Pier",)),
        *(Entity(x, types=("Company",)) for x in ("North Line", "South Oil")),
    ]
    store = NetworkXStore.open()
    store.add(facts, types, batch="fleet")
    return AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many ships are there?", "4"),
        ("How many ships does North Line own?", "3"),
        ("Which ships are longer than 320?", "Borealis and Triton"),
        ("Which is the shortest ship?", "Niamh"),
        ("Which ships are not owned by North Line?", "Triton"),
    ],
)
def test_a_kind_is_asked_for_like_a_type(ag: AskGraph, question: str, answer: str) -> None:
    assert ag.ask(question).text == answer
