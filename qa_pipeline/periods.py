"""Years, months and days over graphs that know days or moments: "incidents in 2024" asks for those of any of its days.

A year starts a walk as any value does, and where relations lead to days no value is just that year. What is within it is found
by comparing the values with its beginning and with what comes after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kg.graph import Literal, Schema
from kg.names import fold
from kg.plan import Attribute, Ends, Filter, FilterType, Intersect, Join, OfType, Plan, Values
from kg.question import Mention
from qa_pipeline.literals import ORDINALS, as_date
from qa_pipeline.plan_parts import with_parts

YEAR = re.compile(r"[12]\d{3}")  # a number that may be one
ITSELF = Attribute(None)
_NTH = "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split()
NTH = ORDINALS | {word: value for value, word in enumerate(_NTH, 13)} | {"twenty first": 21}
TENTHS = {
    word: tens for tens, word in enumerate("thirties forties fifties sixties seventies eighties nineties".split(), 3)
}
AGES = re.compile(  # "in the 1990s", "during the 18th century"; not "in the 18th century BC", nor "in the late 1990s"
    r"\b(?:in|during|throughout|within|from) the (?P<said>"
    r"(?P<decade>[12]\d\d)0['’]?s\b|['’]?(?P<short>[3-9])0['’]?s\b|"
    rf"(?P<named>{'|'.join(TENTHS)})\b|"
    rf"(?:(?P<digits>[1-9]\d?)(?:st|nd|rd|th)|(?P<word>{'|'.join(NTH).replace(' ', '[- ]')}))[ -]century\b)"
    r"(?!\s*(?:bc|b\.\s*c|before|to\b|until|till|through|and\b|or\b|on\b|onwards?|[-–—]))",
    re.IGNORECASE,
)


def period_said(mention: Mention) -> Literal | None:
    """The year, month or day that a mention is; None: it is none.

    >>> period_said(Mention(3, 7, "2024", "number", Literal(2024))).text
    '2024'
    """
    if mention.literal is None or mention.kind not in ("number", "date"):
        return None
    if mention.kind == "number" and (mention.unit or not YEAR.fullmatch(mention.literal.text)):
        return None
    date = as_date(mention.literal)
    return date if date.kind == "date" and date.after != date else None


def ages_said(text: str) -> list[tuple[str, int, int, str]]:
    """The decades and centuries of a question: as they are said, from where to where with their preposition, and as a range.

    The first century began with the year 1 and ended with the year 100.

    >>> ages_said("Who died in the 18th century?")
    [('18th century', 9, 28, 'between 1701 and 1800')]
    """
    found = []
    for age in AGES.finditer(text):
        if age["decade"] or age["short"] or age["named"]:  # a decade without its century is of the twentieth
            tens = int(age["decade"] or 190 + int(age["short"] or TENTHS[fold(age["named"])]))
            first, last = tens * 10, tens * 10 + 9
        else:
            nth = int(age["digits"]) if age["digits"] else NTH[fold(age["word"])]
            first, last = 100 * nth - 99, 100 * nth
        found.append((age["said"], age.start(), age.end(), f"between {first} and {last}"))
    return found


def find_dated(relation: str, period: Literal) -> Plan:
    """The plan for all that a relation gives a date within a year, a month or a day."""
    begins = Filter(Ends(relation, "tail"), ITSELF, ">=", period)
    return Join(Filter(begins, ITSELF, "<", period.after), relation, inverse=True)


def relations_to_dates(schema: Schema) -> Iterator[str]:
    """The relations that lead to dates."""
    return (r.id for r in schema.relations.values() if r.kind == "date")


def in_periods(plan: Plan, schema: Schema) -> Plan:
    """The plan, with every walk from a year, a month or a day back over dates taken for what is within it."""
    plan = with_parts(plan, lambda part: in_periods(part, schema))
    if not (isinstance(plan, Join) and plan.inverse and isinstance(plan.source, Values)):
        return plan
    known = schema.relations.get(plan.relation)
    if known is None or known.kind != "date" or len(plan.source.literals) != 1:
        return plan
    period = as_date(plan.source.literals[0])
    return find_dated(plan.relation, period) if period.kind == "date" and period.after != period else plan


def throughout(plan: Plan, period: Literal) -> Plan:
    """The plan, with a bound by a year, a month or a day taken for all of it: "in 2024" is not from 2024 on."""
    if (
        isinstance(plan, Filter)
        and plan.bound == period
        and isinstance(plan.measure, Attribute)
        and plan.measure.relation
    ):
        found = find_dated(plan.measure.relation, period)
        if isinstance(plan.source, OfType):
            return FilterType(found, plan.source.type)
        return found if plan.source == Ends(plan.measure.relation, "head") else Intersect(plan.source, found)
    return with_parts(plan, lambda part: throughout(part, period))
