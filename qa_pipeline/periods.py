"""Years and months over graphs that know days: "incidents in 2024" asks for those of any of its days.

A year starts a walk as any value does, and where relations lead to days no value is just that year. What is within it is found
by comparing with its first and last day.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.graph import Literal, Schema
from kg.plan import Attribute, Ends, Filter, Join, Plan, Values
from qa_pipeline.literals import as_date
from qa_pipeline.plan_parts import with_parts


def period_of(literal: Literal) -> tuple[Literal, Literal] | None:
    """The first and the last day of a year or a month; None: it is neither.

    >>> [day.text for day in period_of(Literal(2024))], period_of(Literal("2024-03-15", "date"))
    (['2024', '2024-12-31'], None)
    """
    first = as_date(literal)
    return (first, first.last_day) if first != first.last_day else None


def dated(relation: str, literal: Literal) -> Plan | None:
    """What has a date within a period; None: the literal is no period."""
    period = period_of(literal)
    if period is None:
        return None
    measure = Attribute(relation)
    return Filter(Filter(Ends(relation, "head"), measure, ">=", period[0]), measure, "<=", period[1])


def relations_to_dates(schema: Schema) -> Iterator[str]:
    """The relations that lead to dates."""
    return (r.id for r in schema.relations.values() if r.kind == "date")


def in_periods(plan: Plan, schema: Schema) -> Plan:
    """The plan, with every walk from a year or a month back over dates taken for what is within it."""
    plan = with_parts(plan, lambda part: in_periods(part, schema))
    if not (isinstance(plan, Join) and plan.inverse and isinstance(plan.source, Values)):
        return plan
    known = schema.relations.get(plan.relation)
    if known is None or known.kind != "date" or len(plan.source.literals) != 1:
        return plan
    return dated(plan.relation, plan.source.literals[0]) or plan
