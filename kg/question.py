"""What passes between the steps before there is a plan: question, mention, link, slot, subgraph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Literal as OneOf
from typing import TypeAlias

from kg.defined import Defined
from kg.graph import Literal, NodeKind
from kg.plan import Ends, Entities, Join, OfType, Plan, Side, Union, Values

MentionKind: TypeAlias = OneOf["entity", "type", "number", "date", "ordinal"]


@dataclass(frozen=True)
class Question:
    """A question, with what its file gave along.

    :param topics: ids, labels or literals of the topics, where they are given; None: the linker finds them
    :param exclude_topics: a convention of some question sets: the topics are left out after every hop from the second on
    :param answers: the right answers (ids, labels or canonical texts of literals), where known; ``()``: the empty set is right
    :param group: what the file tells of its kind ("2-hop", "superlative"), for figures by kind
    """

    text: str
    id: str = ""
    topics: tuple[str, ...] | None = None
    exclude_topics: bool = False
    answers: tuple[str, ...] | None = None
    group: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the question, ``text[start:end]``, that names an entity or a type, or writes a literal.

    :param literal: the value of a number, date or ordinal mention ("2 million" → 2000000, "second" → 2)
    :param unit: the unit written with a number, folded, as written ("km")
    """

    start: int
    end: int
    text: str
    kind: MentionKind
    literal: Literal | None = None
    unit: str = ""

    def covers(self, start: int, end: int) -> bool:
        """Whether that stretch of the question is within the mention."""
        return self.start <= start and end <= self.end


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of a mention: an entity's or type's id, the name that matched, and the likeness (0 … 1).

    :param side: "head" or "tail" where a class is meant that has no type: all that stand at that end of the relation ``id``
    """

    id: str
    name: str
    score: float
    side: Side | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A mention with its readings, best first. No candidates on an entity mention: NIL, the graph does not have it."""

    mention: Mention
    candidates: tuple[Candidate, ...] = ()
    score: float = 0.0

    @property
    def is_nil(self) -> bool:
        return self.mention.literal is None and not self.candidates

    @property
    def start(self) -> Plan:
        """The set that it names: a value, the things of its types, an end of a relation, or the entities that it may be."""
        if self.mention.literal is not None:
            return Values((self.mention.literal,))
        if self.mention.kind != "type":
            return Entities(tuple(sorted(c.id for c in self.candidates)))
        first = self.candidates[0]
        if first.side is not None:
            return Ends(first.id, first.side)
        types: list[Plan] = [OfType(c.id) for c in self.candidates]
        return reduce(Union, types)


@dataclass(frozen=True, slots=True)
class Slot:
    """One memory slot: all nodes reached by the same relation path from the same seed.

    :param seed: index of the link (of the question's links) that it hangs on
    :param path: (relation, inverse) from the seed; ``()``: the seed itself
    :param parent: index of the slot that it was reached from; -1 for a seed
    :param nodes: how many nodes there are (capped)
    :param edges: how many facts the last step walked
    :param kind: what the nodes are
    :param types: their types, commonest first
    :param weight: the product of the relation scores along the path
    """

    seed: int
    path: tuple[tuple[str, bool], ...] = ()
    parent: int = -1
    nodes: int = 1
    edges: int = 0
    kind: NodeKind = "entity"
    types: tuple[str, ...] = ()
    weight: float = 1.0


@dataclass(frozen=True)
class Subgraph:
    """What was retrieved for a question: the seeds' abstract neighbourhood, as a tree of slots, parents first.

    :param defined: relations of its slots that the graph has only as walks over others
    """

    links: tuple[Link, ...] = ()
    slots: tuple[Slot, ...] = field(default=())
    defined: Mapping[str, Defined] = field(default_factory=dict)

    def join(self, source: Plan, relation: str, inverse: bool = False) -> Plan:
        """The walk over a relation of its slots, as the graph has it."""
        known = self.defined.get(relation)
        return Join(source, relation, inverse) if known is None else known.join(source, inverse)
