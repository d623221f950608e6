"""A naive evaluator of plans over a plain set of facts: slow, obvious, and written from the docstrings of ``kg/plan.py`` only."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable

from kg.graph import Entity, Fact, Literal, Node
from kg.plan import (
    Aggregate,
    Best,
    Compare,
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
    Result,
    Union,
    Values,
    kind_of,
)

Measured = set[tuple[Node, Literal]]
Nodes = set[Node]  # in the class below ``set`` is a method
Literals = set[Literal]


class Reference:
    """What a plan gives, by looking at every fact for every step."""

    def __init__(self, facts: Iterable[Fact], entities: Iterable[Entity] = ()) -> None:
        described = list(entities)
        self.edges = {(fact.head, fact.relation, fact.tail) for fact in facts}
        self.types = {(entity.id, type) for entity in described for type in entity.types}
        ends = {node for head, _, tail in self.edges for node in (head, tail)}
        self.nodes: Nodes = ends | {entity.id for entity in described}

    def execute(self, plan: Plan) -> Result:
        """The result in the form that a store gives it."""
        if kind_of(plan) != "set":
            return Result(kind_of(plan), value=self.value(plan))
        nodes = self.set(plan)
        entities = sorted(node for node in nodes if isinstance(node, str))
        literals = sorted((node for node in nodes if isinstance(node, Literal)), key=lambda literal: literal.key)
        return Result("set", (*entities, *literals))

    def set(self, plan: Plan, here: Node | None = None) -> Nodes:
        """The nodes of a plan of kind set; ``here`` is the element that a CountOf is about."""
        match plan:
            case Here():
                assert here is not None
                return {here}
            case Entities(ids):
                return {id for id in ids if id in self.nodes}
            case Values(literals):
                return {literal for literal in literals if literal in self.nodes}
            case OfType(type):
                return {id for id, of in self.types if of == type}
            case Ends(relation, side):
                return {head if side == "head" else tail for head, r, tail in self.edges if r == relation}
            case Join(source, other=True):
                assert isinstance(source, Join)
                middles = self.set(source, here)
                walks = {(p, m) for p in self.set(source.source, here) for m in self.step(p, source) if m in middles}
                return {y for p, m in walks for y in self.step(m, plan) if y != p}
            case Join(source):
                return {y for x in self.set(source, here) for y in self.step(x, plan)}
            case Intersect(left, right):
                return self.set(left, here) & self.set(right, here)
            case Union(left, right):
                return self.set(left, here) | self.set(right, here)
            case Difference(left, right):
                return self.set(left, here) - self.set(right, here)
            case FilterType(source, type):
                return {x for x in self.set(source, here) if (x, type) in self.types}
            case Filter(source, measure, comparison, bound):
                bounds = self.values(bound)
                pairs = self.measure(self.set(source, here), measure)
                return {x for x, value in pairs if any(compares(value, comparison, b) for b in bounds)}
            case Best():
                return self.best(plan, here)
        raise AssertionError(f"{plan} gives no set")

    def step(self, node: Node, join: Join) -> Nodes:
        """Where one walk of the relation leads."""
        if join.inverse:
            return {head for head, r, tail in self.edges if (r, tail) == (join.relation, node)}
        return {tail for head, r, tail in self.edges if (head, r) == (node, join.relation)}

    def measure(self, nodes: Nodes, measure: Measure) -> Measured:
        """(element, value) pairs, each once."""
        if isinstance(measure, CountOf):
            return {(x, Literal(len(self.set(measure.plan, x)))) for x in nodes}
        if measure.relation is None:
            return {(x, x) for x in nodes if isinstance(x, Literal)}
        walk = Join(Here(), measure.relation)
        return {(x, tail) for x in nodes for tail in self.step(x, walk) if isinstance(tail, Literal)}

    def best(self, plan: Best, here: Node | None) -> Nodes:
        """Numbers are ranked; dates only where there is no number at all."""
        pairs = self.measure(self.set(plan.source, here), plan.measure)
        kind = "number" if any(value.kind == "number" for _, value in pairs) else "date"
        pick = max if plan.order == "max" else min
        ranked: dict[Node, float] = {}
        for x, value in pairs:
            if value.kind == kind:
                ranked[x] = pick(ranked.get(x, number(value)), number(value))
        window = sorted(ranked.values(), reverse=plan.order == "max")[plan.offset : plan.offset + plan.limit]
        return {x for x, best in ranked.items() if window and min(window) <= best <= max(window)}

    def values(self, plan: Literal | Plan) -> Literals:
        """The literals that a bound or a side of a comparison stands for."""
        if isinstance(plan, Literal):
            return {plan}
        if kind_of(plan) == "set":
            return {node for node in self.set(plan) if isinstance(node, Literal)}
        value = self.value(plan)
        return set() if value is None else {Literal(value)}

    def value(self, plan: Plan) -> float | int | bool | None:
        """The value of a plan that gives a number or a yes/no."""
        match plan:
            case Count(source):
                return len(self.set(source))
            case Exists(source):
                return bool(self.set(source))
            case Compare(left, comparison, right):
                return any(compares(a, comparison, b) for a in self.values(left) for b in self.values(right))
            case Aggregate(source, measure, function):
                pairs = self.measure(self.set(source), measure)
                numbers = [number(value) for _, value in pairs if value.kind == "number"]
                functions: dict[str, Callable[[list[float]], float]]
                functions = {"sum": sum, "mean": statistics.fmean, "min": min, "max": max}
                return functions[function](numbers) if numbers else None
        raise AssertionError(f"{plan} gives no value")


def number(literal: Literal) -> float:
    assert literal.order is not None
    return literal.order


def compares(a: Literal, comparison: str, b: Literal) -> bool:
    """Within one kind: numbers and dates by their order; strings are the same text in the same language, or are not."""
    if a.kind != b.kind:
        return False
    if a.kind == "string":
        return {"=": a == b, "!=": a != b}.get(comparison, False)
    x, y = number(a), number(b)
    return {"=": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[comparison]
