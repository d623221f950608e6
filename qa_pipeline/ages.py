"""Which end of time a superlative means: the youngest was born last, and who has been there the longest came first.

Of a number "oldest" means the greatest, of a date the earliest; what is ranked by a date of birth or of foundation is therefore
ranked the other way round. The words are English and of no domain.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from typing import Any

from kg.graph import Literal, Schema
from kg.names import fold, words_of
from kg.plan import Attribute, Best, Plan

EARLIEST = frozenset("oldest eldest earliest longest".split())
LATEST = frozenset("youngest newest latest recent recently shortest".split())
YEAR = "year"  # in the name of a relation to numbers that are dates


def order_said(words: Collection[str]) -> str:
    """Which end of time the folded words of a question mean: "min", "max", or "" if they do not say, or say both."""
    earliest, latest = not EARLIEST.isdisjoint(words), not LATEST.isdisjoint(words)
    if earliest == latest or "least" in words:
        return ""
    return "min" if earliest else "max"


def ordered(plan: Plan, order: str, schema: Schema) -> Plan:
    """The plan, taking the end of time that is said wherever it ranks by dates."""
    parts: dict[str, Any] = {
        f.name: ordered(value, order, schema)
        for f in fields(plan)
        if hasattr(value := getattr(plan, f.name), "__dataclass_fields__")
        and not isinstance(value, Literal | Attribute)
    }
    if isinstance(plan, Best) and isinstance(plan.measure, Attribute) and _is_of_dates(plan.measure.relation, schema):
        parts["order"] = order
    return replace(plan, **parts) if parts else plan


def _is_of_dates(relation: str | None, schema: Schema) -> bool:
    known = schema.relations.get(relation) if relation is not None else None
    if known is None:
        return False
    return known.kind == "date" or (known.kind == "number" and YEAR in fold(known.name or words_of(known.id)).split())
