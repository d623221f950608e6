"""Plans as Cypher over a database that we did not import: nodes are entities, values of their properties are literals.

In a statement a literal is a map ``{kind, order, value}``, of a string ``{kind, key, value}``. Each variable is known to hold
nodes, literals or either; nothing is read of a node as if it were a literal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal as OneOf

from kg.cypher import PlanCompiler
from kg.cypher_fragments import Parameter, fill, quoted
from kg.graph import Literal
from kg.neo4j_foreign_profile import TEMPORAL, Held, Profile
from kg.neo4j_layout import INTEGERS, literal_key
from kg.plan import (
    Attribute,
    Best,
    Difference,
    Ends,
    Entities,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    OfType,
    Plan,
    Union,
    Values,
)

Lines = list[str]
Holds = OneOf["node", "value", "any"]

# what is made of a value <x>, by its type
MADE = {
    "STRING": " WHEN <x> IS :: STRING NOT NULL THEN CASE <x> WHEN '' THEN null"
    " ELSE {kind: 'string', key: 'string@:' + <x>, value: <x>} END",
    "INTEGER": " WHEN <x> IS :: INTEGER NOT NULL THEN {kind: 'number', order: toFloat(<x>), value: <x>}",
    "FLOAT": " WHEN <x> IS :: FLOAT NOT NULL THEN CASE WHEN isNaN(<x> - <x>) THEN null ELSE {kind: 'number',"
    " order: <x> + 0.0, value: CASE WHEN <x> = floor(<x>) AND abs(<x>) < 9007199254740992 THEN toInteger(<x>) ELSE <x> END} END",
    "BOOLEAN": " WHEN <x> IS :: BOOLEAN NOT NULL THEN CASE <x> WHEN true THEN {kind: 'string', key: 'string@:yes', value: 'yes'}"
    " ELSE {kind: 'string', key: 'string@:no', value: 'no'} END",
    "DATE": " WHEN <x> IS :: DATE NOT NULL THEN CASE WHEN abs(<x>.year) < 10000 THEN {kind: 'date',"
    " order: <x>.year + ((<x>.month - 1) * 31 + <x>.day - 1) / 372.0, value: toString(<x>)} END",
} | {
    type: " WHEN <x> IS :: " + type + " NOT NULL THEN CASE WHEN abs(<x>.year) < 10000 THEN {kind: 'date',"
    " order: <x>.year + ((<x>.month - 1) * 31 + <x>.day - 1"
    " + (<x>.hour * 3600 + <x>.minute * 60 + <x>.second + <x>.nanosecond / 1000000000.0) / 86400.0) / 372.0,"
    " value: split(toString(<x>), '[')[0]} END"
    for type in ("LOCAL DATETIME", "ZONED DATETIME")
}  # fmt: skip
DAY = "'-?[0-9]{4}-[0-9]{2}-[0-9]{2}'"
IS_NODE, IS_LITERAL = "<v> IS :: NODE NOT NULL", "<v> IS :: MAP NOT NULL"
RETURNED: dict[Holds, str] = {
    "node": "RETURN elementId(<v>) AS id, null AS value, null AS kind",
    "value": "RETURN null AS id, <v>.value AS value, <v>.kind AS kind",
    "any": "RETURN CASE WHEN " + IS_NODE + " THEN elementId(<v>) END AS id,"
    " CASE WHEN " + IS_LITERAL + " THEN <v>.value END AS value, CASE WHEN " + IS_LITERAL + " THEN <v>.kind END AS kind",
}  # fmt: skip


def literal_map(literal: Literal) -> dict[str, str | int | float] | None:
    """A literal as statements have it; None: no property has such a value."""
    value = literal.value
    if literal.language or value == "" or (isinstance(value, int) and value not in INTEGERS):
        return None
    if literal.kind == "string":
        return {"kind": "string", "key": literal_key(literal), "value": value}
    return {"kind": literal.kind, "order": float(literal.order or 0), "value": value}


class ForeignCompiler(PlanCompiler):
    """See :class:`kg.cypher.PlanCompiler`.

    :param elements: the database's own ids of entities, by our ids; unknown ones are left out
    """

    def __init__(self, profile: Profile, elements: Callable[[Iterable[str]], list[str]]) -> None:
        super().__init__()
        self.profile, self.elements = profile, elements
        self._holding: dict[str, Holds] = {}  # by variable

    # names and literals in the database ------------------------------------------------------------------------------

    def name(self, text: str) -> str:
        """A label or a relationship type, after a colon."""
        return quoted(text) or "$(" + self.parameter(text) + ")"

    def key(self, text: str) -> str:
        """A property, after a variable."""
        name = quoted(text)
        return "." + name if name else "[" + self.parameter(text) + "]"

    def of_label(self, e: str, label: str) -> str:
        """A MATCH of the nodes of a label, and the beginning of its WHERE."""
        if not label:
            return fill("MATCH (<e>) WHERE size(labels(<e>)) = 0 AND ", e=e)
        return fill("MATCH (<e>:<l>) WHERE ", e=e, l=self.name(label))

    def equals(self, e: str, key: str, held: Held, v: str) -> str:
        """Whether a node has the literal ``v``; by an index where there is one."""
        k = self.key(key)
        if held.plain:
            return fill("<e><k> = <v>.value AND <v>.kind <> 'date'", e=e, k=k, v=v)
        if held.days:
            day = "CASE WHEN <v>.kind = 'date' AND <v>.value =~ " + DAY + " THEN date(<v>.value) END"
            return fill("<e><k> = " + day, e=e, k=k, v=v)
        y = self.variable("y")
        return fill("any(<y> IN [] + <e><k> WHERE " + self.made(y, [key]) + " = <v>)", y=y, e=e, k=k, v=v)

    def made(self, x: str, keys: Iterable[str]) -> str:
        """The literal that a value of some properties is; null: none. Short, since long statements are long in planning."""
        held = [one for key in keys for one in self.profile.literals.get(key, {}).values()]
        types = {type for one in held for type in one.types} if self.profile.at_hand else MADE.keys()
        return "CASE" + "".join(fill(made, x=x) for type, made in MADE.items() if type in types) + " END"

    def holders(self, relation: str, kinds: Iterable[str] | None = None) -> list[tuple[str, Held]]:
        """The labels whose nodes have a property with literals, of some kinds if they are given."""
        held = self.profile.literals.get(relation, {})
        return [(label, one) for label, one in held.items() if kinds is None or _kinds(one) & {*kinds}]

    # the layout ------------------------------------------------------------------------------------------------------

    def _returned(self, v: str) -> Lines:
        return [fill(RETURNED[self._held(v)], v=v)]

    def _of_type(self, v: str, type: str) -> str:
        holds = self._held(v)
        if holds == "node":
            return fill("WITH <v> WHERE <v>:<l>", v=v, l=self.name(type))
        if holds == "value":
            return fill("WITH <v> WHERE false", v=v)
        among = "WITH <v> WHERE CASE WHEN " + IS_NODE + " THEN <t> IN labels(<v>) ELSE false END"
        return fill(among, v=v, t=self.parameter(type))

    def _walk(self, v: str, w: str, relation: str, inverse: bool) -> Lines:
        ways = self._ways(v, w, relation, inverse)
        self._holding[w] = "node" if inverse else self._tails_of(relation)
        if not ways:
            return [fill("UNWIND [] AS <w>", w=w)]
        if len(ways) == 1:
            return ways[0]
        return _scoped(v, [[*way, fill("RETURN <w>", w=w)] for way in ways])

    def _ways(self, v: str, w: str, relation: str, inverse: bool) -> list[Lines]:
        """The walks that may lead from ``v``: along relationships, to values, and from values to those that have them."""
        holds, ways = self._held(v), []
        is_property = relation in self.profile.literals
        if holds != "value" and relation in self.profile.relationships:
            match = "MATCH (<v>)<-[:<r>]-(<w>)" if inverse else "MATCH (<v>)-[:<r>]->(<w>)"
            ways.append([*self._only(IS_NODE, v), fill(match, v=v, w=w, r=self.name(relation))])
        if is_property and not inverse and holds != "value":
            ways.append(self._tails(v, w, relation, fill("<w> IS NOT NULL", w=w)))
        if is_property and inverse and holds != "node":
            for label, held in self.holders(relation):
                where = self.of_label(w, label) + self.equals(w, relation, held, v)
                ways.append([*self._only(IS_LITERAL, v), where])
        return ways

    def _tails(self, v: str, x: str, relation: str, condition: str = "") -> Lines:
        y = self.variable("y")
        self._holding[x] = "value"
        where = ["WHERE " + condition] if condition else []
        if relation not in self.profile.literals or self._held(v) == "value":
            return [fill("UNWIND [] AS <y>", y=y), fill("WITH *, null AS <x>", x=x), *where]
        values = fill("UNWIND [] + <v><k> AS <y>", v=v, k=self.key(relation), y=y)
        made = "WITH *, " + self.made(y, [relation]) + fill(" AS <x>", x=x)
        return [*self._only(IS_NODE, v), values, made, *where]

    def _literals_only(self, v: str) -> Lines:
        return ["WITH * WHERE false"] if self._held(v) == "node" else self._only(IS_LITERAL, v)

    def _only(self, condition: str, v: str) -> Lines:
        return [fill("WITH * WHERE " + condition, v=v)] if self._held(v) == "any" else []

    # sets ------------------------------------------------------------------------------------------------------------

    def rows(self, plan: Plan) -> tuple[Lines, str]:
        if isinstance(plan, Join) and plan.inverse and not plan.other and isinstance(plan.source, Values):
            lines, v = self._join(
                *self._values(plan.source, there=True), plan
            )  # no walk comes from one that is not there
        else:
            lines, v = super().rows(plan)
        self._holding[v] = self._of(plan)
        return lines, v

    def _sub_plan(self, plan: Plan, here: str, hoisted: dict[str, Lines]) -> tuple[Lines, str]:
        lines, v = super()._sub_plan(plan, here, hoisted)
        if isinstance(plan, Here):
            self._holding[v] = self._held(here)
        return lines, v

    def _start(self, plan: Entities | Values | OfType | Ends) -> tuple[Lines, str]:
        if isinstance(plan, Values):
            return self._values(plan)
        v = self.variable()
        if isinstance(plan, Entities):
            elements: Parameter = sorted(self.elements(plan.ids))
            return [fill("MATCH (<v>) WHERE elementId(<v>) IN <p>", v=v, p=self.parameter(elements))], v
        if isinstance(plan, OfType):
            return [fill("MATCH (<v>:<l>)", v=v, l=self.name(plan.type))], v
        ways = self._ends(plan, v)
        if not ways:
            return [fill("UNWIND [] AS <v>", v=v)], v
        return [*_scoped("", [[*way, fill("RETURN <v>", v=v)] for way in ways]), fill("WITH DISTINCT <v>", v=v)], v

    def _ends(self, plan: Ends, v: str) -> list[Lines]:
        ways = []
        labels = self.holders(plan.relation)
        if plan.relation in self.profile.relationships:
            match = "MATCH (<v>)-[:<r>]->()" if plan.side == "head" else "MATCH ()-[:<r>]->(<v>)"
            ways.append([fill(match, v=v, r=self.name(plan.relation))])
        for label, _ in labels:
            y, k, e = self.variable("y"), self.key(plan.relation), v if plan.side == "head" else self.variable("e")
            self._holding[e] = "node"
            there = self.of_label(e, label) + fill("<e><k> IS NOT NULL", e=e, k=k)
            x = v if plan.side == "tail" else self.variable("x")
            self._holding[x] = "value"
            values = fill("UNWIND [] + <e><k> AS <y>", e=e, k=k, y=y)
            literal = "WITH *, " + self.made(y, [plan.relation]) + fill(" AS <x>", x=x)
            ways.append([there, values, literal, fill("WHERE <x> IS NOT NULL", x=x)])
        return ways

    def _values(self, plan: Values, *, there: bool = False) -> tuple[Lines, str]:
        """The literals of the plan that some node has; ``there``: it does not matter whether one has."""
        v = self.variable()
        self._holding[v] = "value"
        wanted = {literal.key: literal for literal in plan.literals}
        maps = [made for _, literal in sorted(wanted.items()) if (made := literal_map(literal)) is not None]
        lines = [fill("UNWIND <p> AS <v>", p=self.parameter(maps), v=v)]
        if there:
            return lines, v
        kinds, found = {str(made["kind"]) for made in maps}, []
        for relation in sorted(self.profile.literals):
            for label, held in self.holders(relation, kinds):
                e = self.variable("e")
                found.append("EXISTS { " + self.of_label(e, label) + self.equals(e, relation, held, v) + " }")
        return [*lines, fill("WITH <v> WHERE ", v=v) + (" OR ".join(found) or "false")], v

    def _join(self, lines: Lines, v: str, plan: Join) -> tuple[Lines, str]:
        """Those that have any of many values are found at once, by an index or in one reading."""
        if not plan.inverse or self._held(v) == "node" or plan.relation not in self.profile.literals:
            return super()._join(lines, v, plan)
        if plan.relation in self.profile.relationships:
            return super()._join(lines, v, plan)
        w, s, a, d = self.variable("w"), self.variable("s"), self.variable("a"), self.variable("d")
        self._holding[w] = "node"
        days = "[one IN <s> WHERE one.kind = 'date' AND one.value =~ " + DAY + " | date(one.value)] AS <d>"
        listed = [
            *self._only(IS_LITERAL, v), fill("WITH collect(<v>) AS <s>", v=v, s=s),
            fill("WITH <s>, [one IN <s> WHERE one.kind <> 'date' | one.value] AS <a>, " + days, s=s, a=a, d=d),
        ]  # fmt: skip
        ways = [
            [self.of_label(w, label) + self._among(w, plan.relation, held, s, a, d), fill("RETURN <w>", w=w)]
            for label, held in self.holders(plan.relation)
        ]
        return [*lines, *listed, *_scoped(", ".join((s, a, d)), ways), fill("WITH DISTINCT <w>", w=w)], w

    def _among(self, w: str, relation: str, held: Held, s: str, a: str, d: str) -> str:
        k = self.key(relation)
        if held.plain or held.days:
            return fill("<w><k> IN <s>", w=w, k=k, s=a if held.plain else d)
        y = self.variable("y")
        some = "any(<y> IN [] + <w><k> WHERE " + self.made(y, [relation]) + " IN <s>)"
        return fill(some, y=y, w=w, k=k, s=s)

    # what a variable holds -------------------------------------------------------------------------------------------

    def _held(self, v: str) -> Holds:
        return self._holding.get(v, "any")

    def _tails_of(self, relation: str) -> Holds:
        if relation not in self.profile.literals:
            return "node"
        return "any" if relation in self.profile.relationships else "value"

    def _of(self, plan: Plan) -> Holds:
        """What a set holds."""
        if isinstance(plan, Values):
            return "value"
        if isinstance(plan, Join):
            return "node" if plan.inverse else self._tails_of(plan.relation)
        if isinstance(plan, Ends):
            return "node" if plan.side == "head" else self._tails_of(plan.relation)
        if isinstance(plan, Intersect | Union | Difference):
            left, right = self._of(plan.left), self._of(plan.right)
            return left if left == right else "any"
        if isinstance(plan, Filter | Best) and plan.measure == Attribute(None):
            return self._of(plan.source)
        if isinstance(plan, Filter | Best | FilterType):
            return self._of(plan.source)
        return "node"


def _kinds(held: Held) -> set[str]:
    """The kinds of literals that a property has."""
    kinds = {"date"} if held.types & TEMPORAL else set()
    kinds |= {"number"} if held.types & {"INTEGER", "FLOAT"} else set()
    return kinds | ({"string"} if held.types & {"STRING", "BOOLEAN"} else set())


def _scoped(variables: str, ways: Sequence[Lines]) -> Lines:
    """A subquery over the variables that unites several ways."""
    lines: Lines = []
    for way in ways:
        lines += [*(["UNION"] if lines else []), *way]
    scope = fill("CALL (<v>) {", v=variables) if variables else "CALL () {"
    return [scope, *("  " + line for line in lines), "}"]
