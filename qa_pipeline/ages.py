"""Which end of time a superlative means: the youngest was born last, and who has been there the longest came first.

Of a number "oldest" means the greatest, of a date the earliest; what is ranked by a date of birth or of foundation is therefore
ranked the other way round. The words are English and of no domain.
"""

from __future__ import annotations

from collections.abc import Collection

from kg.graph import Schema
from kg.names import fold, words_of
from kg.plan import Attribute, Best, Plan
from qa_pipeline.said import parts_of

EARLIEST = frozenset("oldest eldest earliest longest".split())
LATEST = frozenset("youngest newest latest recent recently shortest".split())
YEAR = "year"  # in the name of a relation to numbers that are dates


def order_said(words: Collection[str]) -> str:
    """Which end of time the folded words of a question mean: "min", "max", or "" if they do not say, or say both."""
    earliest, latest = not EARLIEST.isdisjoint(words), not LATEST.isdisjoint(words)
    if earliest == latest or "least" in words:
        return ""
    return "min" if earliest else "max"


def is_contrary(plan: Plan, order: str, schema: Schema) -> bool:
    """Whether some part of a plan takes the other end of a relation to dates than the one that is said."""
    return bool(order) and any(
        isinstance(part, Best)
        and isinstance(part.measure, Attribute)
        and part.order != order
        and _is_of_dates(part.measure.relation, schema)
        for part in parts_of(plan)
    )


def _is_of_dates(relation: str | None, schema: Schema) -> bool:
    known = schema.relations.get(relation) if relation is not None else None
    if known is None:
        return False
    return known.kind == "date" or (known.kind == "number" and YEAR in fold(known.name or words_of(known.id)).split())
