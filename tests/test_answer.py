"""The answer as JSON: exactly the promised keys, plain values only."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx
import pytest

from kg.graph import Fact, Literal
from kg.plan import Entities, Join
from kg.plan_json import plan_from_dict
from kg.question import Candidate, Link, Mention
from qa_pipeline import Answer, AnswerItem, AskGraph, Question
from qa_pipeline.answer import STATUSES

KEYS = [
    "question", "text", "answers", "confidence", "status", "reason", "alternatives", "links", "plan", "cypher", "sparql",
    "evidence", "subgraph", "timings_ms",
]  # fmt: skip


def is_plain(value: Any) -> bool:
    """Whether JSON has the value as it is: exact types, no enums, arrays of numpy or tensors."""
    if type(value) is dict:
        return all(type(key) is str and is_plain(inner) for key, inner in value.items())
    if type(value) is list:
        return all(map(is_plain, value))
    return value is None or type(value) in (str, int, float, bool)


@pytest.fixture(scope="module")
def ag() -> AskGraph:
    graph = nx.MultiDiGraph()
    graph.add_node("AT", label="Austria", type="country")
    graph.add_node("W", label="Vienna", type="city")
    graph.add_edge("AT", "W", relation="capital")
    graph.add_edge("W", "AT", relation="country")
    return AskGraph.open(graph)


@pytest.mark.parametrize("question", ["What is the capital of Austria?", "Who is the mayor of Atlantis?", "", "维也纳"])
def test_every_answer_has_exactly_these_keys(ag: AskGraph, question: str) -> None:
    answer = ag.batch([question])[0]
    told = answer.to_json()
    assert list(told) == KEYS
    assert all(hasattr(answer, key) for key in KEYS)
    assert is_plain(told)
    assert json.loads(json.dumps(told, allow_nan=False)) == told
    assert told["status"] in STATUSES and 0 <= told["confidence"] <= 1
    assert told["status"] == "answered" or (told["reason"] and not told["answers"] and not told["text"])


def test_an_answered_question_carries_its_proof(ag: AskGraph) -> None:
    told = ag.ask("What is the capital of Austria?").to_json()
    assert told["status"] == "answered" and told["text"] == "Vienna"
    (item,) = told["answers"]
    assert (item["id"], item["label"], item["value"]) == ("W", "Vienna", None)
    assert told["evidence"] == [["AT", "capital", "W"]]
    assert plan_from_dict(told["plan"]) is not None
    assert "MATCH" in told["cypher"] and "SELECT" in told["sparql"]
    subgraph = nx.node_link_graph(told["subgraph"], edges="edges")
    assert len(subgraph) and all("seed" in data for _, data in subgraph.nodes(data=True))
    assert any(link["mention"] == "Austria" and link["candidates"][0]["id"] == "AT" for link in told["links"])


def test_values_of_every_kind_are_plain() -> None:
    number, year = Literal(5.5), Literal("1986", "date")
    answer = Answer(
        "?", "5.5", (AnswerItem(None, number.text, number.value, 0.5), AnswerItem(None, "yes", True, 0.5)), 0.5,
        alternatives=(("the capital", 0.25),),
        links=(
            Link(Mention(0, 4, "1986", "date", year), (), 1.0),
            Link(Mention(5, 7, "Oz", "entity")),
            Link(Mention(-1, -1, "AT", "entity"), (Candidate("AT", "Austria", 1.0),), 1.0),
        ),
        plan=Join(Entities(("AT",)), "capital"), evidence=(Fact("AT", "area", number), Fact("AT", "since", year)),
    )  # fmt: skip
    told = answer.to_json()
    assert is_plain(told)
    assert told["evidence"] == [["AT", "area", 5.5], ["AT", "since", "1986"]]
    assert told["links"][0]["value"] == "1986" and told["links"][1]["candidates"] == []
    assert told["alternatives"] == [{"plan": "the capital", "probability": 0.25}]


def test_a_batch_keeps_its_order_and_never_raises(ag: AskGraph) -> None:
    questions = [
        "",
        "What is the capital of Austria?",
        "x" * 10_000,
        "\ud800",
        Question("capital of AT", topics=("AT",)),
    ]
    answers = ag.batch([*questions, 5])  # type: ignore[list-item]
    assert [a.status for a in answers[:4]] == ["error", "answered", "error", "error"]
    assert answers[5].status == "error" and all(a.reason for a in answers)
    for answer in answers:
        json.dumps(answer.to_json(), ensure_ascii=False).encode()


def test_under_a_threshold_that_nothing_reaches_the_reading_is_still_told(ag: AskGraph) -> None:
    reading, answer = ag.consider([Question("What is the capital of Austria?")], threshold=1.1)[0]
    assert answer.status == "abstained" and not answer.answers
    assert "capital of Austria" in answer.reason and answer.alternatives[0][0] == "the capital of Austria"
    assert reading.hypotheses
