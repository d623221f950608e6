"""A plan as one parameterised, read-only Cypher statement, over the layout of :mod:`kg.neo4j_layout`.

Every set is a stream of distinct nodes: each step is a MATCH of its own, followed by WITH DISTINCT, so that nothing rests
on Cypher's rule that one pattern uses a relationship once. Statements are joined from constant fragments; what varies in
them (``<v>``) is filled only with variables and parameters numbered here (see :func:`kg.cypher_fragments.fill`).
"""

from __future__ import annotations

from collections.abc import Sequence

from kg.check import check
from kg.cypher_fragments import (
    AGGREGATE,
    HOLDS,
    PAIRS,
    PER_ELEMENT,
    RANK,
    WALK,
    Bound,
    Cypher,
    Parameter,
    deciding,
    fill,
    holds,
    number_holds,
    shown,
)
from kg.errors import PlanError
from kg.graph import Literal, LiteralKind
from kg.neo4j_layout import RESERVED, literal_key
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
from kg.validity import Period

Lines = list[str]

LITERALS = "MATCH (<v>)-[:$(<r>)]->(<x>:Literal)"


def to_cypher(plan: Plan, period: Period | None = None) -> Cypher:
    """Compile a plan.

    :param period: only facts that hold then are walked
    :raises PlanError: the plan is not well typed
    """
    check(plan)
    return PlanCompiler(period).compiled(plan)


def show_cypher(plan: Plan, period: Period | None = None) -> str:
    """The statement with its values written in, for people to paste into Neo4j Browser.

    :raises PlanError: the plan is not well typed
    """
    return shown(to_cypher(plan, period))


def in_call(lines: Sequence[str]) -> Lines:
    """A subquery in a scope of its own."""
    return ["CALL () {", *("  " + line for line in lines), "}"]


