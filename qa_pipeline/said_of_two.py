"""What is said with two values or two names at once, put into plans that have one of them: "between 10 and 20", "the same X".

The grammar of plans compares with one bound at a time and meets a set with a name; both readings here are told by function
words of English, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any, NamedTuple

from kg.graph import Literal
from kg.names import fold
from kg.plan import Attribute, Entities, Exists, Filter, Intersect, Join, Plan
from kg.question import Link
from qa_pipeline.literals import as_date

OPENS = {"between": "and", "from": "to"}  # what a range begins with, and what stands between its ends


class Range(NamedTuple):
    """The two ends of what a question says from end to end, and the links that they are."""

    low: Literal
    high: Literal
    links: tuple[int, int]


def range_said(text: str, links: Sequence[Link]) -> Range | None:
    """The first range of a question: "between 10 and 20", "from 1990 to 1999"."""
    ends = [i for i, k in enumerate(links) if k.mention.kind in ("number", "date") and k.mention.start >= 0]
    ends.sort(key=lambda i: links[i].mention.start)
    for first, second in pairwise(ends):
        one, other = links[first].mention, links[second].mention
        opening = fold(text[: one.start]).rsplit(" ", 1)[-1]
        middle = fold(text[one.end : other.start].replace(one.unit, " ") if one.unit else text[one.end : other.start])
        if OPENS.get(opening) == middle and one.literal is not None and other.literal is not None:
            low, high = sorted((one.literal, other.literal), key=lambda end: end.order or 0)
            return Range(low, high, (first, second))
    return None


def within(plan: Plan, said: Range) -> Plan:
    """The plan, comparing with both ends where it compares with one of them."""
    if isinstance(plan, Filter) and isinstance(plan.measure, Attribute) and plan.bound in _ends(said):
        dates = isinstance(plan.bound, Literal) and plan.bound.kind == "date"
        low, high = (as_date(said.low), as_date(said.high, end=True)) if dates else (said.low, said.high)
        return Filter(Filter(plan.source, plan.measure, ">=", low), plan.measure, "<=", high)
    parts: dict[str, Any] = {
        f.name: within(value, said)
        for f in fields(plan)
        if hasattr(value := getattr(plan, f.name), "__dataclass_fields__")
        and not isinstance(value, Literal | Attribute)
    }
    return replace(plan, **parts) if parts else plan


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
