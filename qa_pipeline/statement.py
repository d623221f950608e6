"""Reading a statement: from a sentence to the facts that it tells, with a confidence; below a threshold nothing is told.

The linker and the model that read questions read it: names and values (:mod:`qa_pipeline.arguments`), the relation between
them (:mod:`qa_pipeline.relate`), and the probability that the fact is meant, by a logistic regression over what speaks for it,
fitted on written sentences (``benchmarks/statements.py --fit``). docs/decisions/0016 says why so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kg.graph import Entity, Fact, Literal, Name, Node
from kg.names import fold, words_of
from kg.question import Link, Question
from qa_pipeline.arguments import Argument, ArgumentFinder, Group, groups_of
from qa_pipeline.assertion import no_assertion
from qa_pipeline.reading import QuestionReader
from qa_pipeline.refusal import refusal
from qa_pipeline.relate import FITS, Related, RelationFinder, as_literal, members_fit

FEATURES = ("bias", "likeness", "margin", "yielded", "fit", "left", "ambiguous", "new", "link")
PRIOR = (0.0, 0.5, 0.5, -0.5, 1.0, -1.0, -3.0, -0.5, -6.0)  # what is plausible before any sentence has been seen
WEIGHTS = (0.19, 0.74, 0.22, -0.82, 0.16, 0.3, -3.0, -0.13, -6.38)
THRESHOLD = 0.5
UNDERSTOOD = "understood as: "
MOST = 5.0  # margins above say no more
CLAUSES = re.compile(r"\s*,?\s+and\s+", re.IGNORECASE)
PRONOUN = re.compile(r"\b(?:it|he|she|they|him|her|them)\b", re.IGNORECASE)
ALIAS = re.compile(
    r"\s*(?:is|are|was)\s+(?:also|sometimes|often|better)\s+(?:called|known\s+as|named)\s*", re.IGNORECASE
)
IS_A = re.compile(r"\s*(?:is|was)\s+(?:a|an|one\s+of\s+the)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """What was understood of a sentence.

    :param facts: what it tells; empty where nothing is sure enough
    :param entities: what it tells of names and types, and the entities that are new with their proposed names and types
    :param confidence: the probability that just this is told
    :param reason: what was understood, or why nothing is told
    :param links: the names and values that were found
    :param features: what the confidence rests on (:data:`FEATURES`), of the least sure fact
    :param understood: the facts that would be told, were they sure enough
    :param batch: the batch as which it was written, for undoing; "": nothing was written
    """

    text: str
    facts: tuple[Fact, ...] = ()
    entities: tuple[Entity, ...] = ()
    confidence: float = 0.0
    reason: str = ""
    links: tuple[Link, ...] = ()
    features: tuple[float, ...] = ()
    understood: tuple[Fact, ...] = ()
    batch: str = ""

    @property
    def is_told(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.facts or self.entities)


class StatementReader:
    """Reads statements over one reader's store and model."""

    def __init__(self, reader: QuestionReader, threshold: float = THRESHOLD) -> None:
        self.reader, self.store, self.threshold = reader, reader.store, threshold
        self.arguments, self.relations = ArgumentFinder(reader.store, reader.linker), RelationFinder(reader)

    def read(self, text: str) -> Statement:
        """What a sentence tells. Never raises for what a user may type.

        :raises StoreError: the graph cannot be read
        """
        refused = refusal(Question(text))
        if refused is not None:
            return Statement(str(text), reason=refused.reason.replace("question", "sentence"))
        text = text.strip()
        links = tuple(self.reader.linker.link(text))
        arguments = self.arguments.find(text, links)
        why = no_assertion(text, [(a.start, a.end) for a in arguments if not a.literal])
        if why:
            return Statement(text, reason=why, links=links)
        named = self._of_names(text, links, arguments)
        statement = named or self._clauses(text, groups_of(text, arguments))
        return replace(statement, text=text, links=links)

    # facts -----------------------------------------------------------------------------------------------------------

    def _clauses(self, text: str, groups: Sequence[Group]) -> Statement:
        """The facts of one clause, or of several about the same thing."""
        if len(groups) < 2:
            what = "nothing" if not groups else f"“{text[groups[0].start : groups[0].end]}” alone"
            return Statement(text, reason=f"a fact needs two names, or a name and a value; there is {what}")
        if len(groups) == 2:
            return self._clause(text, *groups)
        cut = CLAUSES.search(text, groups[1].end, groups[2].end)
        if cut is None:
            return Statement(text, reason="several things at once; tell them one by one")
        first = self._clause(text[: cut.start()], *groups[:2])
        rest, subject = text[cut.end() :], text[groups[0].start : groups[0].end]
        about = PRONOUN.sub(subject, rest, count=1) if PRONOUN.search(rest) else f"{subject} {rest}"
        further = self._clauses(about, groups_of(about, self.arguments.find(about, self.reader.linker.link(about))))
        if not first.facts or not further.facts:
            return Statement(text, reason=next(s.reason for s in (first, further) if not s.facts))
        least = min(first, further, key=lambda s: s.confidence)
        return replace(
            least, facts=first.facts + further.facts, entities=first.entities + further.entities,
            understood=first.facts + further.facts, reason=f"{first.reason}; {further.reason.removeprefix(UNDERSTOOD)}",
        )  # fmt: skip

    def _clause(self, text: str, first: Group, second: Group) -> Statement:
        if len(first.members) > 1 and len(second.members) > 1:
            return Statement(text, reason="several things on both sides; tell them one by one")
        found = self.relations.find(text, first, second)
        if found is None:
            return Statement(text, reason="no relation of this graph holds between things like these")
        heads, tails = (second, first) if found.swapped else (first, second)
        unit = next((m.unit for m in tails.members if m.unit), "")
        if unit and found.relation.unit and not _same_unit(unit, found.relation.unit, found.relation.aliases):
            return Statement(
                text, reason=f"this graph has the {found.relation.name} in {found.relation.unit}, not in {unit}"
            )
        ends = [
            self._end(found, member, is_tail)
            for group, is_tail in ((heads, False), (tails, True))
            for member in group.members
        ]
        nodes = {member: end.node for member, end in zip((*heads.members, *tails.members), ends, strict=True)}
        facts = tuple(
            Fact(str(nodes[head]), found.relation.id, nodes[tail]) for head in heads.members for tail in tails.members
        )
        if any(fact.head == fact.tail for fact in facts):
            return Statement(text, reason="it tells of a thing and itself; name the other one in full")
        values = features(found, ends)
        sure = confidence(values)
        said = "; ".join(self._said(fact, found, ends) for fact in facts)
        entities = tuple(end.entity for end in ends if end.entity is not None)
        if sure < self.threshold:
            reason = f"not sure enough ({sure:.2f}, the threshold is {self.threshold:.2f}) that this is meant: {said}"
            return Statement(text, reason=reason, confidence=sure, features=values, understood=facts)
        return Statement(text, facts, entities, sure, UNDERSTOOD + said, (), values, facts)

    def _end(self, found: Related, member: Argument, is_tail: bool) -> End:
        """What a member is as the head or the tail of a relation."""
        literal = as_literal(found.relation.kind, member) if is_tail else None
        if literal is not None:
            return End(literal)
        candidates = self.relations.ends.chosen(found.relation, is_tail, member)
        if candidates:
            return End(candidates[0].id, ambiguous=not members_fit(candidates), link=1.0 - member.score)
        types = found.relation.range if is_tail else found.relation.domain
        id = member.text if member.literal is None else member.literal.text
        if self.store.entities([id]):
            id += " (new)"
        return End(id, Entity(id, id, types=tuple(t for t, _ in types[:1])), link=1.0 - member.score)

    def _said(self, fact: Fact, found: Related, ends: Sequence[End]) -> str:
        new = {end.entity.id for end in ends if end.entity is not None}
        known = self.store.entities([n for n in (fact.head, fact.tail) if isinstance(n, str)])

        def name(node: Node) -> str:
            if isinstance(node, Literal):
                return node.text
            return f"{node} (new)" if node in new else known[node].display

        return f"{name(fact.head)} – {found.relation.name or words_of(fact.relation)} – {name(fact.tail)}"

    # names and types -------------------------------------------------------------------------------------------------

    def _of_names(self, text: str, links: Sequence[Link], arguments: Sequence[Argument]) -> Statement | None:
        """A sentence that says what something is called, or of which type it is; None: it says something else."""
        if not arguments:
            return None
        subject, end = arguments[0], len(text.rstrip(" .!"))
        if text[: subject.start].strip().casefold() not in ("", "the"):
            return None
        if called := ALIAS.match(text, subject.end):
            alias = text[called.end() : end].strip("\"“”'").removeprefix("the ")
            return (
                self._told(text, subject, Entity("", aliases=(Name(alias),)), f"also called “{alias}”")
                if alias
                else None
            )
        is_a = IS_A.match(text, subject.end)
        types = [
            k
            for k in links
            if k.mention.kind == "type" and is_a and k.mention.start == is_a.end() and k.mention.end == end
        ]
        if is_a is None or len(types) != 1 or len(arguments) > 1:
            return None
        type = types[0].candidates[0].id
        return self._told(text, subject, Entity("", types=(type,)), f"a {words_of(type)}")

    def _told(self, text: str, subject: Argument, told: Entity, said: str) -> Statement:
        if subject.literal is not None and not subject.candidates and not subject.new:
            return Statement(text, reason=f"“{subject.text}” is a value and has neither names nor types")
        if not subject.candidates:
            entity = replace(told, id=subject.text, label=subject.text)
        elif members_fit(subject.candidates):
            entity = replace(told, id=subject.candidates[0].id)
        else:
            return Statement(
                text, reason=f"“{subject.text}” may be one of {len(subject.candidates)} things of this graph"
            )
        new = " (new)" if not subject.candidates else ""
        return Statement(text, (), (entity,), subject.score, f"{UNDERSTOOD}{subject.text}{new} is {said}")


