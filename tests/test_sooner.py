"""Whether something came before something else, and what did."""

from __future__ import annotations

import pytest

from kg.graph import Fact, Literal, Schema
from kg.networkx_store import NetworkXStore
from kg.plan import Attribute, Best, Join
from kg.question import Candidate, Link, Mention, Subgraph
from qa_pipeline import AskGraph
from qa_pipeline.ask_graph import SHIPPED, load_model
from qa_pipeline.said import Said
from qa_pipeline.sooner import Sooner, sooner, sooner_said

BORN = {"Ida": "1950-03-01", "Karl": "1948-07-12", "Max": "1920-01-30", "Rosa": "1925-11-05"}
DIED = {"Max": "1999-05-02", "Rosa": "1990-08-17"}
FOUNDED = {"Lynx Books": 1951, "Plover Press": 1987, "Heron House": 1990}


def named(text: str) -> list[Link]:
    return [
        Link(Mention(at, at + len(name), name, "entity"), (Candidate(name, name, 1.0),), 1.0)
        for name in ("Ann", "Bob", "Rome")
        if (at := text.find(name)) >= 0
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Was Ann born before Bob?", (0, "<", 1)),
        ("Did Ann die after the Bob", (0, ">", 1)),
        ("Was Ann built earlier than Bob?", (0, "<", 1)),
        ("Who was born after Bob?", (-1, ">", 0)),
        ("which came out before Bob", (-1, "<", 0)),
        ("Who is named after Bob?", None),
        ("Who was king before Bob?", None),
        ("Who was born before Bob's brother?", None),
        ("Was Ann in Rome before Bob?", None),
        ("Did Ann look after Bob?", None),
        ("Which streets were renamed after Bob?", None),
        ("Was Ann born in Rome?", None),
    ],
)
def test_what_is_compared(text: str, said: tuple[int, str, int] | None) -> None:
    whether = text.startswith(("Was", "Did"))
    assert sooner_said(text, named(text), whether) == said


def test_what_is_called_so_is_no_comparison() -> None:
    text = "Was Ann seated before Bob?"
    said = Said("seated before", frozenset(("seated before",)), frozenset())
    assert sooner_said(text, named(text), True, (said,)) is None


def test_what_is_ranked_is_left_alone() -> None:
    link = named("Bob")[0]
    ranked = Best(Join(link.start, "song"), Attribute("length"))
    assert sooner(ranked, Sooner(-1, ">", 0), Subgraph((link,)), Schema()) == ranked


@pytest.fixture(scope="module")
def ag() -> AskGraph:
    store = NetworkXStore.open()
    dates = [Fact(name, "birth date", Literal(day, "date")) for name, day in BORN.items()]
    dates += [Fact(name, "death date", Literal(day, "date")) for name, day in DIED.items()]
    years = [Fact(name, "founding year", Literal(year)) for name, year in FOUNDED.items()]
    places = [Fact(name, "born in", "Ulm") for name in BORN] + [Fact(name, "located in", "Ulm") for name in FOUNDED]
    store.add([*dates, *years, *places], batch="register")
    return AskGraph(store, load_model(str(SHIPPED)), threshold=0.0)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Was Ida born before Karl?", "no"),
        ("Was Karl born before Ida?", "yes"),
        ("Did Max die before Rosa?", "no"),
        ("Did Max die after Rosa?", "yes"),
        ("Was Lynx Books founded before Plover Press?", "yes"),
        ("Was Heron House founded earlier than Plover Press?", "no"),
    ],
)
def test_whether_something_came_first(ag: AskGraph, question: str, answer: str) -> None:
    assert ag.ask(question).text == answer


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("Who was born before Karl?", {"Max", "Rosa"}),
        ("Who was born after Karl?", {"Ida"}),
        ("Which publishers were founded after Lynx Books?", {"Plover Press", "Heron House"}),
    ],
)
def test_what_came_before_or_after(ag: AskGraph, question: str, answers: set[str]) -> None:
    assert {item.label for item in ag.ask(question).answers} == answers


def test_who_has_no_date_is_not_compared(ag: AskGraph) -> None:
    assert ag.ask("Did Ida die before Max?").text != "yes"
