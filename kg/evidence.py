"""The facts that prove a result: those along the walks that lead to it, and what it was measured by.

Asked above the seam only, so that every store can: a step back is one plan ("which of the sources lie on a walk to
these nodes?") and one bounded read of facts. A large set is looked into, never listed: from more than :data:`LISTED`
nodes some are taken, by the first facts that lead to them. What is *not* there (a difference, a count of zero, that
nothing is greater) has no facts to show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from kg.errors import PlanError
from kg.graph import Fact, Literal, Node
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Count,
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
from kg.store import GraphStore

LISTED = 1_000  # sets up to here are listed
COMPARED = 5  # from so few, what the losers of a superlative were measured by is shown too

Proofs = dict[Node, list[Fact]]  # for each node the facts that put it into the set
Walk = tuple[Fact, Node, Node]  # a fact, and where it was walked from and to


def evidence(store: GraphStore, plan: Plan, result: Result, limit: int = 50) -> tuple[Fact, ...]:
    """Facts of the store that prove the result that the plan gave, each once, at most ``limit``.

    They come result by result (in the result's order), each along its walks from start to end, so that a cut leaves
    whole proofs of the first results. The same store gives the same facts in the same order.

    :raises PlanError: the plan is not well typed
    """
    if limit < 1:
        return ()
    prover = _Prover(store, limit)
    found = prover.of_set(plan, result.nodes[:limit]) if result.kind == "set" else prover.of_value(plan)
    return tuple(found[:limit])


def walks(store: GraphStore, join: Join, nodes: Sequence[Node], limit: int) -> list[Walk]:
    """The facts by which a join comes to the nodes, each with where it was walked from and to; at most ``limit`` of them."""
    return _Prover(store, limit).walks(join, nodes)


class _Prover:
    """Proves members of sets. Every read is bounded by ``limit`` facts or by LISTED nodes."""

    def __init__(self, store: GraphStore, limit: int) -> None:
        self.store, self.limit = store, limit

    def of_set(self, plan: Plan, nodes: Sequence[Node]) -> list[Fact]:
        """The proofs of some of a set's nodes, one after another. A bare literal is proved by any fact that has it."""
        proofs = self._prove(plan, nodes)
        found: dict[Fact, None] = {}
        for node in nodes:
            proof = proofs.get(node, [])
            if not proof and isinstance(node, Literal):
                proof = list(self.store.facts(tails=[node], limit=1))
            found.update(dict.fromkeys(proof))
            if len(found) >= self.limit:
                break
        return list(found)[: self.limit]

    def of_value(self, plan: Plan | Literal) -> list[Fact]:
        """The facts behind the set, or sets, that a value was made of."""
        if isinstance(plan, Literal):
            return []
        if isinstance(plan, Count | Exists):
            return self.of_value(plan.source)
        if isinstance(plan, Compare):
            return _share(self.of_value(plan.left), self.of_value(plan.right), self.limit)
        if not isinstance(plan, Aggregate):
            return self.of_set(plan, self._some(plan)[: self.limit])
        if plan.function in ("min", "max"):
            return self.of_value(Best(plan.source, plan.measure, "min" if plan.function == "min" else "max"))
        nodes = self._some(Best(plan.source, plan.measure, "max", self.limit))[: self.limit]  # what weighs most
        values = self._measured(nodes, plan.measure)
        proofs = _both(self._prove(plan.source, nodes), values)
        return _each(fact for node in nodes for fact in proofs.get(node, ()))

    # sets ------------------------------------------------------------------------------------------------------------

    def _prove(self, plan: Plan, nodes: Sequence[Node]) -> Proofs:
        """Proofs of nodes that are in the plan's set; left out are those that need none or found none in the limit."""
        if not nodes or isinstance(plan, Entities | Values | OfType):
            return {}
        if isinstance(plan, Ends):
            return self._end(plan, nodes)
        if isinstance(plan, Join):
            return self._joined(plan, nodes)
        if isinstance(plan, Intersect):
            return _both(self._prove(plan.left, nodes), self._prove(plan.right, nodes))
        if isinstance(plan, Union):
            left, right = (self._prove(side, self._among(nodes, side)) for side in (plan.left, plan.right))
            return _both(left, right)
        if isinstance(plan, Difference):
            return self._prove(plan.left, nodes)
        if isinstance(plan, FilterType):
            return self._prove(plan.source, nodes)
        if isinstance(plan, Filter):
            return self._filtered(plan, nodes)
        if isinstance(plan, Best):
            return self._ranked(plan, nodes)
        raise PlanError(f"{type(plan).__name__} is no set with facts behind it")

    def _end(self, plan: Ends, nodes: Sequence[Node]) -> Proofs:
        proofs: Proofs = defaultdict(list)
        if plan.side == "head":
            for fact in self._read(_ids(nodes), plan.relation, None):
                proofs[fact.head].append(fact)
        else:
            for fact in self._read(None, plan.relation, nodes):
                proofs[fact.tail].append(fact)
        return proofs

    def _joined(self, plan: Join, nodes: Sequence[Node]) -> Proofs:
        walks = self.walks(plan, nodes)
        sources = list(dict.fromkeys(source for _, source, _ in walks))
        before = self._prove(plan.source, sources)
        origins: dict[Node, list[Node]] = {}
        came: dict[tuple[Node, Node], list[Fact]] = defaultdict(list)
        if plan.other and isinstance(plan.source, Join):
            origins, came = self._origins(plan.source, sources)
        proofs: Proofs = defaultdict(list)
        for fact, source, target in walks:
            if plan.other:  # lead here from a start that is not this end
                others = [origin for origin in origins.get(source, ()) if origin != target]
                if not others:
                    continue
                back = came[target, source]
                proofs[target] += [step for step in before.get(source, ()) if step not in back]
            else:
                proofs[target] += before.get(source, ())
            proofs[target].append(fact)
        return proofs

    def _origins(
        self, inner: Join, middles: Sequence[Node]
    ) -> tuple[dict[Node, list[Node]], dict[tuple[Node, Node], list[Fact]]]:
        """From where a walk comes to each middle, and the facts by (where from, middle)."""
        origins: dict[Node, list[Node]] = defaultdict(list)
        came: dict[tuple[Node, Node], list[Fact]] = defaultdict(list)
        for fact, origin, middle in self.walks(inner, middles):
            origins[middle].append(origin)
            came[origin, middle].append(fact)
        return origins, came

    def walks(self, join: Join, nodes: Sequence[Node]) -> list[Walk]:
        """The facts of a join from its source to the nodes."""
        if isinstance(join.source, Entities | Values) and len(_start(join.source)) <= LISTED:
            sources: Sequence[Node] = _start(join.source)
        else:
            sources = self._some(Intersect(join.source, Join(_these(nodes), join.relation, not join.inverse)))
        if join.inverse:
            return [(f, f.tail, f.head) for f in self._read(_ids(nodes), join.relation, sources)]
        return [(f, f.head, f.tail) for f in self._read(_ids(sources), join.relation, nodes)]

    # measures --------------------------------------------------------------------------------------------------------

    def _filtered(self, plan: Filter, nodes: Sequence[Node]) -> Proofs:
        values = self._measured(nodes, plan.measure)
        if isinstance(plan.measure, Attribute):
            tails = _these(list(dict.fromkeys(fact.tail for facts in values.values() for fact in facts)))
            passing = set(self.store.execute(Filter(tails, Attribute(None), plan.comparison, plan.bound)).nodes)
            values = {node: [fact for fact in facts if fact.tail in passing] for node, facts in values.items()}
        proofs = _both(self._prove(plan.source, nodes), values)
        if not isinstance(plan.bound, Literal):
            behind = self.of_value(plan.bound)
            proofs = _both(proofs, dict.fromkeys(nodes, behind))
        return proofs

    def _ranked(self, plan: Best, nodes: Sequence[Node]) -> Proofs:
        proofs = _both(self._prove(plan.source, nodes), self._measured(nodes, plan.measure))
        few = self._few(plan.source, COMPARED)
        losers = [node for node in few if node not in set(nodes)]
        measured = self._measured(losers, plan.measure)
        behind = [fact for loser in losers for fact in measured.get(loser, ())]
        return _both(proofs, {nodes[-1]: behind}) if behind else proofs

    def _measured(self, nodes: Sequence[Node], measure: Measure) -> Proofs:
        """What gives each node its numbers: its attribute's facts, or those along its counted walks."""
        proofs: Proofs = defaultdict(list)
        if isinstance(measure, Attribute):
            if measure.relation is not None:
                for fact in self._read(_ids(nodes), measure.relation, None):
                    if isinstance(fact.tail, Literal):
                        proofs[fact.head].append(fact)
            return proofs
        room = self.limit
        for node in nodes:
            if room > 0:
                proofs[node] = self.of_value(_starting(measure.plan, node))
                room -= len(proofs[node])
        return proofs

    # bounded reads ---------------------------------------------------------------------------------------------------

    def _read(
        self, heads: Sequence[str] | None, relation: str, tails: Sequence[Node] | None, limit: int | None = None
    ) -> list[Fact]:
        if (heads is not None and not heads) or (tails is not None and not tails):
            return []
        return list(self.store.facts(heads, relation, tails, self.limit if limit is None else limit))

    def _among(self, nodes: Sequence[Node], plan: Plan) -> Sequence[Node]:
        return self.store.execute(Intersect(_these(nodes), plan)).nodes

    def _few(self, plan: Plan, most: int) -> Sequence[Node]:
        """The whole set where it is no larger than ``most``, else nothing."""
        if isinstance(plan, Entities | Values) and len(_start(plan)) <= most:
            return _start(plan)
        size = self.store.execute(Count(plan)).value or 0
        return self.store.execute(plan).nodes if size <= most else ()

    def _some(self, plan: Plan) -> Sequence[Node]:
        """The set, or where it is large, some of it."""
        if kind_of(plan) != "set":
            raise PlanError(f"{type(plan).__name__} gives a value, not a set")
        return self._few(plan, LISTED) or self._among(self._pool(plan), plan)

    def _pool(self, plan: Plan) -> Sequence[Node]:
        """Nodes among which some of a large set are found, by the first facts that lead to it."""
        if isinstance(plan, Entities | Values):
            return _start(plan)[:LISTED]
        if isinstance(plan, Ends):
            facts = self._read_many(plan.relation)
            return _distinct(fact.head if plan.side == "head" else fact.tail for fact in facts)
        if isinstance(plan, Join):
            sources = self._some(plan.source)
            if plan.inverse:
                return _distinct(fact.head for fact in self._read(None, plan.relation, sources, LISTED))
            return _distinct(fact.tail for fact in self._read(_ids(sources), plan.relation, None, LISTED))
        if isinstance(plan, Intersect):
            return self._pool(plan.right) or self._pool(plan.left)
        if isinstance(plan, Union):
            return _distinct((*self._pool(plan.left), *self._pool(plan.right)))
        if isinstance(plan, Difference):
            return self._pool(plan.left)
        if isinstance(plan, FilterType | Filter | Best):
            return self._pool(plan.source)
        return ()

    def _read_many(self, relation: str) -> list[Fact]:
        return list(self.store.facts(relation=relation, limit=LISTED))


def _share(left: list[Fact], right: list[Fact], limit: int) -> list[Fact]:
    """Both sides, each with at least half of the room."""
    kept = max(limit - len(right), (limit + 1) // 2)
    return _each((*left[:kept], *right))[:limit]


def _both(left: Proofs, right: Proofs) -> Proofs:
    return {node: _each((*left.get(node, ()), *right.get(node, ()))) for node in (*left, *right)}


def _each(facts: Iterable[Fact]) -> list[Fact]:
    return list(dict.fromkeys(facts))


def _distinct(nodes: Iterable[Node]) -> list[Node]:
    return list(dict.fromkeys(nodes))


def _ids(nodes: Iterable[Node]) -> list[str]:
    return [node for node in nodes if isinstance(node, str)]


def _start(plan: Entities | Values) -> Sequence[Node]:
    return _distinct(plan.ids if isinstance(plan, Entities) else plan.literals)


def _these(nodes: Sequence[Node]) -> Plan:
    """The plan whose set the nodes are."""
    literals = tuple(node for node in nodes if isinstance(node, Literal))
    if not literals:
        return Entities(tuple(_ids(nodes)))
    return Values(literals) if len(literals) == len(nodes) else Union(Entities(tuple(_ids(nodes))), Values(literals))


def _starting(plan: Plan, node: Node) -> Plan:
    """A counted sub-plan, starting at the node."""
    if isinstance(plan, Here):
        return _these([node])
    if isinstance(plan, Join | FilterType | Filter):
        return replace(plan, source=_starting(plan.source, node))
    if isinstance(plan, Intersect | Difference):
        return replace(plan, left=_starting(plan.left, node))
    raise PlanError(f"{type(plan).__name__} stands in a counted sub-plan")
