"""Which end of time a superlative or a comparison means: the youngest was born last, who has been there longer came before.

Of a number "oldest" means the greatest, of a date the earliest; what is ranked or compared by a date of birth or of foundation
is therefore ranked the other way round. The words are English and of no domain.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Literal as OneOf
from typing import NamedTuple

from kg.graph import Literal, Relation, Schema
from kg.names import fold, words_of
from kg.plan import Attribute, Best, Comparison, Filter, Plan
from kg.question import Link
from qa_pipeline.answer_type import free_words, is_denial
from qa_pipeline.literals import as_date
from qa_pipeline.persons import is_person
from qa_pipeline.plan_parts import parts_of, with_parts

Order = OneOf["min", "max"]
EARLIEST = frozenset("oldest eldest earliest older elder".split())
LATEST = frozenset("youngest newest latest recent recently younger newer".split())
LASTING = frozenset("been serving running standing established works worked working employed served here".split())
LONG, SHORT = ("longest", "longer"), ("shortest", "shorter")
HAVE = frozenset("has have had ve since ago oldest newest youngest".split())
YOUNG = frozenset("youngest eldest".split())  # of what is born
AGE = frozenset("born birth birthday birthdate age aged dob old".split())  # in what relations to ages are called
COMPARED = frozenset("older elder younger newer longer shorter".split())
SAYS_WHEN = frozenset("before after since until earlier later".split())
SOONEST = frozenset("earliest earlier latest later newest sooner soonest".split())
RECENT = frozenset(("recent", "recently"))  # after "most"
OTHERWISE = frozenset("least first last".split())
SOONER: dict[Order, Comparison] = {"min": "<", "max": ">"}
ORDERED = ("<", ">")
BEYOND, BELOW = frozenset(("over", "above")), frozenset(("under", "below"))
OLDEST = 150  # years
YEAR = "year"  # in the name of a relation to numbers that are dates


class Years(NamedTuple):
    """An age in years, and how the birth of what is meant compares with the day so many years ago."""

    age: int
    born: Comparison


def order_said(text: str, links: Sequence[Link] = ()) -> Order | None:
    """Which end of time a question means: "min", "max", or None if it does not say, or says more than one.

    Words of names say nothing, "longest" does only of what has lasted until now ("has been here the longest").
    """
    words = free_words(text, links)
    lasting = not LASTING.isdisjoint(words)
    earliest = sum(word in EARLIEST or (lasting and word in LONG) for word in words)
    latest = sum(word in LATEST or (lasting and word in SHORT) for word in words)
    if earliest + latest != 1 or not OTHERWISE.isdisjoint(words):
        return None
    return "min" if earliest else "max"


def lengths_said(text: str, links: Sequence[Link] = ()) -> bool:
    """Whether the longest or the shortest is asked for, and not of what lasts until now ("has been here the longest")."""
    words = free_words(text, links)
    return not {LONG[0], SHORT[0]}.isdisjoint(words) and not lasts(words)


def lasts(words: Collection[str]) -> bool:
    """Whether some words of a question are of what lasts until now ("has been here the longest")."""
    return not (LASTING | HAVE).isdisjoint(words)


def is_no_length(plan: Plan, schema: Schema) -> bool:
    """Whether a plan takes the first by a date: nothing is long because it is late."""
    return any(isinstance(part, Best) and _is_of_dates(part, schema) for part in parts_of(plan))


def times_said(text: str, links: Sequence[Link], schema: Schema, choice: bool) -> bool:
    """Whether the earlier or the later is asked for ("which happened first, X or Y?"), and the graph knows of times.

    :param choice: whether the question lets choose from two things
    """
    words = free_words(text, links)
    told = {word for word, after in pairwise([*words, ""]) if after != "than"} & SOONEST
    if any(before == "most" and word in RECENT for before, word in pairwise(words)):
        told |= RECENT
    others = [word for word in words if word.endswith("est") and word not in SOONEST]
    first = bool(told) or (choice and "first" in words)
    return first and not others and any(is_dated(schema, relation) for relation in schema.relations)


def is_untimed(plan: Plan, schema: Schema) -> bool:
    """Whether a plan takes the first by what is no time."""
    measures = [part.measure for part in parts_of(plan) if isinstance(part, Best)]
    return bool(measures) and not any(isinstance(m, Attribute) and is_dated(schema, m.relation or "") for m in measures)


def births_said(text: str, links: Sequence[Link], schema: Schema) -> bool:
    """Whether the first or last to be born is asked for ("the youngest", "the oldest player"), and the graph knows of births."""
    words = free_words(text, links)
    living = words[:1] == ["who"] or any(map(is_person, words))
    if YOUNG.isdisjoint(words) and not (living and "oldest" in words):
        return False
    return any(map(_is_of_age, schema.relations.values()))


def is_no_age(plan: Plan, schema: Schema) -> bool:
    """Whether a plan takes the first by something else than an age or a birth."""
    measures = [part.measure for part in parts_of(plan) if isinstance(part, Best)]
    told = [m.relation for m in measures if isinstance(m, Attribute) and m.relation in schema.relations]
    return bool(measures) and not any(_is_of_age(schema.relations[relation]) for relation in told if relation)


def _is_of_age(relation: Relation) -> bool:
    dated = relation.kind in ("number", "date")
    return dated and not AGE.isdisjoint(fold(relation.name or words_of(relation.id)).split())


def compares(text: str, links: Sequence[Link] = ()) -> bool:
    """Whether two ages are compared ("older than"), and no date and no denial says otherwise which comes first."""
    words = free_words(text, links)
    than = any(word in COMPARED and after == "than" for word, after in pairwise(words))
    return than and SAYS_WHEN.isdisjoint(words) and not any(map(is_denial, words))


def years_said(text: str, links: Sequence[Link] = ()) -> Years | None:
    """The age that a question compares with: "older than 50", "under 18 years old"; None: none."""
    for link in links:
        age, after = link.mention.literal, fold(text[link.mention.end :])
        if link.mention.kind != "number" or age is None or link.mention.start < 0 or not 0 < (age.order or 0) < OLDEST:
            continue
        before = fold(text[: link.mention.start]).split()
        said = before[-2:-1] if before[-1:] == ["than"] else before[-1:]
        old = after.startswith(("years old", "years of age")) or before[-2:-1] == ["aged"]
        if said and (said[0] in ("older", "elder", "younger") or (old and said[0] in BEYOND | BELOW)):
            return Years(int(age.order or 0), "<" if said[0] in {"older", "elder"} | BEYOND else ">")
    return None


def in_years(plan: Plan, said: Years, schema: Schema, today: date) -> Plan:
    """The plan, where it compares dates with an age, comparing with the day so many years before today."""
    plan = with_parts(plan, lambda part: in_years(part, said, schema, today))
    if not (isinstance(plan, Filter) and isinstance(plan.measure, Attribute) and isinstance(plan.bound, Literal)):
        return plan
    relation = plan.measure.relation or ""
    age = Literal(said.age)
    if plan.bound not in (age, as_date(age)) or not is_dated(schema, relation):
        return plan
    year = today.year - said.age
    day = Literal(f"{year:04d}-{today.month:02d}-{min(today.day, 28 if today.month == 2 else 31):02d}", "date")
    return replace(
        plan, comparison=said.born, bound=day if schema.relations[relation].kind == "date" else Literal(year)
    )


def ordered(plan: Plan, order: Order, schema: Schema, compared: bool = True) -> Plan:
    """The plan, taking the end of time that is said where it ranks by dates; one that does so twice as it is.

    :param compared: whether the question compares ages, see :func:`compares`; else what compares dates is left as it is, too
    """
    dated = [part for part in parts_of(plan) if _is_of_dates(part, schema)]
    alone = len(dated) == 1 and (compared or isinstance(dated[0], Best))
    return _turned(plan, order, schema) if alone else plan


def _turned(plan: Plan, order: Order, schema: Schema) -> Plan:
    plan = with_parts(plan, lambda part: _turned(part, order, schema))
    if not _is_of_dates(plan, schema):
        return plan
    if isinstance(plan, Filter):
        return replace(plan, comparison=SOONER[order])
    return replace(plan, order=order) if isinstance(plan, Best) else plan


def _is_of_dates(plan: object, schema: Schema) -> bool:
    """Whether a plan ranks by dates, or compares with the date of something else."""
    if not (isinstance(plan, Best) or (isinstance(plan, Filter) and plan.comparison in ORDERED)):
        return False
    if isinstance(plan, Filter) and isinstance(plan.bound, Literal):
        return False
    return isinstance(plan.measure, Attribute) and is_dated(schema, plan.measure.relation or "")


def is_dated(schema: Schema, relation: str) -> bool:
    """Whether a relation leads to dates, or to numbers that are years."""
    known = schema.relations.get(relation)
    if known is None:
        return False
    return known.kind == "date" or (known.kind == "number" and YEAR in fold(known.name or words_of(known.id)).split())
