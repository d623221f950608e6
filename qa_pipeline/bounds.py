"""Which way a question compares with a number or a date: "after 2015", "at least six", "1990 or later".

The words are English and say it alone; a plan that compares the other way with the same number is put right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kg.graph import Literal
from kg.names import fold
from kg.plan import Attribute, Comparison, Ends, Filter, Join, Plan, Values
from kg.question import Link
from qa_pipeline.answer_type import is_denial
from qa_pipeline.literals import as_date
from qa_pipeline.plan_parts import with_parts

MORE = "more|greater|bigger|larger|higher|taller|longer|heavier|deeper|later"
LESS = "less|fewer|smaller|lower|shorter|lighter|earlier|cheaper"
NOT = "no|not|never|t"  # the t of "don't"
ALONE = r"(?! (?:than|\d))"  # not before a number of its own: "or more than 10"
BEFORE: dict[str, Comparison] = {  # what stands right before the number; the first that fits
    rf"(?:{NOT}) (?:{LESS}) than|not before|at least|minimum of": ">=",
    rf"(?:{NOT}) (?:{MORE}) than|not (?:after|over|above)|at most|up to|maximum of": "<=",
    rf"(?:{MORE}) than|more [a-z]+ than|over|above|after|exceeding": ">",
    rf"(?:{LESS}) than|less [a-z]+ than|under|below|before|prior to": "<",
}
AFTER: dict[str, Comparison] = {  # and right after it
    rf"(?:or|and) (?:{MORE}|above|over|older|after|up)\b{ALONE}|onwards?\b": ">=",
    rf"or (?:{LESS}|below|under|younger|before)\b{ALONE}": "<=",
}
UNIT = r"(?:[^\W\d]+ ){0,2}?"  # of the number, which may stand between
Bounds = dict[Literal, Comparison]


def bounds_said(text: str, links: Sequence[Link]) -> Bounds:
    """How the numbers and dates of a question bound what it asks for; those of which it says nothing are left out."""
    found: Bounds = {}
    seen: set[Literal] = set()
    twice: set[Literal] = set()
    for link in links:
        said, literal = link.mention, link.mention.literal
        if said.kind not in ("number", "date") or literal is None or said.start < 0:
            continue
        twice |= {literal} & seen
        seen.add(literal)
        if (comparison := _compared(fold(text[: said.start]), fold(text[said.end :]))) is not None:
            found[literal] = comparison
    return {literal: comparison for literal, comparison in found.items() if literal not in twice}


def _compared(before: str, after: str) -> Comparison | None:
    """``before`` and ``after``: the words around a number, folded."""
    told = (comparison for words, comparison in AFTER.items() if re.match(f"{UNIT}(?:{words})", after))
    if (comparison := next(told, None)) is not None:
        return None if any(map(is_denial, before.split())) else comparison
    found = ((re.search(f"(?:^| )(?:{words})$", before), comparison) for words, comparison in BEFORE.items())
    for words, comparison in found:
        if words is not None:
            denied = any(map(is_denial, before[: words.start()].split())) or before[: words.start()].endswith(" t")
            return None if denied else comparison  # "do not have more than 3": who denies is left to the model
    return None


def bounded(plan: Plan, said: Bounds) -> Plan:
    """The plan, comparing with each of these numbers as the question does, also where it walks from just that number."""
    plan = with_parts(plan, lambda part: bounded(part, said))
    if isinstance(plan, Filter) and isinstance(plan.bound, Literal):
        comparison = _of(plan.bound, said)
        return replace(plan, comparison=comparison) if comparison is not None else plan
    if isinstance(plan, Join) and plan.inverse and not plan.other and isinstance(plan.source, Values):
        literal = plan.source.literals[0]
        comparison = _of(literal, said) if len(plan.source.literals) == 1 else None
        if comparison is not None:
            return Filter(Ends(plan.relation, "head"), Attribute(plan.relation), comparison, literal)
    return plan


def _of(bound: Literal, said: Bounds) -> Comparison | None:
    return next((comparison for literal, comparison in said.items() if bound in (literal, as_date(literal))), None)
