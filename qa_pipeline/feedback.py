"""Feedback on an answer, as a vote: which relations and which facts it speaks for, and which against.

With the expected answers known, the plan is searched that gives them (:mod:`qa_pipeline.gold_plans`). If it is the plan of the
answer, its relations are praised, and the facts are told apart by what they lead to; if it is another, its relations are praised
and the answer's blamed, as far as the two differ. Without them a wrong answer is blamed on all that it used, a share on each.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from encoder.memory import masked_text
from kg.errors import FeedbackError
from kg.evidence import evidence
from kg.graph import Fact
from kg.plan import Plan, Result
from kg.question import Question
from kg.votes import Direction, FactKey, Vote
from qa_pipeline.answer import Answer
from qa_pipeline.gold_plans import PARTLY, GoldJudge, plan_of
from qa_pipeline.metrics import score
from qa_pipeline.names_meant import narrowed
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.respond import items_of
from qa_pipeline.said import relations_of

FACTS = 50  # most facts of one vote, on either side
LISTED = 500  # most answers that are told apart

Choices = dict[Direction, float]
Facts = dict[FactKey, float]


@dataclass(frozen=True)
class Feedback:
    """What a user says of an answer.

    :param correct: whether it is right; None: the expected answers say so
    :param expected: the right answers (ids, labels or canonical texts of literals); ``()``: there are none; None: not told
    """

    answer: Answer
    correct: bool | None = None
    expected: tuple[str, ...] | None = None
    user: str = ""


def vote_on(reader: QuestionReader, feedback: Feedback, now: datetime) -> Vote:
    """The vote that feedback comes to.

    :raises FeedbackError: it says neither whether the answer is right nor what is, or there is nothing to be learned from it
    """
    answer, expected = feedback.answer, feedback.expected
    if feedback.correct is None and expected is None:
        raise FeedbackError("say whether the answer is correct, or what was expected")
    if expected and feedback.correct is not True:
        correct, choices, facts = _compared(reader, answer, expected)
        correct = correct if feedback.correct is None else feedback.correct
    else:
        correct = not answer.answers if feedback.correct is None else feedback.correct
        choices, facts = _praised(answer) if correct else _blamed(answer)
    if not choices and not facts:
        raise FeedbackError(
            f"nothing can be learned from this for {answer.question!r}: no plan of this graph was used"
            + (", and none gives what is expected" if expected else "; say what is expected")
        )
    question = masked_text(answer.question, answer.links)
    when = now.astimezone(UTC).isoformat(timespec="seconds")
    return Vote(
        secrets.token_hex(6), feedback.user, when, question, correct, tuple(choices.items()), tuple(facts.items())
    )


def _praised(answer: Answer) -> tuple[Choices, Facts]:
    """For all that the answer used."""
    if answer.plan is None:
        return {}, {}
    return dict.fromkeys(relations_of(answer.plan), 1.0), {fact.key: 1.0 for fact in answer.evidence[:FACTS]}


def _blamed(answer: Answer) -> tuple[Choices, Facts]:
    """Against all that the answer used: who is to blame is not known, so each has a share."""
    if answer.plan is None:
        return {}, {}
    used, facts = list(dict.fromkeys(relations_of(answer.plan))), answer.evidence[:FACTS]
    return {d: -1.0 / len(used) for d in used}, {fact.key: -1.0 / len(facts) for fact in facts}


def _compared(reader: QuestionReader, answer: Answer, expected: Sequence[str]) -> tuple[bool, Choices, Facts]:
    """Whether the answer is right, and who is to be praised and blamed, from what was expected."""
    store = reader.store
    found = score(answer.answers, expected, store.entities(expected).keys())
    reading = _read_again(reader, answer, expected)
    right = _right_plan(reader, reading, answer.plan)
    if right is None:
        choices, facts = _blamed(answer)
        return found.exact, choices, facts
    ours = dict.fromkeys(relations_of(right))
    theirs = dict.fromkeys(relations_of(answer.plan)) if answer.plan is not None else {}
    praised = {d: 1.0 for d in ours if d not in theirs or ours == theirs}
    blamed = {d: -1.0 for d in theirs if d not in ours}
    return found.exact, praised | blamed, _told_apart(reader, reading, right, expected)


def _read_again(reader: QuestionReader, answer: Answer, expected: Sequence[str]) -> Reading:
    """The question as it was read, with the plans that it may mean."""
    asked = answer.asked or Question(answer.question)
    question = Question(asked.text, topics=asked.topics, exclude_topics=asked.exclude_topics, answers=tuple(expected))
    reading = reader.spelled_out(question)
    reading.links = reader.link(reading.question) if reading.moved else list(answer.links)
    reader.understand([reading], voted=False)  # a vote is about what the model thinks, not about other votes
    return reading


def _right_plan(reader: QuestionReader, reading: Reading, used: Plan | None) -> Plan | None:
    """The plan that gives best what is expected: the one that was used before others, then the model's own before others."""
    judge = GoldJudge(reader, reading)
    best: tuple[float, Plan | None] = (judge.score(used).f1, used) if used is not None else (0.0, None)
    for hypothesis, found in judge.beam():
        best = max(best, (found.f1, hypothesis.plan), key=lambda b: b[0])
    if best[0] < 1.0:
        exact, partly = judge.search()
        if exact:
            best = (1.0, plan_of(reading.grammar, exact[0]))
        elif partly[0] > best[0]:
            best = (partly[0], plan_of(reading.grammar, partly[1]))
    if used is not None and judge.score(used).f1 >= PARTLY and best[1] is not None and _same_relations(used, best[1]):
        return used  # what it gives too much is the facts' fault
    return best[1] if best[0] >= PARTLY else None


def _same_relations(left: Plan, right: Plan) -> bool:
    return set(relations_of(left)) == set(relations_of(right))


def _told_apart(reader: QuestionReader, reading: Reading, plan: Plan, expected: Sequence[str]) -> Facts:
    """Facts behind what is expected are praised; those behind other answers of the plan, and behind nothing else, blamed."""
    store = reader.store
    plan, result, _ = narrowed(store, plan, reading.links)
    if result.kind != "set" or len(result.nodes) > LISTED:
        return {}
    known = store.entities(expected).keys()
    items = items_of(store, result, 1.0)
    good = [node for node, item in zip(result.nodes, items, strict=True) if score([item], expected, known).hit]
    bad = [node for node in result.nodes if node not in set(good)]
    praised = _behind(reader, plan, result, good)
    blamed = [fact for fact in _behind(reader, plan, result, bad) if fact not in set(praised)]
    signs = dict.fromkeys((fact.key for fact in praised), 1.0)
    for node in bad[:FACTS]:
        own = [fact for fact in _behind(reader, plan, result, [node]) if fact in set(blamed)]
        signs |= {fact.key: -1.0 / len(own) for fact in own}
    return signs


def _behind(reader: QuestionReader, plan: Plan, result: Result, nodes: Sequence[object]) -> tuple[Fact, ...]:
    kept = tuple(node for node in result.nodes if node in set(nodes))
    return evidence(reader.store, plan, Result("set", kept), FACTS) if kept else ()
