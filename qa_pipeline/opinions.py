"""What votes come to: how much a question leans to or from a relation, and how far a fact is trusted. Always within bounds.

A vote on the choice of relations speaks for questions like its own: as far as the model's vectors of the two, names masked, are
alike, and not at all below :data:`NEAR`. It loses half of its weight every :data:`HALF_LIFE` days. Each user has one opinion on
a relation for a question, and on a fact, however often it was said; the opinions of several add up towards the bound. Who mostly
says the opposite of the others loses standing, down to none (after Dawid & Skene 1979, who estimate the errors of observers from
one another). Which numbers were taken, and why: docs/decisions/0015.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from kg.graph import Fact
from kg.votes import Direction, FactKey, Vote

HALF_LIFE = 180.0  # days
NEAR = 0.6  # likeness of two questions (a cosine) below which votes on one say nothing of the other
LEAN = 3.0  # the most that votes add to, or take from, the logarithm of how much a relation is believed
DOUBT = 2.5  # so many users of one mind lean it by half of that; one alone by a seventh
TRUST = 0.5  # in a fact that nobody has an opinion on
PRIOR = 1.0  # opinions for and against it that are there from the start
DISTRUSTED = 0.25  # what is trusted less is left out of answers: three users more against it than for it
BENEFIT = 1.0  # of the doubt: so many words that nobody contradicts are taken as said by each user
ROUNDS = 3  # of judging users by one another
DAY = 86_400.0

Numbers = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class _Log:
    """The last word of each user on each thing (for choices: on each relation for each text), as parallel arrays."""

    thing: Rows
    user: Rows
    text: Rows
    sign: Numbers
    time: Numbers

    def weight(self, now: float) -> Numbers:
        """How much of each is left."""
        return np.exp2(-np.maximum(0.0, now - self.time) / (HALF_LIFE * DAY))

    def disputable(self) -> list[Rows]:
        """The rows about each thing that several users have had a word on."""
        order = np.argsort(self.thing, kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(self.thing[order])) + 1)
        return [rows for rows in groups if len(rows) > 1 and np.ptp(self.user[rows]) > 0]


@dataclass(frozen=True)
class Opinions:
    """The votes of one revision of a store, ready to be asked.

    :param texts: the different questions that were voted on, names masked, in the order of the rows that ``text`` counts
    :param standing: how much each user's word counts, 0 … 1; None: all the same. Shape: (users,)
    """

    texts: tuple[str, ...] = ()
    directions: tuple[Direction, ...] = ()
    facts: Mapping[FactKey, int] = field(default_factory=dict)
    choices: _Log | None = None
    told: _Log | None = None
    users: tuple[str, ...] = ()
    standing: Numbers | None = None

    @classmethod
    def of(cls, votes: Sequence[Vote]) -> Opinions:
        """Sort votes; of what a user said several times the last counts."""
        texts: dict[str, int] = {}
        users: dict[str, int] = {}
        directions: dict[Direction, int] = {}
        facts: dict[FactKey, int] = {}
        chosen: dict[tuple[int, int, int], tuple[float, float]] = {}
        told: dict[tuple[int, int, int], tuple[float, float]] = {}
        for vote in sorted(votes, key=lambda v: moment(v.time)):  # stable: of one moment the later in the log
            user, text, when = users.setdefault(vote.user, len(users)), -1, moment(vote.time)
            if vote.choices:
                text = texts.setdefault(vote.question, len(texts))
            for direction, sign in vote.choices:
                chosen[directions.setdefault(direction, len(directions)), user, text] = (_sign(sign), when)
            for key, sign in vote.facts:
                told[facts.setdefault(key, len(facts)), user, -1] = (_sign(sign), when)
        return cls(tuple(texts), tuple(directions), facts, _log(chosen), _log(told), tuple(users))

    def judged(self, likeness: Numbers) -> Opinions:
        """The same with each user's standing.

        :param likeness: of the questions that were voted on, each with each (cosines). Shape: (texts, texts)
        """
        standing = np.ones(len(self.users))
        if len(self.users) > 1:
            for _ in range(ROUNDS):
                standing = self._standing(_near(likeness), standing)
        return replace(self, standing=standing)

    def _standing(self, near: Numbers, standing: Numbers) -> Numbers:
        """How far each user does not contradict the others, whose words count as far as they have standing."""
        weight, contradicted = np.zeros(len(self.users)), np.zeros(len(self.users))
        for log in (self.choices, self.told):
            if log is None:
                continue
            for here in log.disputable():
                users, signs, text = log.user[here], log.sign[here], log.text[here]
                alike = near[np.ix_(text, text)] if log is self.choices else np.ones((len(here), len(here)))
                said, size = _by_others(users, signs, alike, standing)
                strength = size / (1.0 + size)
                against = np.maximum(0.0, -np.sign(signs) * said / np.maximum(size, 1e-9))
                np.add.at(weight, users, strength)
                np.add.at(contradicted, users, strength * against)
        return np.clip(1.0 - 2.0 * contradicted / (weight + BENEFIT), 0.0, 1.0)

    def leaning(self, likeness: Numbers, now: datetime) -> dict[Direction, float]:
        """How much a question leans to (or, below zero, from) each relation, −LEAN … LEAN; those left alone are left out.

        :param likeness: of the question with each of :attr:`texts` (cosines). Shape: (texts,)
        """
        log = self.choices
        if log is None or not likeness.size:
            return {}
        near = _near(likeness)[log.text] * log.weight(now.timestamp())
        said = near > 0
        sums: dict[int, list[float]] = {}
        for thing, user, opinion in _each_user(log.thing[said], log.user[said], log.sign[said], near[said]):
            sums.setdefault(thing, []).append(opinion * self._counts(user))
        found = {self.directions[thing]: _lean(opinions) for thing, opinions in sorted(sums.items())}
        return {direction: lean for direction, lean in found.items() if lean}

    def trust(self, now: datetime) -> dict[FactKey, float]:
        """How far each fact is trusted that somebody has an opinion on, 0 … 1."""
        log = self.told
        if log is None:
            return {}
        weighed = log.sign * log.weight(now.timestamp())
        if self.standing is not None:
            weighed *= self.standing[log.user]
        size = len(self.facts)
        pro = np.bincount(log.thing, np.maximum(weighed, 0.0), size)
        contra = np.bincount(log.thing, np.maximum(-weighed, 0.0), size)
        trusted = (PRIOR + pro) / (2 * PRIOR + pro + contra)
        return dict(zip(self.facts, trusted.tolist(), strict=True))

    def _counts(self, user: int) -> float:
        return 1.0 if self.standing is None else float(self.standing[user])


NO_OPINIONS = Opinions()


def lean_of(directions: Iterable[Direction], leaning: Mapping[Direction, float]) -> float:
    """How much a question leans to a plan with such relations; no more than to one relation."""
    return max(-LEAN, min(LEAN, math.fsum(leaning.get(d, 0.0) for d in dict.fromkeys(directions))))


def trust_in(fact: Fact, trusted: Mapping[FactKey, float]) -> float:
    """How far a fact is trusted."""
    return trusted.get(fact.key, TRUST)


def moment(time: str) -> float:
    """Seconds since 1970 of an ISO 8601 time; one without an offset is taken as UTC."""
    when = datetime.fromisoformat(time)
    return when.timestamp() if when.tzinfo else datetime.fromisoformat(time + "+00:00").timestamp()


def _near(likeness: Numbers) -> Numbers:
    """How much a vote on one question says of another, 0 … 1."""
    return np.clip((likeness - NEAR) / (1 - NEAR), 0.0, 1.0)


def _by_others(users: Rows, signs: Numbers, alike: Numbers, standing: Numbers) -> tuple[Numbers, Numbers]:
    """What all but its user say of each vote's thing and question: the sum of their opinions, and of the opinions' sizes."""
    said, size = np.zeros(len(users)), np.zeros(len(users))
    for user in np.unique(users):
        own = users == user
        near = alike[:, own]
        nearest = near.max(axis=1)
        opinion = standing[user] * nearest * (near @ signs[own]) / np.maximum(near.sum(axis=1), 1e-9)
        opinion[own] = 0.0
        said += opinion
        size += np.abs(opinion)
    return said, size


def _each_user(things: Rows, users: Rows, signs: Numbers, near: Numbers) -> Iterable[tuple[int, int, float]]:
    """Each user's opinion on each thing, −1 … 1: the mean of what was said, the nearest most, no surer than the nearest."""
    said: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for thing, user, sign, weight in zip(things.tolist(), users.tolist(), signs.tolist(), near.tolist(), strict=True):
        said.setdefault((thing, user), []).append((weight, sign))
    for (thing, user), words in sorted(said.items()):
        total = math.fsum(weight for weight, _ in words)
        mean = math.fsum(weight * sign for weight, sign in words) / total
        yield thing, user, mean * max(weight for weight, _ in words)


def _log(said: Mapping[tuple[int, int, int], tuple[float, float]]) -> _Log | None:
    if not said:
        return None
    thing, user, text = (np.array(column, dtype=np.int64) for column in zip(*said, strict=True))
    sign, time = (np.array(column, dtype=np.float64) for column in zip(*said.values(), strict=True))
    return _Log(thing, user, text, sign, time)


def _sign(sign: float) -> float:
    return max(-1.0, min(1.0, sign))


def _lean(opinions: Collection[float]) -> float:
    """What the opinions of several users come to: little from one, more than in proportion from several of one mind."""
    net, size = math.fsum(opinions), math.fsum(abs(opinion) for opinion in opinions)
    return LEAN * net / size * net**2 / (net**2 + DOUBT**2) if size else 0.0
