"""How far the members of a result are trusted: as far as the least trusted fact of their best walk.

Facts are united along a plan by the rules of a semiring (Green, Karvounarakis & Tannen 2007, "Provenance semirings"), here that
of fuzzy sets: the least of what is needed together, the greatest of what does instead of one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kg.evidence import walks
from kg.graph import Fact, Node
from kg.plan import Attribute, Best, Difference, Filter, FilterType, Intersect, Join, Plan, Union
from kg.store import GraphStore
from kg.votes import FactKey
from qa_pipeline.opinions import TRUST, trust_in

Trusts = dict[Node, float]
READ = 2_000  # facts of a step that are looked at


def trust_of(store: GraphStore, plan: Plan, nodes: Sequence[Node], trusted: Mapping[FactKey, float]) -> Trusts:
    """How far each node of the plan's set is trusted, 0 … 1; :data:`qa_pipeline.opinions.TRUST` where nobody has said anything.

    :param trusted: facts that somebody has an opinion on
    """
    if not trusted or not nodes:
        return dict.fromkeys(nodes, TRUST)
    return _Truster(store, trusted).of(plan, nodes)


class _Truster:
    def __init__(self, store: GraphStore, trusted: Mapping[FactKey, float]) -> None:
        self.store, self.trusted = store, trusted
        self.relations = {relation for _, relation, *_ in trusted}

    def of(self, plan: Plan, nodes: Sequence[Node]) -> Trusts:
        if isinstance(plan, Join):
            return self._joined(plan, nodes)
        if isinstance(plan, Intersect | Union):
            left, right = (self.of(side, nodes) for side in (plan.left, plan.right))
            unite = min if isinstance(plan, Intersect) else max
            return {node: unite(left[node], right[node]) for node in nodes}
        if isinstance(plan, Difference):
            return self.of(plan.left, nodes)
        if isinstance(plan, FilterType):
            return self.of(plan.source, nodes)
        if isinstance(plan, Filter | Best):
            return self._measured(plan, nodes)
        return dict.fromkeys(nodes, TRUST)

    def _joined(self, plan: Join, nodes: Sequence[Node]) -> Trusts:
        found = walks(self.store, plan, nodes, READ)
        sources = list(dict.fromkeys(source for _, source, _ in found))
        before = self.of(plan.source, sources)
        best: Trusts = {}
        for fact, source, target in found:
            along = _both(before[source], trust_in(fact, self.trusted))
            best[target] = max(best.get(target, along), along)
        return {node: best.get(node, TRUST) for node in nodes}

    def _measured(self, plan: Filter | Best, nodes: Sequence[Node]) -> Trusts:
        before = self.of(plan.source, nodes)
        relation = plan.measure.relation if isinstance(plan.measure, Attribute) else None
        if relation is None or relation not in self.relations:
            return before
        values: dict[str, list[Fact]] = {}
        for fact in self.store.facts([n for n in nodes if isinstance(n, str)], relation, limit=READ):
            values.setdefault(fact.head, []).append(fact)
        for head, facts in values.items():
            before[head] = _both(before[head], max(trust_in(fact, self.trusted) for fact in facts))
        return before


def _both(left: float, right: float) -> float:
    """The trust in two things that are needed together: praise of one says nothing of the other, doubt is doubt."""
    return min(left, right) if min(left, right) < TRUST else max(left, right)