@dataclass(frozen=True)
class End:
    """What an argument is: a node, with the entity to be made if it is new."""

    node: Node
    entity: Entity | None = None
    ambiguous: bool = False
    link: float = 0.0


def features(found: Related, ends: Sequence[End]) -> tuple[float, ...]:
    """What the confidence in a fact rests on, in the order of :data:`FEATURES`."""
    return (
        1.0,
        found.likeness,
        min(MOST, found.margin),
        min(MOST, found.yielded),
        max(found.fit, FITS),
        found.left,
        float(found.unclear or any(end.ambiguous for end in ends)),
        float(sum(end.entity is not None for end in ends)),
        max(end.link for end in ends),
    )


def confidence(values: Sequence[float], weights: Sequence[float] = WEIGHTS) -> float:
    """The probability, from :func:`features` and fitted weights."""
    total = sum(v * w for v, w in zip(values, weights, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _same_unit(said: str, unit: str, aliases: Sequence[str]) -> bool:
    """Whether a number is told in the unit in which the graph has it."""
    plain = {fold(t.replace("²", "2").replace("sq ", "square ")) for t in (said,)}
    spelt = {"km2": "square kilometers", "km": "kilometers", "m": "meters", "°": "degrees"}
    same = {fold(unit.replace("²", "2")), fold(spelt.get(unit.replace("²", "2"), unit)), *(fold(a) for a in aliases)}
    return bool({p.replace("metres", "meters") for p in plain} & {s.replace("metres", "meters") for s in same})
