"""A plan as one SPARQL 1.1 query, over the RDF of :mod:`kg.rdf`: SELECT for a set or a number, ASK for a yes/no.

The query says exactly what the plan says. With the graph's schema it is shorter: where a relation's values are all
numbers, nothing need be said of dates and strings. Numbers beyond 2**53 are compared exactly here, in a store as floats.

>>> print(to_sparql(Join(Entities(("Kenya",)), "capital")))
SELECT DISTINCT ?x WHERE { <urn:askgraph:Kenya> <urn:askgraph:capital> ?x }
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.check import check
from kg.errors import PlanError
from kg.graph import Literal, LiteralKind, Schema
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Comparison,
    Count,
    CountOf,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    Measure,
    OfType,
    Plan,
    Union,
    Values,
    kind_of,
)
from kg.rdf import ALIAS, LABEL, RDF, XSD, term
from kg.sparql_values import (
    ALL,
    COMPARE,
    NEVER,
    NUMBER,
    TESTS,
    YEAR,
    Kinds,
    Lines,
    Operand,
    attribute_kinds,
    bind_date,
    condition,
    constant,
    kinds_of,
    written,
    year_begun,
)

WIDTH = 120
PREFIXES = {"xsd:": XSD, "rdf:": RDF}
FUNCTIONS = {"sum": "SUM", "mean": "AVG", "min": "MIN", "max": "MAX"}


def to_sparql(plan: Plan, schema: Schema | None = None) -> str:
    """The query. A set's rows are ``?x``, a number is ``?value`` (no row: there is none).

    :param schema: of the graph that is asked; makes the query shorter
    :raises PlanError: the plan is not well typed
    """
    check(plan)
    printer = _Printer(schema)
    if kind_of(plan) == "set":
        lines = _query("SELECT DISTINCT ?x WHERE", printer.set(plan, "?x"))
    elif isinstance(plan, Exists):
        lines = _query("ASK", printer.set(plan.source, "?x"))
    elif isinstance(plan, Compare):
        lines = _query("ASK", printer.compared(plan))
    else:
        lines = printer.select(plan, "?value")
    text = "\n".join(lines)
    used = [f"PREFIX {name} <{iri}>\n" for name, iri in PREFIXES.items() if name in text]
    return "".join(used) + text


def _query(head: str, body: Sequence[str], tail: str = "") -> Lines:
    """``head { body } tail``, on one line where that is readable."""
    tail = f" {tail}" if tail else ""
    plain = not any(line.startswith((" ", "{", "}", "BIND", "MINUS", "OPTIONAL")) for line in body)
    short = f"{head} {{ {' '.join(body).removesuffix(' .')} }}{tail}"
    if plain and len(short) <= WIDTH:
        return [short]
    return [f"{head} {{", *_indented(body), "}" + tail]


def _indented(lines: Sequence[str]) -> Lines:
    return ["  " + line for line in lines]


def _group(head: str, lines: Sequence[str]) -> Lines:
    return [f"{head}{{", *_indented(lines), "}"]


class _Printer:
    """Prints patterns. Each is a group of its own: what it binds but its result are variables that nobody else uses."""

    def __init__(self, schema: Schema | None) -> None:
        self.schema = schema
        self._names = 0

    def variable(self, letter: str) -> str:
        self._names += 1
        return f"?{letter}{self._names}"

    # sets ------------------------------------------------------------------------------------------------------------

    def set(self, plan: Plan, v: str, known: bool = False) -> Lines:
        """Lines that bind ``v`` to each node of the set.

        :param known: other lines see to it that only nodes of the graph are bound
        """
        if isinstance(plan, Entities | Values):
            return self._start(plan, v, known)
        if isinstance(plan, OfType):
            return [f"{v} a {term(plan.type)} ."]
        if isinstance(plan, Ends):
            y, r = self.variable("y"), term(plan.relation)
            return [f"{v} {r} {y} ." if plan.side == "head" else f"{y} {r} {v} ."]
        if isinstance(plan, Join):
            return self._other(plan, v) if plan.other else self._join(plan, v)
        if isinstance(plan, Intersect):
            left = self.set(plan.left, v, known or _in_graph(plan.right))
            return left + self.set(plan.right, v, known=True)
        if isinstance(plan, Union):
            sides = (_group("", self.set(side, v, known)) for side in (plan.left, plan.right))
            (*left, _), (_, *right) = sides
            return [*left, "} UNION {", *right]
        if isinstance(plan, Difference):
            return self.set(plan.left, v, known) + _group("MINUS ", self.set(plan.right, v, known=True))
        if isinstance(plan, FilterType):
            return [*self.set(plan.source, v, known=True), f"{v} a {term(plan.type)} ."]
        if isinstance(plan, Filter):
            return self._filter(plan, v, known)
        if isinstance(plan, Best):
            return self._best(plan, v, known)
        raise PlanError(f"{type(plan).__name__} gives a value, not a set")

    def _start(self, plan: Entities | Values, v: str, known: bool) -> Lines:
        nodes = list(dict.fromkeys(map(written, plan.ids if isinstance(plan, Entities) else plan.literals)))
        if not nodes:
            return [f"FILTER({NEVER})"]
        values = f"VALUES {v} {{ {' '.join(nodes)} }}"
        if known:
            return [values]
        s, p, o = (self.variable(letter) for letter in "spo")
        if isinstance(plan, Values):
            return [values, f"FILTER EXISTS {{ {s} {p} {v} FILTER({p} NOT IN (<{LABEL}>, <{ALIAS}>)) }}"]
        tail = f"{s} {p} {v} FILTER({p} != rdf:type)"
        return [values, f"FILTER EXISTS {{ {{ {v} {p} {o} }} UNION {{ {tail} }} }}"]

    def _from(self, plan: Plan) -> tuple[Lines, str]:
        """Where a walk starts: a single entity or value as itself, anything else as a variable."""
        if isinstance(plan, Entities) and len(set(plan.ids)) == 1:
            return [], term(plan.ids[0])
        v = self.variable("y")
        return self.set(plan, v, known=True), v

    @staticmethod
    def _step(join: Join, source: str, target: str) -> str:
        head, tail = (target, source) if join.inverse else (source, target)
        return f"{head} {term(join.relation)} {tail} ."

    def _join(self, plan: Join, v: str) -> Lines:
        if plan.inverse and isinstance(plan.source, Values) and len(set(plan.source.literals)) == 1:
            return [self._step(plan, written(plan.source.literals[0]), v)]
        lines, source = self._from(plan.source)
        return [*lines, self._step(plan, source, v)]

    def _other(self, plan: Join, v: str) -> Lines:
        inner = plan.source
        if not isinstance(inner, Join):
            raise PlanError("Join with other=True must stand right over a Join")
        lines, source = self._from(inner.source)
        m = self.variable("m")
        among = self.set(inner, m) if inner.other else []
        different = f"!sameTerm({v}, {source})" if source.startswith("?") else f"{v} != {source}"
        return [*lines, self._step(inner, source, m), *among, self._step(plan, m, v), f"FILTER({different})"]

    # measures --------------------------------------------------------------------------------------------------------

    def _operand(self, v: str, kinds: Kinds, against: Kinds) -> tuple[Lines, Operand]:
        """A variable as a side of a comparison, with the lines that this takes."""
        sure = len(kinds) == 1
        if "date" not in kinds & against:
            return [], Operand(kinds, v, sure=sure)
        rest, key = self.variable("rest"), self.variable("key")
        return bind_date(v, rest, key), Operand(kinds, v, key, sure)

    def _bound(self, bound: Literal | Plan, against: Kinds) -> tuple[Lines, Operand]:
        if isinstance(bound, Literal):
            return [], constant(bound)
        if kind_of(bound) == "number":
            n = self.variable("n")
            return _group("", self.select(bound, n)), Operand(NUMBER, n, sure=True)
        b = self.variable("b")
        lines, operand = self._operand(b, kinds_of(bound, self.schema), against)
        return [*self.set(bound, b), *lines], operand

    def _filter(self, plan: Filter, v: str, known: bool) -> Lines:
        if isinstance(plan.measure, CountOf):
            return self._count_filter(plan, plan.measure, v)
        kinds = attribute_kinds(plan.source, plan.measure, self.schema)
        if plan.measure.relation is None:
            lines, a = self.set(plan.source, v, known), v
        else:
            a = self.variable("a")
            lines = [*self.set(plan.source, v, known=True), f"{v} {term(plan.measure.relation)} {a} ."]
        return lines + self._attribute_holds(a, kinds, plan.comparison, plan.bound)

    def _attribute_holds(self, a: str, kinds: Kinds, comparison: Comparison, bound: Literal | Plan) -> Lines:
        year = year_begun(bound) if isinstance(bound, Literal) and comparison in ("<", ">=") else None
        if year is not None:  # the year alone decides
            test = [] if kinds == {"date"} else [TESTS["date"].format(a)]
            holds = [*test, f"xsd:integer({YEAR.format(a=a)}) {comparison} {year}"]
            return [f"FILTER({' && '.join(holds) if 'date' in kinds else NEVER})"]
        lines, right = self._bound(bound, kinds)
        more, left = self._operand(a, kinds, right.kinds)
        return [*lines, *more, f"FILTER({condition(left, comparison, right)})"]

    def _count_filter(self, plan: Filter, measure: CountOf, v: str) -> Lines:
        bound = plan.bound
        if isinstance(bound, Literal):
            if bound.order is None or bound.kind != "number":
                return [f"FILTER({NEVER})"]
            zero = COMPARE[plan.comparison](0, bound.order)
            lines, c = self._counting(plan.source, measure, v, zero)
            having = f"GROUP BY {v} HAVING (COUNT(DISTINCT {c}) {plan.comparison} {constant(bound).text})"
            return _group("", _query(f"SELECT {v} WHERE", lines, having))
        lines, n = self._counted(plan.source, measure, v)
        before, right = self._bound(bound, NUMBER)
        holds = condition(Operand(NUMBER, n, sure=True), plan.comparison, right)
        return [*lines, *before, f"FILTER({holds})"]

    def _counted(self, source: Plan, measure: CountOf, v: str) -> tuple[Lines, str]:
        """Lines that bind each element and its count, and the count's variable."""
        lines, c = self._counting(source, measure, v, zero=True)
        n = self.variable("n")
        return _group("", _query(f"SELECT {v} (COUNT(DISTINCT {c}) AS {n}) WHERE", lines, f"GROUP BY {v}")), n

    def _counting(self, source: Plan, measure: CountOf, v: str, zero: bool) -> tuple[Lines, str]:
        """Lines that bind each element and each node to count from it, and the latter's variable."""
        elements = self.set(source, v)
        if zero and not _in_graph(source):  # rdflib forgets what only VALUES binds when an OPTIONAL has no match
            y = self.variable("y")
            elements = [*self.set(source, y), f"BIND({y} AS {v})"]
        lines, c = self._sub_plan(measure.plan, v, source)
        if c == v:
            c = self.variable("c")
            lines.append(f"BIND({v} AS {c})")
        return elements + (_group("OPTIONAL ", lines) if zero else lines), c

    def _sub_plan(self, plan: Plan, v: str, source: Plan) -> tuple[Lines, str]:
        """A counted sub-plan from ``v``. What does not walk away from there binds it itself."""
        if isinstance(plan, Here):
            return self.set(source, v), v
        if isinstance(plan, Join):
            lines, w = ([], v) if isinstance(plan.source, Here) else self._sub_plan(plan.source, v, source)
            c = self.variable("c")
            return [*lines, self._step(plan, w, c)], c
        if isinstance(plan, Intersect | Difference):
            lines, w = self._sub_plan(plan.left, v, source)
            right = self.set(plan.right, w, known=True)
            return lines + (right if isinstance(plan, Intersect) else _group("MINUS ", right)), w
        if not isinstance(plan, FilterType | Filter):
            raise PlanError(f"{type(plan).__name__} stands in a counted sub-plan")
        lines, w = self._sub_plan(plan.source, v, source)
        if isinstance(plan, FilterType):
            return [*lines, f"{w} a {term(plan.type)} ."], w
        if isinstance(plan.measure, CountOf):
            raise PlanError("a counted sub-plan filters by an attribute only")
        a, kinds = w, ALL
        if plan.measure.relation is not None:
            a, kinds = self.variable("a"), attribute_kinds(plan.source, plan.measure, self.schema)
            lines.append(f"{w} {term(plan.measure.relation)} {a} .")
        return lines + self._attribute_holds(a, kinds, plan.comparison, plan.bound), w

    def _measured(self, source: Plan, measure: Measure, v: str, kind: LiteralKind) -> tuple[Lines, str]:
        """Lines that bind each element and each of its numbers (or dates, as decimals), and the latter's variable."""
        if isinstance(measure, CountOf):
            return self._counted(source, measure, v)
        kinds = attribute_kinds(source, measure, self.schema)
        a = v
        lines = self.set(source, v, known=measure.relation is not None)
        if measure.relation is not None:
            a = self.variable("a")
            lines.append(f"{v} {term(measure.relation)} {a} .")
        if kinds != {kind}:
            lines.append(f"FILTER({TESTS[kind].format(a)})" if kind in kinds else f"FILTER({NEVER})")
        if kind == "number":
            return lines, a
        more, operand = self._operand(a, frozenset((kind,)), frozenset((kind,)))
        return lines + more, operand.key

    def _best(self, plan: Best, v: str, known: bool) -> Lines:
        kinds = ALL & (
            NUMBER if isinstance(plan.measure, CountOf) else attribute_kinds(plan.source, plan.measure, self.schema)
        )
        if "date" not in kinds:
            return self._ranked(plan, v, "number")
        if "number" not in kinds:
            return self._ranked(plan, v, "date")
        numbers, _ = self._measured(plan.source, plan.measure, self.variable("y"), "number")
        dates = [*self._ranked(plan, v, "date"), *_group("FILTER NOT EXISTS ", numbers)]
        *left, _ = _group("", self._ranked(plan, v, "number"))
        return [*left, "} UNION {", *_indented(dates), "}"]

    def _ranked(self, plan: Best, v: str, kind: LiteralKind) -> Lines:
        """The elements ranked so by their numbers, or by their dates."""
        pick, w = plan.order.upper(), self.variable("y")
        lines, m = self._measured(plan.source, plan.measure, v, kind)
        others, n = self._measured(plan.source, plan.measure, w, kind)
        if plan.limit == 1 and not plan.offset:
            best = self.variable("best")
            return [
                *lines,
                *_group("", _query(f"SELECT ({pick}({n}) AS {best}) WHERE", others)),
                f"FILTER({m} = {best})",
            ]
        if isinstance(plan.measure, Attribute):  # of several values the best ranks
            lines, m = self._best_of_each(lines, v, m, pick)
            others, n = self._best_of_each(others, w, n, pick)
        low, high = self.variable("low"), self.variable("high")
        order = f"ORDER BY {'DESC' if plan.order == 'max' else 'ASC'}({n}) LIMIT {plan.limit}"
        ranked = _query(f"SELECT {n} WHERE", others, order + (f" OFFSET {plan.offset}" if plan.offset else ""))
        window = _query(f"SELECT (MIN({n}) AS {low}) (MAX({n}) AS {high}) WHERE", _group("", ranked))
        return [*lines, *_group("", window), f"FILTER({m} >= {low} && {m} <= {high})"]

    def _best_of_each(self, lines: Lines, v: str, a: str, pick: str) -> tuple[Lines, str]:
        m = self.variable("m")
        return _group("", _query(f"SELECT {v} ({pick}({a}) AS {m}) WHERE", lines, f"GROUP BY {v}")), m

    # values ----------------------------------------------------------------------------------------------------------

    def select(self, plan: Plan, n: str) -> Lines:
        """The SELECT that gives a number as ``n``; no row where there is none."""
        x = "?x" if n == "?value" else self.variable("x")
        if isinstance(plan, Count):
            return _query(f"SELECT (COUNT(DISTINCT {x}) AS {n}) WHERE", self.set(plan.source, x))
        if not isinstance(plan, Aggregate):
            raise PlanError(f"{type(plan).__name__} gives no number")
        lines, a = self._measured(plan.source, plan.measure, x, "number")
        if plan.function in ("sum", "mean"):  # each (element, value) pair once
            lines = _query(f"SELECT DISTINCT {x} {a} WHERE" if a != x else f"SELECT DISTINCT {x} WHERE", lines)
        return _query(f"SELECT ({FUNCTIONS[plan.function]}({a}) AS {n}) WHERE", lines, f"HAVING (COUNT({a}) > 0)")

    def compared(self, plan: Compare) -> Lines:
        """Lines that have a solution where the comparison holds."""
        lines, left = self._bound(plan.left, kinds_of(plan.right, self.schema))
        more, right = self._bound(plan.right, left.kinds)
        return [*lines, *more, f"FILTER({condition(left, plan.comparison, right)})"]


def _in_graph(plan: Plan) -> bool:
    """Whether the set's lines bind nodes of the graph only, without being asked to."""
    if isinstance(plan, Entities | Values):
        return False
    if isinstance(plan, Intersect):
        return _in_graph(plan.left) or _in_graph(plan.right)
    if isinstance(plan, Union):
        return _in_graph(plan.left) and _in_graph(plan.right)
    if isinstance(plan, Difference):
        return _in_graph(plan.left)
    if isinstance(plan, Filter | Best) and plan.measure == Attribute(None):
        return _in_graph(plan.source)
    return True
