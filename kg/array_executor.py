"""Executes plans over arrays. Sets are sorted arrays of row numbers, measures are (element, value) pairs."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kg.arrays import EMPTY, Arrays, Rows
from kg.check import contains_here
from kg.errors import PlanError
from kg.graph import Literal, Node
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

COMPARE: dict[Comparison, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
AGGREGATE: dict[str, Callable[[list[float]], float]] = {
    "sum": math.fsum, "mean": lambda values: math.fsum(values) / len(values), "min": min, "max": max,
}  # fmt: skip
NUMBER, DATE, STRING = 1, 2, 3
Pairs = tuple[NDArray[np.int64], NDArray[np.float64]]


class Numbering(Protocol):
    """Where the executor asks for row numbers. Unknown things have none."""

    def node_rows(self, nodes: list[Node]) -> Rows: ...

    def relation_code(self, relation: str) -> int | None: ...

    def type_code(self, type: str) -> int | None: ...


@dataclass(frozen=True)
class Bound:
    """What a comparison is against: orders of numbers and of dates, and the rows of strings (-1: not in the graph)."""

    numbers: NDArray[np.float64]
    dates: NDArray[np.float64]
    strings: NDArray[np.int64]


class ArrayExecutor:
    """Runs checked plans over one graph."""

    def __init__(self, arrays: Arrays, numbering: Numbering) -> None:
        self.arrays, self.numbering = arrays, numbering

    def value(self, plan: Plan) -> float | int | bool | None:
        """The value of a plan of kind number or boolean; None: an aggregate of nothing."""
        if isinstance(plan, Count):
            return len(self.rows(plan.source))
        if isinstance(plan, Exists):
            return len(self.rows(plan.source)) > 0
        if isinstance(plan, Compare):
            return self._compare(plan)
        if isinstance(plan, Aggregate):
            return self._aggregate(plan)
        raise PlanError(f"{type(plan).__name__} gives a set, not a value")

    def rows(self, plan: Plan) -> Rows:
        """The set that a plan gives."""
        if isinstance(plan, Entities):
            return np.unique(self.numbering.node_rows(list(plan.ids)))
        if isinstance(plan, Values):
            return np.unique(self.numbering.node_rows(list(plan.literals)))
        if isinstance(plan, OfType):
            return self._members(plan.type)
        if isinstance(plan, Ends):
            return self._ends(plan)
        if isinstance(plan, Join):
            return self._join(plan)
        if isinstance(plan, Intersect):
            return np.intersect1d(self.rows(plan.left), self.rows(plan.right), assume_unique=True)
        if isinstance(plan, Union):
            return np.union1d(self.rows(plan.left), self.rows(plan.right))
        if isinstance(plan, Difference):
            return np.setdiff1d(self.rows(plan.left), self.rows(plan.right), assume_unique=True)
        if isinstance(plan, FilterType):
            return np.intersect1d(self.rows(plan.source), self._members(plan.type), assume_unique=True)
        if isinstance(plan, Filter):
            return self._filter(plan)
        if isinstance(plan, Best):
            return self._best(plan)
        raise PlanError(f"{type(plan).__name__} gives a value, not a set")

    def _members(self, type: str) -> Rows:
        code = self.numbering.type_code(type)
        return EMPTY if code is None else self.arrays.members(code)

    def _ends(self, plan: Ends) -> Rows:
        code = self.numbering.relation_code(plan.relation)
        if code is None:
            return EMPTY
        other_side = self.arrays.side(inverse=plan.side == "head")
        return self.arrays.unique(other_side.target[other_side.relation == code])

    def _join(self, plan: Join) -> Rows:
        code = self.numbering.relation_code(plan.relation)
        if code is None:
            return EMPTY
        if not plan.other:
            return self.arrays.unique(self.arrays.pairs(self.rows(plan.source), code, plan.inverse)[1])
        inner = plan.source
        assert isinstance(inner, Join)  # check() has seen to it
        first = self.numbering.relation_code(inner.relation)
        middle = self.rows(inner)
        begin = self.rows(inner.source)
        if first is None or not len(middle):
            return EMPTY
        owner, came = self.arrays.pairs(begin, first, inner.inverse)
        kept = np.isin(came, middle)
        sources, middles = begin[owner[kept]], came[kept]
        size = self.arrays.size
        ways = np.bincount(middles, minlength=size)  # how many p lead to each m
        at, reached = self.arrays.pairs(middle, code, plan.inverse)
        walks = np.zeros(size, dtype=np.int64)
        np.add.at(walks, reached, ways[middle[at]])
        there = middles.astype(np.int64) * size + sources
        back = middle[at].astype(np.int64) * size + reached
        loops = np.intersect1d(there, back, assume_unique=True) % size  # p → m → p
        np.subtract.at(walks, loops, 1)
        return np.flatnonzero(walks > 0).astype(np.int32)

    # measures --------------------------------------------------------------------------------------------------------

    def _attribute(self, rows: Rows, relation: str | None) -> tuple[NDArray[np.int64], Rows]:
        """(position of the element, literal) pairs."""
        if relation is None:
            owner, nodes = np.arange(len(rows)), rows
        else:
            code = self.numbering.relation_code(relation)
            if code is None:
                return np.empty(0, dtype=np.int64), EMPTY
            owner, nodes = self.arrays.pairs(rows, code, inverse=False)
        literal = self.arrays.kind[nodes] > 0
        return owner[literal], nodes[literal]

    def _counts(self, rows: Rows, plan: Plan) -> NDArray[np.int64]:
        owner, _ = self._walked(rows, plan)
        return np.bincount(owner, minlength=len(rows))

    def _walked(self, rows: Rows, plan: Plan) -> tuple[NDArray[np.int64], Rows]:
        """(position of the element, node) pairs, each once, of a counted sub-plan."""
        if isinstance(plan, Here):
            return np.arange(len(rows)), rows
        if isinstance(plan, Join):
            owner, nodes = self._walked(rows, plan.source)
            code = self.numbering.relation_code(plan.relation)
            if code is None:
                return np.empty(0, dtype=np.int64), EMPTY
            distinct, where = np.unique(nodes, return_inverse=True)
            at, reached = self.arrays.pairs(distinct, code, plan.inverse)
            counts = np.bincount(at, minlength=len(distinct))
            starts = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(distinct) else np.empty(0, dtype=np.int64)
            repeat = counts[where]
            edges = np.arange(int(repeat.sum())) + np.repeat(starts[where] - np.cumsum(repeat) + repeat, repeat)
            pairs = np.unique(np.repeat(owner, repeat) * np.int64(self.arrays.size) + reached[edges])
            return pairs // self.arrays.size, (pairs % self.arrays.size).astype(np.int32)
        assert isinstance(plan, FilterType | Filter | Intersect | Difference)  # check() has seen to it
        owner, nodes = self._walked(rows, plan.left if isinstance(plan, Intersect | Difference) else plan.source)
        distinct = np.unique(nodes)
        if isinstance(plan, FilterType):
            kept = self._members(plan.type)
        elif isinstance(plan, Filter):
            assert not contains_here(plan) or isinstance(plan.measure, Attribute)
            kept = self._passing(distinct, plan.measure, plan.comparison, plan.bound)
        else:
            kept = self.rows(plan.right)
        inside = np.isin(nodes, kept, invert=isinstance(plan, Difference))
        return owner[inside], nodes[inside]

    def _measured(self, rows: Rows, measure: Measure) -> Pairs:
        """(position, number) pairs; dates only where no element has a number."""
        if isinstance(measure, CountOf):
            return np.arange(len(rows)), self._counts(rows, measure.plan).astype(np.float64)
        owner, nodes = self._attribute(rows, measure.relation)
        kinds = self.arrays.kind[nodes]
        chosen = kinds == (NUMBER if (kinds == NUMBER).any() else DATE)
        return owner[chosen], self.arrays.order[nodes[chosen]]

    def _filter(self, plan: Filter) -> Rows:
        return self._passing(self.rows(plan.source), plan.measure, plan.comparison, plan.bound)

    def _passing(self, rows: Rows, measure: Measure, comparison: Comparison, bound: Literal | Plan) -> Rows:
        against = self._bound(bound)
        if isinstance(measure, CountOf):
            return rows[_holds(self._counts(rows, measure.plan).astype(np.float64), comparison, against.numbers)]
        owner, nodes = self._attribute(rows, measure.relation)
        return rows[np.unique(owner[self._nodes_hold(nodes, comparison, against)])]

    def _nodes_hold(self, nodes: Rows, comparison: Comparison, against: Bound) -> NDArray[np.bool_]:
        kinds, order = self.arrays.kind[nodes], self.arrays.order[nodes]
        passed = (kinds == NUMBER) & _holds(order, comparison, against.numbers)
        passed |= (kinds == DATE) & _holds(order, comparison, against.dates)
        if comparison in ("=", "!="):
            passed |= (kinds == STRING) & _holds(
                nodes.astype(np.float64), comparison, against.strings.astype(np.float64)
            )
        return np.asarray(passed)

    def _bound(self, bound: Literal | Plan) -> Bound:
        none = np.empty(0)
        if isinstance(bound, Literal):
            order = np.array([bound.order], dtype=np.float64) if bound.order is not None else none
            rows = self.numbering.node_rows([bound])
            row = np.array([rows[0] if len(rows) else -1])
            return Bound(
                order if bound.kind == "number" else none,
                order if bound.kind == "date" else none,
                row if bound.kind == "string" else np.empty(0, dtype=np.int64),
            )
        if kind_of(bound) == "number":
            value = self.value(bound)
            return Bound(none if value is None else np.array([float(value)]), none, np.empty(0, dtype=np.int64))
        rows = self.rows(bound)
        kinds = self.arrays.kind[rows]
        return Bound(
            self.arrays.order[rows[kinds == NUMBER]],
            self.arrays.order[rows[kinds == DATE]],
            rows[kinds == STRING].astype(np.int64),
        )

    def _best(self, plan: Best) -> Rows:
        rows = self.rows(plan.source)
        owner, values = self._measured(rows, plan.measure)
        if not len(owner):
            return EMPTY
        sign = -1.0 if plan.order == "max" else 1.0
        best = np.full(len(rows), np.inf)
        np.minimum.at(best, owner, sign * values)
        ranked = np.sort(best[np.isfinite(best)])
        if plan.offset >= len(ranked):
            return EMPTY
        low, high = ranked[plan.offset], ranked[min(plan.offset + plan.limit, len(ranked)) - 1]
        between: Rows = rows[(best >= low) & (best <= high)]
        return between

    def _aggregate(self, plan: Aggregate) -> float | int | None:
        rows = self.rows(plan.source)
        if isinstance(plan.measure, CountOf):
            values = self._counts(rows, plan.measure.plan).astype(np.float64)
        else:
            _, nodes = self._attribute(rows, plan.measure.relation)
            values = self.arrays.order[nodes[self.arrays.kind[nodes] == NUMBER]]
        if not len(values):
            return None
        result = float(AGGREGATE[plan.function](values.tolist()))
        return int(result) if result.is_integer() and abs(result) < 2**53 else result

    def _compare(self, plan: Compare) -> bool:
        left, right = self._bound(plan.left), self._bound(plan.right)
        if (
            _holds(left.numbers, plan.comparison, right.numbers).any()
            or _holds(left.dates, plan.comparison, right.dates).any()
        ):
            return True
        strings = (left.strings.astype(np.float64), right.strings.astype(np.float64))
        return plan.comparison in ("=", "!=") and bool(_holds(strings[0], plan.comparison, strings[1]).any())


def _holds(values: NDArray[np.float64], comparison: Comparison, bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """For each value, whether it compares so to any of the bounds."""
    passed = np.zeros(len(values), dtype=bool)
    if not len(bounds):
        return passed
    if comparison in ("<", "<=", ">", ">="):
        bound = bounds.max() if comparison.startswith("<") else bounds.min()
        return np.asarray(COMPARE[comparison](values, bound))
    if comparison == "=":
        return np.asarray(np.isin(values, bounds))
    distinct = np.unique(bounds)
    return np.ones(len(values), dtype=bool) if len(distinct) > 1 else values != distinct[0]