class PlanCompiler:
    """Numbers the variables and parameters of one statement. Lines start in an empty scope with one row.

    How nodes, types and literals lie in the database stands in ``_start``, ``_join`` and the methods of "the layout".
    """

    def __init__(self, period: Period | None = None) -> None:
        self.parameters: dict[str, Parameter] = {}
        self._period = period
        self._names = 0

    def compiled(self, plan: Plan) -> Cypher:
        """The statement of a plan that has been checked."""
        if kind_of(plan) == "set":
            lines, v = self.rows(plan)
            lines += self._returned(v)
        else:
            lines, n = self.value(plan)
            lines = [*in_call(lines), fill("RETURN <n> AS value", n=n)]
        return Cypher("\n".join(lines), self.parameters)

    def parameter(self, value: Parameter) -> str:
        name = f"p{len(self.parameters) + 1}"
        self.parameters[name] = value
        return "$" + name

    def variable(self, letter: str = "v") -> str:
        self._names += 1
        return f"{letter}{self._names}"

    # the layout -------------------------------------------------------------------------------------------------------

    def _returned(self, v: str) -> Lines:
        """A set's rows."""
        columns = "RETURN <v>.id AS id, <v>.value AS value, <v>.kind AS kind, <v>.language AS language"
        return [fill(columns, v=v), fill("ORDER BY id, <v>.key", v=v)]

    def _of_type(self, v: str, type: str) -> str:
        return fill("WITH <v> WHERE <t> IN <v>.types", v=v, t=self.parameter(type))

    def _walk(self, v: str, w: str, relation: str, inverse: bool) -> Lines:
        """Each node with each that the relation leads to."""
        return self.walk(WALK[inverse], v=v, w=w, r=self.parameter(relation))

    def _tails(self, v: str, x: str, relation: str, condition: str = "") -> Lines:
        """Each node with each of its literals that meets a condition."""
        return self.walk(LITERALS, condition, v=v, x=x, r=self.parameter(relation))

    def _literals_only(self, v: str) -> Lines:
        """What to leave out before literals are compared: nothing, since no entity here has a kind."""
        return []

    def walk(self, fragment: str, condition: str = "", **names: str) -> Lines:
        """A MATCH over one relationship, with a condition on what it reaches."""
        if self._period is None:
            return [fill(fragment, **names), *(["WHERE " + condition] if condition else [])]
        e, begin, until = self.variable("e"), self.parameter(self._period.begin), self.parameter(self._period.end)
        holds_then = fill(HOLDS, e=e, b=begin, u=until)
        match = fill(fragment.replace("-[:", "-[<e>:"), e=e, **names)
        return [match, "WHERE " + holds_then + (" AND (" + condition + ")" if condition else "")]

    # sets ------------------------------------------------------------------------------------------------------------

    def rows(self, plan: Plan) -> tuple[Lines, str]:
        """Lines after which exactly one variable is in scope, and its name: each node of the set, once."""
        if isinstance(plan, Entities | Values | OfType | Ends):
            return self._start(plan)
        if isinstance(plan, Join):
            return self._other(plan) if plan.other else self._join(*self.rows(plan.source), plan)
        if isinstance(plan, Intersect | Union | Difference):
            return self._combined(plan)
        if isinstance(plan, FilterType):
            lines, v = self.rows(plan.source)
            return [*lines, self._of_type(v, plan.type)], v
        if isinstance(plan, Filter):
            return self._filter(plan)
        if isinstance(plan, Best):
            return self._best(plan)
        raise PlanError(f"{type(plan).__name__} gives a value, not a set")

    def _start(self, plan: Entities | Values | OfType | Ends) -> tuple[Lines, str]:
        v = self.variable()
        if isinstance(plan, Entities):
            ids = self.parameter(sorted(set(plan.ids)))
            return [fill("MATCH (<v>:Entity) WHERE <v>.id IN <p>", v=v, p=ids)], v
        if isinstance(plan, Values):
            keys = self.parameter(sorted({literal_key(literal) for literal in plan.literals}))
            return [fill("MATCH (<v>:Literal) WHERE <v>.key IN <p>", v=v, p=keys)], v
        if isinstance(plan, OfType):
            reserved = plan.type in RESERVED
            fragment = "MATCH (<v>:Entity) WHERE <p> IN <v>.types" if reserved else "MATCH (<v>:Entity:$(<p>))"
            return [fill(fragment, v=v, p=self.parameter(plan.type))], v
        fragment = "MATCH (<v>)-[:$(<p>)]->()" if plan.side == "head" else "MATCH ()-[:$(<p>)]->(<v>)"
        return [*self.walk(fragment, v=v, p=self.parameter(plan.relation)), fill("WITH DISTINCT <v>", v=v)], v

    def _join(self, lines: Lines, v: str, plan: Join) -> tuple[Lines, str]:
        w = self.variable()
        return [*lines, *self._walk(v, w, plan.relation, plan.inverse), fill("WITH DISTINCT <w>", w=w)], w

    def _other(self, plan: Join) -> tuple[Lines, str]:
        """Of each middle it is enough to know its one source, or that it has several: then any end is another's."""
        inner = plan.source
        if not isinstance(inner, Join):
            raise PlanError("Join with other=True must stand right over a Join")
        lines, v = self.rows(inner.source)
        m, s, y = self.variable("m"), self.variable("s"), self.variable()
        if inner.other:
            allowed_lines, w = self.rows(inner)
            among = self.variable("s")
            lines = [*in_call([*allowed_lines, fill("RETURN collect(<w>) AS <s>", w=w, s=among)]),
                     *in_call([*lines, fill("RETURN <v>", v=v)])]  # fmt: skip
        lines += self._walk(v, m, inner.relation, inner.inverse)
        if inner.other:
            lines.append(fill("WITH * WHERE <m> IN <s>", m=m, s=among))
        lines.append(fill("WITH <m>, collect(DISTINCT <v>)[..2] AS <s>", m=m, v=v, s=s))
        lines += self._walk(m, y, plan.relation, plan.inverse)
        lines.append(fill("WITH * WHERE size(<s>) > 1 OR <s>[0] <> <y>", s=s, y=y))
        return [*lines, fill("WITH DISTINCT <y>", y=y)], y

    def _combined(self, plan: Intersect | Union | Difference) -> tuple[Lines, str]:
        left, v = self.rows(plan.left)
        right, w = self.rows(plan.right)
        x, n = self.variable(), self.variable("n")
        left.append(fill("RETURN <v> AS <x>, 1 AS <n>", v=v, x=x, n=n))
        right.append(fill("RETURN <w> AS <x>, 2 AS <n>", w=w, x=x, n=n))
        both = in_call([*left, "UNION ALL", *right])
        if isinstance(plan, Union):
            return [*both, fill("WITH DISTINCT <x>", x=x)], x
        kept = "WITH <x>, sum(<n>) AS <n> WHERE <n> = 3" if isinstance(plan, Intersect) else (
            "WITH <x>, sum(<n>) AS <n> WHERE <n> = 1"
        )  # fmt: skip
        return [*both, fill(kept, x=x, n=n), fill("WITH <x>", x=x)], x

    # measures --------------------------------------------------------------------------------------------------------

    def _filter(self, plan: Filter) -> tuple[Lines, str]:
        before, bound = self._bound(plan.bound, plan.comparison, largest=plan.comparison.startswith("<"))
        if isinstance(plan.measure, CountOf):
            lines, v, n = self._counted(plan.source, plan.measure, before)
            return [*lines, "WITH * WHERE " + number_holds(n, plan.comparison, bound), fill("WITH <v>", v=v)], v
        source, v = self.rows(plan.source)
        lines = [*before, *in_call([*source, fill("RETURN <v>", v=v)])] if before else source
        return [*lines, *self._attribute_holds(v, plan.measure, plan.comparison, bound)], v

    def _attribute_holds(self, v: str, measure: Attribute, comparison: Comparison, bound: Bound) -> Lines:
        if measure.relation is None:
            return [*self._literals_only(v), "WITH * WHERE " + holds(v, comparison, bound), fill("WITH <v>", v=v)]
        x = self.variable("x")
        held = holds(x, comparison, bound)
        return [*self._tails(v, x, measure.relation, held), fill("WITH DISTINCT <v>", v=v)]

    def _bound(
        self, bound: Literal | Plan, comparison: Comparison, *, largest: bool, listed: bool = False
    ) -> tuple[Lines, Bound]:
        """Lines that leave the bound in scope (none for a literal), and its names.

        :param largest: the greatest value decides an order, not the least
        :param listed: a literal too is wanted as a list by ``=`` and ``!=``
        """
        many = comparison in ("=", "!=")
        if isinstance(bound, Literal):
            if bound.kind == "string":
                key = literal_key(bound)
                return [], Bound({"string": self.parameter([key] if listed else key)} if many else {}, listed and many)
            order = float(bound.order or 0)
            return [], Bound({bound.kind: self.parameter([order] if listed and many else order)}, listed and many)
        if kind_of(bound) == "number":
            lines, n = self.value(bound)
            if not many:
                return in_call(lines), Bound({"number": n}, False)
            b = self.variable("b")
            wrap = fill("WITH CASE WHEN <n> IS NULL THEN [] ELSE [<n>] END AS <b>", n=n, b=b)
            return in_call([*in_call(lines), wrap, fill("RETURN <b>", b=b)]), Bound({"number": b}, True)
        lines, v = self.rows(bound)
        kinds: tuple[LiteralKind, ...] = ("number", "date", "string") if many else ("number", "date")
        names: dict[LiteralKind, str] = {kind: self.variable("b") for kind in kinds}
        columns = [fill(deciding(comparison, kind, largest), v=v, b=name) for kind, name in names.items()]
        return in_call([*lines, *self._literals_only(v), "RETURN " + ", ".join(columns)]), Bound(names, many)

    def _counted(self, source: Plan, measure: CountOf, before: Sequence[str] = ()) -> tuple[Lines, str, str]:
        """Lines that leave each element of the source and its count in scope, with the names of both."""
        rows, v = self.rows(source)
        hoisted: dict[str, Lines] = {}
        sub, x = self._sub_plan(measure.plan, v, hoisted)
        n = self.variable("n")
        lines = list(before)
        for name, made in hoisted.items():
            lines += in_call([*made, "RETURN " + name])
        lines += in_call([*rows, fill("RETURN <v>", v=v)]) if lines else rows
        sub.append(fill("RETURN count(DISTINCT <x>) AS <n>", x=x, n=n))
        scope = fill("CALL (<v>) {", v=", ".join([v, *hoisted]))
        return [*lines, scope, *("  " + line for line in sub), "}"], v, n

    def _sub_plan(self, plan: Plan, here: str, hoisted: dict[str, Lines]) -> tuple[Lines, str]:
        """A counted sub-plan; the sets on its right sides are made once, before (``hoisted``: list variable → lines)."""
        if isinstance(plan, Here):
            x = self.variable("x")
            return [fill("UNWIND [<h>] AS <x>", h=here, x=x)], x
        if isinstance(plan, Intersect | Difference):
            lines, v = self._sub_plan(plan.left, here, hoisted)
            right, w = self.rows(plan.right)
            s = self.variable("s")
            hoisted[s] = [*right, fill("WITH collect(<w>) AS <s>", w=w, s=s)]
            kept = "WITH <v> WHERE <v> IN <s>" if isinstance(plan, Intersect) else "WITH <v> WHERE NOT <v> IN <s>"
            return [*lines, fill(kept, v=v, s=s)], v
        if not isinstance(plan, Join | FilterType | Filter):
            raise PlanError(f"{type(plan).__name__} stands in a counted sub-plan")
        lines, v = self._sub_plan(plan.source, here, hoisted)
        if isinstance(plan, Join):
            return self._join(lines, v, plan)
        if isinstance(plan, FilterType):
            return [*lines, self._of_type(v, plan.type)], v
        if isinstance(plan.measure, CountOf) or not isinstance(plan.bound, Literal):
            raise PlanError("a counted sub-plan filters by an attribute and a literal only")
        _, bound = self._bound(plan.bound, plan.comparison, largest=False)
        return [*lines, *self._attribute_holds(v, plan.measure, plan.comparison, bound)], v

    def _best(self, plan: Best) -> tuple[Lines, str]:
        if isinstance(plan.measure, CountOf):
            lines, v, m = self._counted(plan.source, plan.measure)
        else:
            lines, v, m = self._ranked_attribute(plan.source, plan.measure, plan.order)
        a, z, w, rows, values, at = (self.variable(letter) for letter in "azvrmi")
        ordered, between = RANK[plan.order]
        offset, last = self.parameter(plan.offset), self.parameter(plan.offset + plan.limit - 1)
        names = {"v": v, "m": m, "a": a, "z": z, "w": w, "r": rows, "q": values, "i": at, "p": offset, "l": last}
        return [
            *lines,
            *(fill(fragment, **names) for fragment in (
                ordered,
                "WITH collect(<v>) AS <r>, collect(<m>) AS <q>",
                "WITH <r>, <q>, <q>[<p>] AS <a>, <q>[CASE WHEN <l> < size(<q>) THEN <l> ELSE size(<q>) - 1 END] AS <z>",
                "UNWIND range(0, size(<r>) - 1) AS <i>",
                "WITH <r>[<i>] AS <w>, <q>[<i>] AS <m>, <a>, <z>",
                between,
                "WITH <w>",
            )),
        ], w  # fmt: skip

    def _literals(self, source: Plan, measure: Attribute, kept: str) -> tuple[Lines, str, str]:
        """Lines that leave each element with each of its literals in scope, with the names of both."""
        lines, v = self.rows(source)
        x = self.variable("x")
        if measure.relation is None:
            only = [*self._literals_only(v), fill("WITH <v>, <v> AS <x>", v=v, x=x), "WHERE " + fill(kept, x=x)]
            return [*lines, *only], v, x
        lines += self._tails(v, x, measure.relation, fill(kept, x=x))
        return [*lines, fill("WITH DISTINCT <v>, <x>", v=v, x=x)], v, x

    def _ranked_attribute(self, source: Plan, measure: Attribute, order: str) -> tuple[Lines, str, str]:
        """Each element with its greatest (least) number; with its date, where no element has a number."""
        lines, v, x = self._literals(source, measure, "<x>.kind IN ['number', 'date']")
        n, d, r, c, e, w, m = (self.variable(letter) for letter in "ndrcevm")
        names = {"v": v, "l": x, "n": n, "d": d, "r": r, "c": c, "e": e, "w": w, "m": m}
        fragments = (
            PER_ELEMENT[order],
            "WITH collect({node: <v>, number: <n>, date: <d>}) AS <r>, count(<n>) AS <c>",
            "UNWIND <r> AS <e>",
            "WITH <e>.node AS <w>, CASE WHEN <c> > 0 THEN <e>.number ELSE <e>.date END AS <m>",
            "WHERE <m> IS NOT NULL",
        )
        return [*lines, *(fill(fragment, **names) for fragment in fragments)], w, m

    # values ----------------------------------------------------------------------------------------------------------

    def value(self, plan: Plan) -> tuple[Lines, str]:
        """Lines that end in a RETURN of one value, and its name."""
        n = self.variable("n")
        if isinstance(plan, Count | Exists):
            lines, v = self.rows(plan.source)
            if isinstance(plan, Count):
                return [*lines, fill("RETURN count(<v>) AS <n>", v=v, n=n)], n
            return [*lines, fill("WITH <v> LIMIT 1", v=v), fill("RETURN count(<v>) > 0 AS <n>", v=v, n=n)], n
        if isinstance(plan, Aggregate):
            return self._aggregate(plan.source, plan.measure, plan.function, n), n
        if isinstance(plan, Compare):
            return self._compare(plan, n), n
        raise PlanError(f"{type(plan).__name__} gives a set, not a value")

    def _aggregate(self, source: Plan, measure: Measure, function: str, n: str) -> Lines:
        if isinstance(measure, CountOf):
            lines, _, counted = self._counted(source, measure)
            return [*lines, fill(AGGREGATE[function], x=counted, n=n)]
        lines, _, x = self._literals(source, measure, "<x>.kind = 'number'")
        return [*lines, fill(AGGREGATE[function], x=x + ".order", n=n)]

    def _compare(self, plan: Compare, n: str) -> Lines:
        less = plan.comparison.startswith("<")
        left, a = self._bound(plan.left, plan.comparison, largest=not less)
        right, b = self._bound(plan.right, plan.comparison, largest=less, listed=True)
        kinds = [kind for kind in a.names if kind in b.names]
        parts = [fill("coalesce(" + PAIRS[plan.comparison] + ", false)", x=a.names[k], b=b.names[k]) for k in kinds]
        return [*left, *right, "RETURN " + (" OR ".join(parts) or "false") + fill(" AS <n>", n=n)]
