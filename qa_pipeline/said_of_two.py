"""What is said of two values or two names at once: "between 10 and 20", "the same X", "Swift but not Kotlin".

The grammar of plans compares with one bound at a time, meets a set with a name, and walks from each name as if it stood alone.
What is read here is told by function words of English, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from kg.graph import Literal
from kg.names import fold
from kg.plan import (
    Attribute,
    Count,
    Difference,
    Entities,
    Exists,
    Filter,
    FilterType,
    Intersect,
    Join,
    Plan,
    Union,
)
from kg.question import Link
from qa_pipeline.literals import as_date
from qa_pipeline.periods import period_said, throughout
from qa_pipeline.plan_parts import parts_of, with_parts

JOINS = frozenset("and or but not nor also both either neither".split())  # between names of which the same is said
ALTERNATIVES = frozenset("and or either nor as & , ;".split())  # "as well as"
DURING = frozenset("in during throughout within".split())  # before a year or a month that is meant from end to end
OPENS = {"between": "and", "from": "to"}  # what a range begins with, and what stands between its ends

Walk = tuple[tuple[str, bool], ...]


class Range(NamedTuple):
    """The two ends of what a question says from end to end, and the links that they are."""

    low: Literal
    high: Literal
    links: tuple[int, int]


def range_said(text: str, links: Sequence[Link]) -> Range | None:
    """The first range of a question: "between 10 and 20", "from 1990 to 1999", or else "in March 2024"."""
    ends = [i for i, k in enumerate(links) if k.mention.kind in ("number", "date") and k.mention.start >= 0]
    ends.sort(key=lambda i: links[i].mention.start)
    for first, second in pairwise(ends):
        one, other = links[first].mention, links[second].mention
        opening = fold(text[: one.start]).rsplit(" ", 1)[-1]
        middle = fold(text[one.end : other.start].replace(one.unit, " ") if one.unit else text[one.end : other.start])
        if OPENS.get(opening) == middle and one.literal is not None and other.literal is not None:
            low, high = sorted((one.literal, other.literal), key=lambda end: end.order or 0)
            return Range(low, high, (first, second))
    for i in ends:
        said = links[i].mention
        opening, after = fold(text[: said.start]).rsplit(" ", 1)[-1], fold(text[said.end :]).split(" ", 1)[0]
        if opening in DURING and after != "or" and (period := period_said(said)):
            return Range(period, period, (i, i))
    return None


def within(plan: Plan, said: Range) -> Plan:
    """The plan, comparing with both ends where it compares with one of them."""
    if said.low == said.high:
        return throughout(plan, said.low)
    if isinstance(plan, Filter) and isinstance(plan.measure, Attribute) and plan.bound in _ends(said):
        dates = isinstance(plan.bound, Literal) and plan.bound.kind == "date"
        low, high = (as_date(said.low), as_date(said.high, end=True)) if dates else (said.low, said.high)
        return Filter(Filter(plan.source, plan.measure, ">=", low), plan.measure, "<=", high)
    return with_parts(plan, lambda part: within(part, said))


def _ends(said: Range) -> tuple[Literal, ...]:
    return said.low, said.high, as_date(said.low), as_date(said.high)


def alike(plan: Plan) -> Plan:
    """Whether what a walk from one name reaches is another name, as whether the walk from either reaches the same."""
    if not (isinstance(plan, Exists) and isinstance(plan.source, Intersect)):
        return plan
    walk, other = plan.source.left, plan.source.right
    if not isinstance(walk, Join) or not isinstance(other, Entities):
        return plan
    return Exists(Intersect(walk, _from(walk, other)))


def _from(walk: Plan, start: Entities) -> Plan:
    return replace(walk, source=_from(walk.source, start)) if isinstance(walk, Join) else start


def either(plan: Plan | None) -> Plan | None:
    """What is true of both of two things, as what is true of either: "the currencies of X and Y"; None where it is not that."""
    if isinstance(plan, Count | FilterType):
        inner = either(plan.source)
        return replace(plan, source=inner) if inner is not None else None
    if not isinstance(plan, Intersect) or not (isinstance(plan.left, Join) and isinstance(plan.right, Join)):
        return None
    same = replace(plan.left, source=plan.right.source) == plan.right
    return Union(plan.left, plan.right) if same else None


def joined(text: str, links: Sequence[Link]) -> list[tuple[Entities, Entities]]:
    """Pairs of names with nothing but conjunctions between them ("Swift but not Kotlin"): what is said of one is of the other."""
    named = [k for k in links if k.mention.kind == "entity" and k.candidates and k.mention.start >= 0]
    named.sort(key=lambda k: k.mention.start)
    pairs = []
    for one, other in pairwise(named):
        between = fold(text[one.mention.end : other.mention.start]).split()
        if between and JOINS.issuperset(between):
            pairs.append((_all_of(one), _all_of(other)))
    return pairs


def _all_of(link: Link) -> Entities:
    return Entities(tuple(sorted(c.id for c in link.candidates)))


def is_unlike(plan: Plan, pairs: Sequence[tuple[Entities, Entities]]) -> bool:
    """Whether a plan walks differently from two names of which the same is said (coordination is of like things)."""
    walks: dict[Entities, Walk] = {}
    _gather(plan, (), walks)
    return any(walks.get(one, ()) != walks.get(other, ()) for one, other in pairs if one in walks and other in walks)


def is_unjoined(plan: Plan, words: Collection[str]) -> bool:
    """Whether a plan takes what is said of either of two names and the question has no word that joins them."""
    unions = (part for part in parts_of(plan) if isinstance(part, Union))
    return ALTERNATIVES.isdisjoint(words) and any(_names(part.left) != _names(part.right) for part in unions)


def _names(plan: Plan) -> set[object]:
    """What a plan starts at: of one name two relations may be meant by one word ("parents")."""
    return {part for part in parts_of(plan) if isinstance(part, Entities)}


def _gather(plan: Plan, above: Walk, walks: dict[Entities, Walk]) -> None:
    """The steps that a plan takes from each of its names until two sets meet; what it filters by is no step."""
    if isinstance(plan, Entities):
        walks[plan] = above
    elif isinstance(plan, Join):
        _gather(plan.source, ((plan.relation, plan.inverse), *above), walks)
    elif isinstance(plan, Intersect | Union | Difference):
        _gather(plan.left, (), walks)
        _gather(plan.right, (), walks)
    elif hasattr(plan, "source"):
        _gather(plan.source, above, walks)
