"""Requests for everything about something."""

from __future__ import annotations

import networkx as nx
import pytest

from qa_pipeline import AskGraph


@pytest.fixture(scope="module")
def ag() -> AskGraph:
    graph = nx.MultiDiGraph()
    graph.add_node("ada", label="Ada Lovelace", type="person")
    graph.add_edge("ada", "London", relation="place of birth")
    graph.add_edge("ada", "Lord Byron", relation="father")
    return AskGraph.open(graph, threshold=0.0)


@pytest.mark.parametrize(
    "question",
    [
        "Tell me about Ada Lovelace.",
        "What do you know about Ada Lovelace?",
        "Please tell me more about Ada Lovelace",
        "everything about Ada Lovelace",
    ],
)
def test_it_is_said_what_can_be_asked(ag: AskGraph, question: str) -> None:
    answer = ag.ask(question)
    assert answer.status == "abstained" and answer.answers == ()
    assert "everything about Ada Lovelace" in answer.reason
    assert "place of birth" in answer.reason and "father" in answer.reason


@pytest.mark.parametrize("question", ["Tell me about the father of Ada Lovelace", "Tell me Ada Lovelace's father"])
def test_who_asks_for_one_thing_gets_it(ag: AskGraph, question: str) -> None:
    assert ag.ask(question).text == "Lord Byron"
