"""The constant fragments that Cypher statements are joined from, and the only way to fill their holes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from kg.graph import LiteralKind
from kg.plan import Comparison

_DYNAMIC_TYPE = re.compile(r":\$\(\$(p\d+)\)")
_PARAMETER = re.compile(r"\$(p\d+)\b")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_HOLE = re.compile(r"<(\w+)>")
_NAME = re.compile(
    r"(?:[a-z]\d+(?:\.order|\.key)?|\$p\d+)(?:, [a-z]\d+)*"
    r"|\.?`(?:[^`\\]|``)+`|\[\$p\d+\]|\$\(\$p\d+\)"  # a name in the database, quoted or as a parameter
)

Parameter = str | int | float | list[str] | list[float] | list[dict[str, str | int | float]]

ONE: dict[Comparison, str] = {
    "=": "<x> = <b>", "!=": "<x> <> <b>", "<": "<x> < <b>", "<=": "<x> <= <b>", ">": "<x> > <b>", ">=": "<x> >= <b>",
}  # fmt: skip
MANY: dict[Comparison, str] = ONE | {"=": "<x> IN <b>", "!=": "any(other IN <b> WHERE <x> <> other)"}
PAIRS: dict[Comparison, str] = ONE | {
    "=": "any(one IN <x> WHERE one IN <b>)",
    "!=": "any(one IN <x> WHERE any(other IN <b> WHERE one <> other))",
}
KIND: dict[LiteralKind, str] = {
    "number": "<l>.kind = 'number' AND ", "date": "<l>.kind = 'date' AND ", "string": "<l>.kind = 'string' AND ",
}  # fmt: skip
OF_KIND: dict[LiteralKind, str] = {
    "number": "CASE <v>.kind WHEN 'number' THEN <v>.order END",
    "date": "CASE <v>.kind WHEN 'date' THEN <v>.order END",
    "string": "CASE <v>.kind WHEN 'string' THEN <v>.key END",
}
WALK = {False: "MATCH (<v>)-[:$(<r>)]->(<w>)", True: "MATCH (<v>)<-[:$(<r>)]-(<w>)"}
# a time's Literal.order: years, and months of 31 days, days and seconds as fractions of 372 days
ORDER = (
    "head([t IN [split(<at>, 'T')] |"
    " head([d IN [split(CASE WHEN t[0] STARTS WITH '-' THEN substring(t[0], 1) ELSE t[0] END, '-')] |"
    " (CASE WHEN t[0] STARTS WITH '-' THEN -1 ELSE 1 END) * toInteger(d[0])"
    " + ((coalesce(toInteger(d[1]), 1) - 1) * 31 + coalesce(toInteger(d[2]), 1) - 1 + CASE WHEN size(t) = 1 THEN 0.0 ELSE"
    " (toInteger(substring(t[1], 0, 2)) * 3600 + toInteger(substring(t[1], 3, 2)) * 60 + coalesce(toFloat("
    "split(split(split(replace(t[1], 'Z', ''), '+')[0], '-')[0], ':')[2]), 0.0)) END / 86400.0) / 372.0])])"
)
HOLDS = (  # of a relationship: it holds at some time from <b> (included) to <u> (excluded)
    "(coalesce(<e>.start, '') = '' OR " + ORDER.replace("<at>", "<e>.start") + " < <u>)"
    " AND (coalesce(<e>.end, '') = '' OR " + ORDER.replace("<at>", "<e>.end") + " > <b>)"
)
RANK = {
    "max": ("WITH <v>, <m> ORDER BY <m> DESC", "WHERE <m> <= <a> AND <m> >= <z>"),
    "min": ("WITH <v>, <m> ORDER BY <m>", "WHERE <m> >= <a> AND <m> <= <z>"),
}
PER_ELEMENT = {
    "max": "WITH <v>, max(CASE <l>.kind WHEN 'number' THEN <l>.order END) AS <n>,"
    " max(CASE <l>.kind WHEN 'date' THEN <l>.order END) AS <d>",
    "min": "WITH <v>, min(CASE <l>.kind WHEN 'number' THEN <l>.order END) AS <n>,"
    " min(CASE <l>.kind WHEN 'date' THEN <l>.order END) AS <d>",
}
AGGREGATE = {
    "sum": "RETURN CASE count(<x>) WHEN 0 THEN null ELSE sum(<x>) END AS <n>",
    "mean": "RETURN CASE count(<x>) WHEN 0 THEN null ELSE sum(<x>) / toFloat(count(<x>)) END AS <n>",
    "min": "RETURN min(<x>) AS <n>",
    "max": "RETURN max(<x>) AS <n>",
}


@dataclass(frozen=True, slots=True)
class Cypher:
    """A statement and the values of its parameters. A set's rows are ``id, value, kind, language``; else ``value``."""

    statement: str
    parameters: Mapping[str, Parameter]


