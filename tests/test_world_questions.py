"""The questions over the demo graph: well typed, writable, with the answers that their plans give, and fairly halved."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from kg.check import check
from kg.graph import Literal
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Count,
    CountOf,
    Difference,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    Measure,
    OfType,
    Plan,
    Union,
    Values,
)
from kg.plan_json import plan_to_dict
from loaders.questions import read_questions
from tests.world_answers import QUESTIONS, answers_of, plan_of, read_rows, world_store

ROWS = read_rows()
ANSWERABLE = [row for row in ROWS if not row["unanswerable"]]
GROUPS = Counter(row["group"] for row in ROWS)


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("row", ANSWERABLE, ids=names(ANSWERABLE))
def test_a_plan_gives_the_stored_answers(row: dict[str, Any]) -> None:
    plan = plan_of(row)
    assert plan is not None
    check(plan)
    assert plan_to_dict(plan) == row["plan"]
    assert answers_of(world_store(), plan) == row["answers"], row["question"]


@pytest.mark.parametrize("row", ANSWERABLE, ids=names(ANSWERABLE))
def test_a_plan_speaks_of_what_is_in_the_graph(row: dict[str, Any]) -> None:
    """A misspelt id or relation would be an empty set, not an error."""
    schema = world_store().schema()
    for part in _parts(row["plan"]):
        if part["operator"] == "Entities":
            assert set(world_store().entities(part["ids"])) == set(part["ids"])
        assert part.get("relation") is None or part["relation"] in schema.relations
        assert "type" not in part or part["type"] in schema.types


def _parts(told: Any) -> list[dict[str, Any]]:
    if isinstance(told, dict):
        return ([told] if "operator" in told else []) + [p for v in told.values() for p in _parts(v)]
    return [p for v in told for p in _parts(v)] if isinstance(told, list) else []


@pytest.mark.parametrize("row", ANSWERABLE, ids=names(ANSWERABLE))
def test_the_grammar_can_write_a_plan(row: dict[str, Any]) -> None:
    plan = plan_of(row)
    assert plan is not None
    assert _writable(plan), plan


def _writable(plan: Plan) -> bool:
    """Whether the plan has the shapes that ``qa_pipeline.grammar`` writes; its stack holds two sets."""
    if isinstance(plan, Count | Exists):
        return _set(plan.source, 2)
    if isinstance(plan, Aggregate):
        return plan.function in ("sum", "mean") and isinstance(plan.measure, Attribute) and _set(plan.source, 2)
    return _set(plan, 2)


def _set(plan: Plan, room: int) -> bool:
    if isinstance(plan, Entities | OfType | Values):
        return True
    if isinstance(plan, Join):
        return _set(plan.source, room)
    if isinstance(plan, Intersect | Union | Difference):
        return room > 1 and _set(plan.left, room) and _set(plan.right, room - 1)
    if isinstance(plan, FilterType):  # "… AND the type", which stands on the stack
        return room > 1 and _set(plan.source, room)
    if isinstance(plan, Best):
        return _measure(plan.measure) and 1 in (plan.limit, plan.offset + 1) and _set(plan.source, room)
    return isinstance(plan, Filter) and _measure(plan.measure) and _bound(plan) and _set(plan.source, room)


def _measure(measure: Measure) -> bool:
    if isinstance(measure, CountOf):
        return isinstance(measure.plan, Join) and isinstance(measure.plan.source, Here)
    return measure.relation is not None


def _bound(plan: Filter) -> bool:
    counting = isinstance(plan.measure, CountOf)
    if isinstance(plan.bound, Literal):
        return plan.comparison in ((">", "<", ">=", "=") if counting else (">", "<", ">=", "<="))
    same = isinstance(plan.bound, Join) and Attribute(plan.bound.relation) == plan.measure
    return same and isinstance(plan.bound, Join) and isinstance(plan.bound.source, Entities)


def test_there_are_enough_of_every_kind() -> None:
    assert len(ROWS) >= 160
    assert GROUPS["unanswerable"] >= 25
    assert len(GROUPS) >= 20
    assert min(GROUPS.values()) >= 6
    assert max(GROUPS.values()) <= len(ROWS) / 8


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_the_halves_have_the_same_of_every_kind(group: str) -> None:
    halves = Counter(row["half"] for row in ROWS if row["group"] == group)
    assert set(halves) == {"guide", "score"}
    assert abs(halves["guide"] - halves["score"]) <= 1


def test_the_halves_are_alike() -> None:
    guide, score = ([row for row in ROWS if row["half"] == half] for half in ("guide", "score"))
    assert abs(len(guide) - len(score)) <= 4
    lengths = [sum(len(row["question"]) for row in half) / len(half) for half in (guide, score)]
    assert abs(lengths[0] - lengths[1]) < 5


def test_ids_and_wordings_are_used_once() -> None:
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert len({row["question"].casefold() for row in ROWS}) == len(ROWS)


def test_unanswerable_questions_have_neither_plan_nor_answers() -> None:
    for row in ROWS:
        assert (
            row["unanswerable"] == (row["plan"] is None) == (row["answers"] is None) == (row["group"] == "unanswerable")
        )


def test_the_question_reader_reads_the_file() -> None:
    questions = read_questions(QUESTIONS)
    assert [q.text for q in questions] == [row["question"] for row in ROWS]
    assert [q.group for q in questions] == [row["group"] for row in ROWS]
    assert [q.answers is None for q in questions] == [row["unanswerable"] for row in ROWS]
