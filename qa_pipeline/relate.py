"""Which relation a sentence states between two things, by the model that reads questions.

A statement answers two questions: leave one of the two things out, and the other must lead to it by the relation, forwards or
backwards. Both questions are read with the other thing masked, as are all names; beside them the sentence with both masked. What
the two things are (types, or where the graph has none, the relations that they have already) must fit the relation's two ends.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from encoder.memory import MASKED, EncodedQuestion, collate_questions
from kg.graph import Entity, Fact, Literal, NodeKind, Relation
from kg.names import words_of
from kg.question import Candidate
from kg.store import GraphStore
from kg.votes import Direction
from qa_pipeline.arguments import Argument, Group
from qa_pipeline.reading import QuestionReader

ASKED = "what"
OF = re.compile(r"\bof\s+(?:the\s+)?$", re.IGNORECASE)
APOSTROPHE = re.compile(r"['’]s?\s")
GOAL = 10.0  # weight of a cosine beside a logit
USUAL = 0.01  # share of a relation's facts from which a type is one of its own
SAMPLED = 40  # facts of a relation by which its ends are known where there are no types
NEW = 0.5  # how far something new fits any end
SECOND = 0.7  # how much less a reading fits that is not the most prominent one of a name
FITS = 0.2  # the least that both ends fit, together
LIKELY = 12  # relations that are looked at with their ends
OWNER = 6.0  # how much more a relation is told of what owns something in the sentence ("Austria's capital")
CLEAR_DIRECTION = 2.0  # least difference between the two directions, where both fit
NO_RIVAL = 10.0  # margin where no other relation fits


@dataclass(frozen=True)
class Likeness:
    """How like a sentence is to each relation, from the first thing to the second (False) or back (True).

    :param left: what is left unexplained of the sentence by each relation: a sum over its words, each as far as it needs one
    """

    likeness: dict[Direction, float]
    left: dict[str, float]


@dataclass(frozen=True)
class Related:
    """A relation between two arguments, with what speaks for it.

    :param swapped: whether the second is the head
    :param fit: how far both things fit the ends, 0 … 1
    :param margin: how much less like the next relation is that fits
    :param unclear: whether it may as well hold the other way round
    :param yielded: how much more like the sentence another relation is, which does not fit, ≥ 0
    """

    relation: Relation
    swapped: bool
    likeness: float
    fit: float
    margin: float
    yielded: float
    left: float
    unclear: bool = False


@dataclass(frozen=True)
class _Fitting:
    """A relation in a direction that fits."""

    likeness: float
    relation: str
    swapped: bool
    fit: float

    @property
    def head(self) -> str:
        return "second" if self.swapped else "first"


class RelationFinder:
    """Finds relations in the words of sentences, over one reader's store and model."""

    def __init__(self, reader: QuestionReader) -> None:
        self.reader, self.store = reader, reader.store
        self.ends = Ends(reader.store)

    def find(self, text: str, first: Group, second: Group) -> Related | None:
        """The relation between two groups; None: no relation fits what they are."""
        self.ends.refresh()
        read = self._read(text, first, second)
        schema = self.reader.vocabulary().schema
        fitting = self._fitting(read, first, second)
        if not fitting:
            return None
        best = fitting[0]
        id, unclear = best.relation, False
        mirrored = next((f for f in fitting if f.relation == id and f.swapped != best.swapped), None)
        if mirrored is not None:  # both directions fit: the owner tells ("the mother of X"), or else the likeness
            fitting.remove(mirrored)
            if not self.ends.is_mutual(id):
                owner = owner_of(text, first, second, _wording(schema.relations[id]))
                lead = best.likeness - mirrored.likeness + (OWNER if owner == best.head else -OWNER if owner else 0.0)
                unclear = abs(lead) < CLEAR_DIRECTION
                best = best if lead >= 0 else mirrored
            elif best.swapped:
                best = mirrored
        likeness = fitting[0].likeness
        rival = max((f.likeness for f in fitting[1:]), default=likeness - NO_RIVAL)
        others = max((s for (r, _), s in read.likeness.items() if r != id), default=likeness)
        yielded = max(0.0, others - likeness)
        return Related(
            schema.relations[id], best.swapped, likeness, best.fit, likeness - rival, yielded, read.left[id], unclear
        )

    def _fitting(self, read: Likeness, first: Group, second: Group) -> list[_Fitting]:
        """The likeliest relations whose ends fit the two groups, each in a direction; best first."""
        relations, found = self.reader.vocabulary().schema.relations, []
        for (id, swapped), likeness in sorted(read.likeness.items(), key=lambda pair: (-pair[1], pair[0])):
            head, tail = (second, first) if swapped else (first, second)
            fit = self.ends.fit(relations[id], head, tail)
            if fit >= FITS:
                found.append(_Fitting(likeness + math.log(fit), id, swapped, fit))
            if len(found) == LIKELY:
                break
        return sorted(found, key=lambda f: -f.likeness)

    @torch.inference_mode()
    def _read(self, text: str, first: Group, second: Group) -> Likeness:
        model, vocabulary = self.reader.model, self.reader.vocabulary()
        texts = [_with(text, first, second, *words) for words in ((MASKED, ASKED), (ASKED, MASKED), (MASKED, MASKED))]
        ids = [list(self.reader.tokenizer(t, truncation=True, max_length=96)["input_ids"]) for t in texts]
        input_ids, attention = collate_questions([EncodedQuestion(row, []) for row in ids])
        tokens, mask = model.read(input_ids, attention), attention.bool()
        names = vocabulary.names.expand(len(texts), -1, -1)
        about = model.relevance(tokens, mask, names) + GOAL * model.goal(tokens, mask, names)  # (3, R)
        near = model.nearness(tokens[2:], names[2:])[0].sigmoid()  # (T, R)
        needed = model.needed(tokens[2:], mask[2:])[0]  # (T,)
        masked = torch.tensor(
            [i == self.reader.tokenizer.mask_token_id for i in ids[2]] + [False] * (len(needed) - len(ids[2]))
        )
        needed = needed * ~masked
        best: list[dict[Direction, float]] = [{} for _ in texts]
        explained: dict[str, torch.Tensor] = {}
        for column, direction in enumerate(vocabulary.directions):
            for row, scores in enumerate(best):
                scores[direction] = max(scores.get(direction, -1e9), float(about[row, column]))
            known = explained.get(direction[0])
            explained[direction[0]] = near[:, column] if known is None else torch.maximum(known, near[:, column])
        likeness = {
            (id, swapped): (
                best[0][id, swapped] + best[1][id, not swapped] + max(best[2][id, False], best[2][id, True])
            )
            / 3
            for id, swapped in best[0]
        }
        return Likeness(likeness, {id: float((needed * (1 - by)).sum()) for id, by in explained.items()})


