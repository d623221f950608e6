"""Questions over a graph that is there: their answers are what the graph says, and each file of them can be used at once."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import pytest

from kg.errors import AskGraphError
from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Difference
from kg.plan_json import plan_from_dict
from loaders.questions import read_questions
from qa_pipeline.cli import main
from qa_pipeline.synth import on_graph
from qa_pipeline.synth.example import KINDS
from qa_pipeline.synth.on_graph import GroundedQuestion, QuestionFactory, answers_of

PEOPLE = ("Ada", "Ben", "Cleo", "Dan", "Eva", "Finn")
TOWNS = ("Arden", "Brook", "Corum")
FACTS = [
    *(Fact(p, "lives in", TOWNS[i % 3]) for i, p in enumerate(PEOPLE)),
    *(Fact(p, "friend", PEOPLE[(i + 1) % 6]) for i, p in enumerate(PEOPLE)),
    *(Fact(p, "age", Literal(20 + 7 * i)) for i, p in enumerate(PEOPLE)),
    *(Fact(t, "mayor", PEOPLE[i]) for i, t in enumerate(TOWNS)),
]
TYPES = [*(Entity(p, types=("person",)) for p in PEOPLE), *(Entity(t, types=("town",)) for t in TOWNS)]


def graph(entities: list[Entity]) -> NetworkXStore:
    store = NetworkXStore.open()
    store.add(FACTS, entities, batch="town")
    return store


def some(store: NetworkXStore, count: int = 60, seed: int = 3, unanswerable: float = 0.2) -> list[GroundedQuestion]:
    return list(itertools.islice(QuestionFactory(store, seed, unanswerable).questions(), count))


@pytest.mark.parametrize("entities", [TYPES, []], ids=["typed", "untyped"])
def test_the_answers_are_what_the_plan_gives_and_the_topics_are_named(entities: list[Entity]) -> None:
    store = graph(entities)
    questions = some(store)
    answerable = [q for q in questions if q.plan is not None]
    assert len({q.text for q in questions}) == len(questions) and len(answerable) > 30
    for question in answerable:
        assert question.plan is not None
        assert question.answers == answers_of(store.execute(question.plan)) != ()
        assert all(topic in question.text for topic in question.topics)
    assert len({q.kind for q in answerable}) > (8 if entities else 5)


def test_what_the_graph_cannot_answer_names_nothing_that_it_has_or_no_relation_of_its() -> None:
    without = [q for q in some(graph(TYPES), 100, unanswerable=0.3) if q.answers is None]
    assert {q.kind for q in without} == {"unknown name", "unknown relation"}
    for question in without:
        if question.kind == "unknown name":
            assert not {*PEOPLE, *TOWNS} & set(re.findall(r"\w+", question.text)), question.text
        else:
            assert not any(word in question.text for word in ("lives", "friend", " age ", "mayor")), question.text


def test_what_a_question_excepts_is_in_the_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_graph, "KINDS", {"excepted": KINDS["excepted"]})
    store = graph(TYPES)
    differences = [q.plan for q in some(store, 30, unanswerable=0.0)]
    assert len(differences) == 30
    for plan in differences:
        assert isinstance(plan, Difference)
        assert set(store.execute(plan.right).nodes) <= set(store.execute(plan.left).nodes)


def test_the_same_seed_gives_the_same_questions() -> None:
    assert some(graph(TYPES), 30) == some(graph(TYPES), 30)
    assert some(graph(TYPES), 30) != some(graph(TYPES), 30, seed=4)


def test_a_name_that_two_things_bear_is_not_used() -> None:
    same = [Entity(p, label="Ada", types=("person",)) for p in PEOPLE[:3]]
    questions = some(graph([*same, *TYPES]), 40, unanswerable=0.0)
    assert not any({"Ada", "Ben", "Cleo"} & set(q.topics) for q in questions)


def test_a_graph_without_relations_between_entities_is_one_clear_error() -> None:
    store = NetworkXStore.open()
    store.add([Fact("Ada", "age", Literal(20))], batch="one")
    with pytest.raises(AskGraphError, match="no relation between entities"):
        QuestionFactory(store)


NAMELESS = [
    Entity("1", label="Ada"),
    Entity("2", label="Ada"),
]  # nothing can be asked of one that is not also the other


def test_a_graph_that_has_no_further_question_says_how_many_there_were() -> None:
    store = NetworkXStore.open()
    store.add([Fact("1", "friend", "2")], NAMELESS, batch="one")
    with pytest.raises(AskGraphError, match="no further question after 0"):
        some(store, 5, unanswerable=0.0)


def test_the_command_writes_questions_that_eval_and_train_can_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = NetworkXStore.open(tmp_path / "town.kg")
    kept.add(FACTS, TYPES, batch="town")
    kept.close()
    out = tmp_path / "questions.jsonl"
    told = ["--graph", str(tmp_path / "town.kg"), "--out", str(out)]
    assert main(["synth", *told, "--count", "40", "--unanswerable", "0.2"]) == 0
    assert "40 questions" in capsys.readouterr().out
    questions = read_questions(out)
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert len(questions) == 40 and any(q.answers is None for q in questions)
    assert all(row["plan"] is None or plan_from_dict(row["plan"]) for row in rows)
    assert [q.text for q in questions] == [row["question"] for row in rows]


def test_a_failing_command_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = NetworkXStore.open(tmp_path / "one.kg")
    kept.add([Fact("1", "friend", "2")], NAMELESS, batch="one")
    kept.close()
    out = tmp_path / "questions.jsonl"
    assert main(["synth", "--graph", str(tmp_path / "one.kg"), "--out", str(out), "--unanswerable", "0"]) == 2
    assert "no further question" in capsys.readouterr().err
    assert list(tmp_path.glob("questions*")) == []
