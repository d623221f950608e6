"""What people said of answers: an append-only log of votes, kept with the graph. No vote changes a fact.

What the votes come to is computed where questions are read (:mod:`qa_pipeline.opinions`), from their users and times.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

Direction = tuple[str, bool]  # a relation, and whether it is walked from tail to head
FactKey = tuple[str, str, str, str, str]  # kg.graph.Fact.key


@dataclass(frozen=True, slots=True)
class Vote:
    """One user's word on one answer.

    :param time: when, ISO 8601 with its offset, in UTC
    :param question: as the model sees it, with the names of entities masked
    :param choices: the relations that should (up to 1.0) or should not (down to −1.0) have been used for such a question
    :param facts: the same of facts, by their key
    """

    id: str
    user: str
    time: str
    question: str
    correct: bool
    choices: tuple[tuple[Direction, float], ...] = ()
    facts: tuple[tuple[FactKey, float], ...] = ()


def choices_json(vote: Vote) -> str:
    """The choices as a store keeps them."""
    return json.dumps([[relation, inverse, sign] for (relation, inverse), sign in vote.choices], ensure_ascii=False)


def facts_json(vote: Vote) -> str:
    """The facts as a store keeps them."""
    return json.dumps([[*key, sign] for key, sign in vote.facts], ensure_ascii=False)


def vote_from(id: str, user: str, time: str, question: str, correct: bool, choices: str, facts: str) -> Vote:
    """The vote of a row of a store."""
    chosen = tuple(((relation, bool(inverse)), float(sign)) for relation, inverse, sign in json.loads(choices))
    told = tuple(
        ((head, relation, tail, start, end), float(sign))
        for head, relation, tail, start, end, sign in json.loads(facts)
    )
    return Vote(id, user, time, question, bool(correct), chosen, told)