def owner_of(text: str, first: Group, second: Group, wording: str) -> str:
    """Which of the two has the relation, by the sentence's "of" or "'s"; "" where neither, or both, are marked.

    Of relations that end in "of" themselves ("capital of") the other one has it.
    """
    owners = {name for name, group in (("first", first), ("second", second)) if _is_owner(text, group)}
    if len(owners) != 1:
        return ""
    (owner,) = owners
    return {"first": "second", "second": "first"}[owner] if wording.endswith(" of") else owner


def _is_owner(text: str, group: Group) -> bool:
    return bool(OF.search(text[: group.start]) or APOSTROPHE.match(text[group.end :]))


def _wording(relation: Relation) -> str:
    return relation.name or words_of(relation.id)


def _with(text: str, first: Group, second: Group, one: str, other: str) -> str:
    return text[: first.start] + one + text[first.end : second.start] + other + text[second.end :]


class Ends:
    """What the heads and tails of relations are, in one store; follows its changes."""

    def __init__(self, store: GraphStore) -> None:
        self.store = store
        self._seen = -1
        self._profiles: dict[Direction, dict[Direction, float]] = {}
        self._mutual: dict[str, bool] = {}
        self._samples: dict[str, list[Fact]] = {}
        self._entities: dict[str, Entity | None] = {}

    def fit(self, relation: Relation, head: Group, tail: Group) -> float:
        """How far both groups fit the ends of a relation: the least of their members, 0 … 1."""
        heads = min(self._member(relation, False, member) for member in head.members)
        return heads * min(self._member(relation, True, member) for member in tail.members) if heads else 0.0

    def chosen(self, relation: Relation, is_tail: bool, member: Argument) -> tuple[Candidate, ...]:
        """The entities that a member may be at that end: those that fit, best first."""
        fitting = {c.id: self._entity(relation, is_tail, c.id) for c in member.candidates}
        return tuple(c for c in member.candidates if fitting[c.id] >= FITS)

    def is_mutual(self, relation: str) -> bool:
        """Whether the graph uses a relation both ways round."""
        if relation not in self._mutual:
            facts = self._sampled(relation)
            back = sum(
                isinstance(f.tail, str) and any(True for _ in self.store.facts([f.tail], relation, [f.head], 1))
                for f in facts
            )
            self._mutual[relation] = back > 0.8 * len(facts)
        return self._mutual[relation]

    def refresh(self) -> None:
        """Follow the store; what is known of its entities is looked up anew for each sentence."""
        self._entities = {}
        if (revision := self.store.revision) != self._seen:
            self._seen, self._profiles, self._mutual, self._samples = revision, {}, {}, {}

    def _sampled(self, relation: str) -> list[Fact]:
        if relation not in self._samples:
            self._samples[relation] = list(self.store.facts(relation=relation, limit=SAMPLED))
        return self._samples[relation]

    def _member(self, relation: Relation, is_tail: bool, member: Argument) -> float:
        if is_tail and as_literal(relation.kind, member) is not None:
            return 1.0
        if is_tail and relation.kind in ("number", "date", "string"):
            return 0.0
        best = max(
            (
                self._entity(relation, is_tail, c.id) * (1.0 if i == 0 else SECOND)
                for i, c in enumerate(member.candidates)
            ),
            default=0.0,
        )
        numbered = is_tail and not member.candidates and self._named_by_number(relation, member)
        return max(best, NEW) if member.new or numbered else best

    def _named_by_number(self, relation: Relation, member: Argument) -> bool:
        """Whether a number may be the name of something new at that end: where others are (years as entities)."""
        if member.literal is None or member.literal.kind == "string" or relation.kind != "entity" or relation.range:
            return False
        tails = [fact.tail for fact in self._sampled(relation.id)]
        return bool(tails) and all(
            isinstance(t, str) and t.isdigit() and len(t) == len(member.literal.text) for t in tails
        )

    def _entity(self, relation: Relation, is_tail: bool, id: str) -> float:
        if id not in self._entities:
            self._entities[id] = self.store.entities([id]).get(id)
        known = self._entities[id]
        ends = dict(relation.range if is_tail else relation.domain)
        if known is None:
            return 0.0
        if known.types and ends:
            total = sum(ends.values())
            return float(any(ends.get(type, 0) >= USUAL * total for type in known.types))
        (steps,) = self.store.expand([self.store.frontier([id])], 1)
        profile = self._profile(relation.id, is_tail)
        if not steps or not profile:
            return NEW
        return sum(profile.get((s.relation, s.inverse), 0.0) for s in steps) / len(steps)

    def _profile(self, relation: str, is_tail: bool) -> dict[Direction, float]:
        """Which relations leave the nodes at an end, each with the share of the nodes that it leaves."""
        at = (relation, is_tail)
        if at not in self._profiles:
            facts = self._sampled(relation)
            nodes = sorted({node for f in facts if isinstance(node := f.tail if is_tail else f.head, str)})
            counted: dict[Direction, float] = {}
            for steps in self.store.expand([self.store.frontier([node]) for node in nodes], 1):
                for step in steps:
                    counted[step.relation, step.inverse] = counted.get((step.relation, step.inverse), 0.0) + 1 / len(
                        nodes
                    )
            self._profiles[at] = counted
        return self._profiles[at]


def as_literal(kind: NodeKind, member: Argument) -> Literal | None:
    """The member as a value of that kind; None: it is none."""
    value = member.literal
    if kind == "string":
        return Literal(member.text.lstrip("+"), "string") if value is not None and value.kind != "date" else None
    if value is None or kind not in ("number", "date"):
        return None
    if kind == "date" and value.kind == "number" and len(value.text) == 4 and value.text.isdigit():
        return Literal(value.text, "date")
    return value if value.kind == kind else None


def members_fit(candidates: Sequence[Candidate]) -> bool:
    """Whether one of several readings is clearly meant: the first is better than the second."""
    return len(candidates) < 2 or candidates[0].score > candidates[1].score