@dataclass(frozen=True, slots=True)
class Bound:
    """Names of what a comparison is against, by kind.

    :param many: ``=`` and ``!=`` are against lists; the other comparisons are always against the one value that decides
    """

    names: Mapping[LiteralKind, str]
    many: bool


def fill(fragment: str, **names: str) -> str:
    """A constant fragment with its holes filled by names of variables and parameters, or quoted names, and by nothing else.

    >>> fill("MATCH (<v>)-[:$(<r>)]->()", v="v1", r="$p1")
    'MATCH (v1)-[:$($p1)]->()'
    """
    for name in names.values():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no variable, parameter or quoted name")
    return _HOLE.sub(lambda hole: names[hole[1]], fragment)


def quoted(name: str) -> str:
    """A name in the database as Cypher reads it; "" where quotes do not hold it (a backslash may begin an escape).

    >>> quoted("a `b`")
    '`a ``b```'
    """
    return "`" + name.replace("`", "``") + "`" if name and "\\" not in name and "\0" not in name else ""


def deciding(comparison: Comparison, kind: LiteralKind, largest: bool) -> str:
    """What of a bounding set decides: its greatest or least value, all of them, or, for ``!=``, any two."""
    if comparison == "=":
        return "collect(" + OF_KIND[kind] + ") AS <b>"
    if comparison == "!=":
        return "collect(DISTINCT " + OF_KIND[kind] + ")[..2] AS <b>"
    return ("max(" if largest else "min(") + OF_KIND[kind] + ") AS <b>"


def holds(x: str, comparison: Comparison, bound: Bound) -> str:
    """A condition on a literal's node."""
    table = MANY if bound.many else ONE
    parts = [
        fill(KIND[kind] + table[comparison], l=x, x=x + (".key" if kind == "string" else ".order"), b=name)
        for kind, name in bound.names.items()
    ]
    return " OR ".join(parts) or "false"


def number_holds(n: str, comparison: Comparison, bound: Bound) -> str:
    """A condition on a count."""
    if "number" not in bound.names:
        return "false"
    return fill((MANY if bound.many else ONE)[comparison], x=n, b=bound.names["number"])


def shown(compiled: Cypher) -> str:
    """A statement with its values written in."""
    values = compiled.parameters
    typed = _DYNAMIC_TYPE.sub(lambda hole: ":" + _token(values[hole[1]]), compiled.statement)
    return _PARAMETER.sub(lambda hole: show_value(values[hole[1]]), typed)


def show_value(value: Parameter | dict[str, str | int | float]) -> str:
    """A value as a Cypher literal."""
    if isinstance(value, str):
        return "'" + "".join(_ESCAPES.get(character, character) for character in value) + "'"
    if isinstance(value, dict):
        return "{" + ", ".join(key + ": " + show_value(of) for key, of in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(show_value, value)) + "]"
    return repr(value)


def _token(value: Parameter) -> str:
    text = str(value)
    if "\\u" in text:  # Neo4j reads unicode escapes in names too: \u0060 would end one
        return "$(" + show_value(text) + ")"
    return "`" + text.replace("`", "``") + "`"
