"""What SPARQL compares: the kinds that values can have, and conditions over them.

Numbers are compared as they are. XML Schema's dates of different precision do not compare in SPARQL, so each is turned
into a decimal first, year and then month, day and time as the fraction: 17 May 1990 is 1990.0517. What is not given is
the first (1990 is 1990.0101); time zones do not count. Strings are the same term or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from kg.graph import Literal, LiteralKind, Node, NodeKind, Schema
from kg.plan import (
    Attribute,
    Best,
    Comparison,
    Difference,
    Ends,
    Filter,
    Intersect,
    Join,
    Plan,
    Union,
    Values,
    kind_of,
)
from kg.rdf import OTHER_DATE, XSD, datatype_of, term

Lines = list[str]
Kinds = frozenset[LiteralKind]

ALL: Kinds = frozenset(("number", "date", "string"))
NONE: Kinds = frozenset()
NEVER = "1 = 0"  # rdflib takes FILTER(false) for no filter
NUMBER: Kinds = frozenset(("number",))
TESTS: dict[LiteralKind, str] = {
    "number": "isNumeric({})",
    "date": f"DATATYPE({{}}) IN (xsd:gYear, xsd:gYearMonth, xsd:date, xsd:dateTime, <{OTHER_DATE}>)",
    "string": "DATATYPE({}) IN (xsd:string, rdf:langString)",
}
START = "-01-01T00:00:00"
REST = r'BIND(REPLACE(STR({a}), "^-?[0-9]+|(Z|[+-][0-9]{{2}}:[0-9]{{2}})$", "") AS {rest})'
YEAR = 'REPLACE(STR({a}), "^(-?[0-9]+).*$", "$1")'
KEY = (
    f'BIND(xsd:decimal({YEAR}) + xsd:decimal(CONCAT("0.", REPLACE(CONCAT({{rest}},'
    f' SUBSTR("{START}", STRLEN({{rest}}) + 1)), "[^0-9]", ""))) AS {{key}})  # 17 May 1990: 1990.0517'
)
_DATE = re.compile(r"(-?\d+)(.*?)(?:(?<=:\d\d)(?:Z|[+-]\d\d:\d\d))?")


@dataclass(frozen=True)
class Operand:
    """One side of a comparison.

    :param kinds: what it can be
    :param text: the variable or term, and ``key``, by which it is compared as a date
    :param sure: it is of its only kind; no test is needed
    """

    kinds: Kinds
    text: str
    key: str = ""
    sure: bool = False

    def test(self, kind: LiteralKind) -> list[str]:
        return [] if self.sure else [TESTS[kind].format(self.text)]


def constant(literal: Literal) -> Operand:
    """A literal of the plan."""
    if literal.kind == "number":
        return Operand(NUMBER, written(literal), sure=True)
    key = date_key(literal) if literal.kind == "date" else ""
    return Operand(frozenset((literal.kind,)), written(literal), key, sure=True)


def written(node: Node) -> str:
    """A node as SPARQL abbreviates it: ``5``, ``"1990-05"^^xsd:gYearMonth``."""
    if isinstance(node, Literal) and node.kind == "number" and "e" not in node.text:
        return node.text
    if isinstance(node, str) or node.kind == "string":
        return term(node)
    datatype = datatype_of(node)
    return f'"{node.text}"^^xsd:{datatype.removeprefix(XSD)}' if datatype.startswith(XSD) else term(node)


def date_key(literal: Literal) -> str:
    """The decimal that a date is compared by.

    >>> date_key(Literal("1990", "date")), date_key(Literal("-0044-03-15", "date"))
    ('1990.0101', '-43.9685')
    """
    found = _DATE.fullmatch(literal.text)
    year, rest = found.groups() if found else ("0", "")
    digits = re.sub(r"\D", "", rest + START[len(rest) :]).rstrip("0")
    if not year.startswith("-"):
        return f"{int(year)}.{digits or 0}"
    scale = 10 ** len(digits)
    whole = -int(year) * scale - int(digits or 0)
    return f"-{whole // scale}.{whole % scale:0{len(digits) or 1}d}" if whole >= 0 else f"0.{digits}"


def year_begun(literal: Literal) -> int | None:
    """The year that a date is the very beginning of, if it is."""
    found = _DATE.fullmatch(literal.text) if literal.kind == "date" else None
    return int(found[1]) if found and found[2] + START[len(found[2]) :] == START else None


def bind_date(a: str, rest: str, key: str) -> Lines:
    """Lines that bind ``key`` to the decimal that ``a`` is compared by as a date."""
    return [REST.format(a=a, rest=rest), KEY.format(a=a, rest=rest, key=key)]


def condition(a: Operand, comparison: Comparison, b: Operand) -> str:
    """The condition that the sides compare so, within one kind."""
    kinds = (kind for kind in TESTS if kind in a.kinds & b.kinds and (kind != "string" or comparison in ("=", "!=")))
    parts = [" && ".join((*a.test(kind), *b.test(kind), _holds(kind, a, comparison, b))) for kind in kinds]
    return " || ".join(f"({part})" if len(parts) > 1 and "&&" in part else part for part in parts) or NEVER


def _holds(kind: LiteralKind, a: Operand, comparison: Comparison, b: Operand) -> str:
    if kind == "string":
        return ("" if comparison == "=" else "!") + f"sameTerm({a.text}, {b.text})"
    return f"{a.key} {comparison} {b.key}" if kind == "date" else f"{a.text} {comparison} {b.text}"


# kinds --------------------------------------------------------------------------------------------------------------


def kinds_of(plan: Plan | Literal, schema: Schema | None) -> Kinds:
    """The kinds of literals that a bound can hold, as far as plan and schema tell."""
    if isinstance(plan, Literal):
        return frozenset((plan.kind,))
    if kind_of(plan) == "number":
        return NUMBER
    if isinstance(plan, Values):
        return frozenset(literal.kind for literal in plan.literals)
    if isinstance(plan, Join):
        return NONE if plan.inverse else relation_kinds(plan.relation, schema)
    if isinstance(plan, Ends):
        return NONE if plan.side == "head" else relation_kinds(plan.relation, schema)
    if isinstance(plan, Intersect | Union):
        left, right = kinds_of(plan.left, schema), kinds_of(plan.right, schema)
        return left & right if isinstance(plan, Intersect) else left | right
    if isinstance(plan, Difference):
        return kinds_of(plan.left, schema)
    return kinds_of(plan.source, schema) if isinstance(plan, Filter | Best) else NONE


def relation_kinds(relation: str, schema: Schema | None) -> Kinds:
    """The kinds of a relation's literals."""
    if schema is None:
        return ALL
    known = schema.relations.get(relation)
    of: dict[NodeKind, Kinds] = {"entity": NONE, "number": NUMBER, "mixed": ALL}
    of |= {"date": frozenset(("date",)), "string": frozenset(("string",))}
    return of[known.kind] if known is not None else ALL


def attribute_kinds(source: Plan, measure: Attribute, schema: Schema | None) -> Kinds:
    """The kinds of a measure's literals."""
    return kinds_of(source, schema) if measure.relation is None else relation_kinds(measure.relation, schema)


COMPARE: dict[Comparison, Callable[[float, float], bool]] = {
    "=": lambda x, y: x == y, "!=": lambda x, y: x != y, "<": lambda x, y: x < y,
    "<=": lambda x, y: x <= y, ">": lambda x, y: x > y, ">=": lambda x, y: x >= y,
}  # fmt: skip
