"""Which end of time a superlative means: the youngest was born last, and who has been there the longest came first.

Of a number "oldest" means the greatest, of a date the earliest; what is ranked by a date of birth or of foundation is therefore
ranked the other way round. The words are English and of no domain.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Literal as OneOf

from kg.graph import Schema
from kg.names import fold, words_of
from kg.plan import Attribute, Best, Plan
from qa_pipeline.plan_parts import with_parts

Order = OneOf["min", "max"]
EARLIEST = frozenset("oldest eldest earliest longest".split())
LATEST = frozenset("youngest newest latest recent recently shortest".split())
YEAR = "year"  # in the name of a relation to numbers that are dates


def order_said(words: Collection[str]) -> Order | None:
    """Which end of time the folded words of a question mean: "min", "max", or None if they do not say, or say both."""
    earliest, latest = not EARLIEST.isdisjoint(words), not LATEST.isdisjoint(words)
    if earliest == latest or "least" in words:
        return None
    return "min" if earliest else "max"


def ordered(plan: Plan, order: Order, schema: Schema) -> Plan:
    """The plan, taking the end of time that is said wherever it ranks by dates."""
    plan = with_parts(plan, lambda part: ordered(part, order, schema))
    if isinstance(plan, Best) and isinstance(plan.measure, Attribute) and _is_of_dates(plan.measure.relation, schema):
        return replace(plan, order=order)
    return plan


def _is_of_dates(relation: str | None, schema: Schema) -> bool:
    known = schema.relations.get(relation) if relation is not None else None
    if known is None:
        return False
    return known.kind == "date" or (known.kind == "number" and YEAR in fold(known.name or words_of(known.id)).split())
