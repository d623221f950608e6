"""Plans that leave a name out, mended: what they give is narrowed down to what that name leads to.

The model may read "which African countries speak Portuguese" as the countries that speak Portuguese. A further condition on a
core plan is an entity constraint (Yih et al. 2015, "Semantic parsing via staged query graph generation", §3.3): a set on the way
is met with what one relation from the name reaches, if that leaves anything. Which set and which relation is found by executing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kg.plan import (
    Aggregate,
    Best,
    Count,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Intersect,
    Join,
    OfType,
    Plan,
    Result,
    Union,
)
from kg.question import Link, Slot, Subgraph
from kg.store import GraphStore
from qa_pipeline.said import relations_of

WAYS = 4  # relations that are tried from a name, those that the question asks for first
PLACES = 3  # sets of a plan that are narrowed, the outermost first

Single = Join | FilterType | Filter | Best | Count | Exists | Aggregate
Narrowable = Join | Intersect | Union | Difference | FilterType | Filter | OfType


def constrained(
    store: GraphStore, plan: Plan, subgraph: Subgraph, left_out: Sequence[int]
) -> tuple[Plan, Result, tuple[int, ...]] | None:
    """The plan with names that it leaves out as conditions, its result, and which names these are; None: there is no way.

    :param left_out: indices of the links that the plan leaves out
    """
    result: Result | None = None
    mended = []
    for seed in left_out:
        found = next(_mended(store, plan, subgraph, seed), None)
        found = found or next(_met_by_nothing(store, plan, subgraph, seed), None)
        if found is not None:
            plan, result = found
            mended.append(seed)
    return None if result is None else (plan, result, tuple(mended))


def _mended(store: GraphStore, plan: Plan, subgraph: Subgraph, seed: int) -> Iterator[tuple[Plan, Result]]:
    start = prominent(subgraph.links[seed])
    conditions = [subgraph.join(start, *s.path[0]) for s in _ways(subgraph, seed)]
    for place in range(min(_places(plan), PLACES)):
        for condition in conditions:
            candidate = _met(plan, condition, place)
            result = store.execute(candidate)
            if result.nodes or result.value:
                yield candidate, result


def _met_by_nothing(store: GraphStore, plan: Plan, subgraph: Subgraph, seed: int) -> Iterator[tuple[Plan, Result]]:
    """The plan that gives nothing, where what it gave has others by a relation to this name: no film from France is an animation,
    though they have genres. What the plan tells things apart by already is no further condition ("in Chad or Mali")."""
    inner = plan.source if isinstance(plan, Count) else plan
    if not isinstance(inner, Narrowable):
        return
    start, walked = prominent(subgraph.links[seed]), {relation for relation, _ in relations_of(plan)}
    for slot in _ways(subgraph, seed):
        relation, inverse = slot.path[0]
        if inverse and relation not in walked and store.execute(Exists(Intersect(inner, Ends(relation, "head")))).value:
            candidate = _met(plan, subgraph.join(start, relation, True), 0)
            yield candidate, store.execute(candidate)


def _ways(subgraph: Subgraph, seed: int) -> list[Slot]:
    """The steps that the memory shows from a name, those that the question asks for first."""
    ways = [s for s in subgraph.slots if s.seed == seed and len(s.path) == 1 and s.nodes and s.kind == "entity"]
    return sorted(ways, key=lambda s: (-s.weight, s.path))[:WAYS]


def among(plan: Plan, link: Link) -> Plan:
    """Whether what a link names is in a set: a yes or a no."""
    return Exists(Intersect(plan.source if isinstance(plan, Exists) else plan, prominent(link)))


def prominent(link: Link) -> Entities:
    """The most prominent of what may be meant."""
    return Entities(tuple(sorted(c.id for c in link.candidates if c.score >= link.candidates[0].score)))


def _places(plan: Plan) -> int:
    """How many sets of the plan can be narrowed down."""
    fixed = isinstance(plan, Join) and plan.other  # what it leaves out is told by the walk right under it
    return int(isinstance(plan, Narrowable)) + (_places(plan.source) if isinstance(plan, Single) and not fixed else 0)


def _met(plan: Plan, condition: Plan, place: int) -> Plan:
    """The plan with its set at a place, counted from the outside, narrowed down."""
    if isinstance(plan, Narrowable):
        if place == 0:
            return FilterType(condition, plan.type) if isinstance(plan, OfType) else Intersect(plan, condition)
        place -= 1
    assert isinstance(plan, Single)
    return replace(plan, source=_met(plan.source, condition, place))
