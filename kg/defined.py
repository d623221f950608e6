"""Relations that a graph has only as walks over others: a grandparent is a parent's parent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

from kg.graph import Relation, Schema
from kg.plan import Join, Plan, Union


class Step(NamedTuple):
    """One step of a walk; ``other``: without what the step before came from, as in :class:`kg.plan.Join`."""

    relation: str
    inverse: bool = False
    other: bool = False

    @property
    def back(self) -> Step:
        """The same facts the other way, without where it came from: from a team to its other members."""
        return Step(self.relation, not self.inverse, True)


Walk = tuple[Step, ...]


@dataclass(frozen=True)
class Defined:
    """A relation with its walks: what it leads to is what any of them leads to.

    :param id: no relation of the graph has it
    :param name: how people say it
    :param ways: which ways it is walked, as ``inverse`` of a join
    """

    id: str
    name: str
    walks: tuple[Walk, ...]
    ways: tuple[bool, ...] = (False, True)

    def join(self, source: Plan, inverse: bool = False) -> Plan:
        """The plan that walks it from a set, over relations that the graph has.

        >>> sibling = Defined("=sibling", "sibling", ((Step("father"), Step("father").back),))
        >>> sibling.join(source).source == Join(source, "father")
        True
        """
        return _any(_along(source, _backwards(walk) if inverse else walk) for walk in self.walks)

    @property
    def relations(self) -> frozenset[str]:
        """The relations of the graph that it walks over."""
        return frozenset(step.relation for walk in self.walks for step in walk)

    @property
    def is_countable(self) -> bool:
        """Whether a :class:`kg.plan.CountOf` may count it: one walk that leaves nothing out."""
        return len(self.walks) == 1 and not any(step.other for step in self.walks[0])

    def relation(self, schema: Schema) -> Relation:
        """It as a relation, counted as far as a schema can tell: no more heads and tails than its walks have at their ends."""
        first = [_ends(schema, walk[0], start=True) for walk in self.walks]
        last = [_ends(schema, walk[-1], start=False) for walk in self.walks]
        heads, tails = max(count for count, _ in first), max(count for count, _ in last)
        domain, range = ({t: n for _, types in ends for t, n in types} for ends in (first, last))
        facts = max(schema.relations[step.relation].facts for walk in self.walks for step in walk)
        types = tuple(domain.items()), tuple(range.items())
        return Relation(self.id, self.name, facts=facts, heads=heads, tails=tails, domain=types[0], range=types[1])


def _any(plans: Iterable[Plan]) -> Plan:
    return reduce(Union, plans)


def _along(source: Plan, walk: Walk) -> Plan:
    for step in walk:
        source = Join(source, step.relation, step.inverse, step.other)
    return source


def _backwards(walk: Walk) -> Walk:
    """The walk from its end to its start. Leaving out where two steps came from is the same from both sides."""
    others = [step.other for step in walk[1:]]
    return tuple(
        Step(step.relation, not step.inverse, other)
        for step, other in zip(reversed(walk), [False, *reversed(others)], strict=True)
    )


def _ends(schema: Schema, step: Step, start: bool) -> tuple[int, tuple[tuple[str, int], ...]]:
    """How many things stand where a step starts or ends, and their types."""
    relation = schema.relations[step.relation]
    return (relation.heads, relation.domain) if start != step.inverse else (relation.tails, relation.range)
