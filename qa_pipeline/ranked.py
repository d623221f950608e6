"""Superlatives: whether the question has one, and what there is to choose from.

"The second largest city in France" read as the second of France's capitals has nothing to choose from. What is meant then is
another walk from the same name, to several things of the type that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import chain, pairwise

from kg.graph import Schema
from kg.names import fold, words_of
from kg.plan import (
    Attribute,
    Best,
    Count,
    CountOf,
    Ends,
    Entities,
    FilterType,
    Here,
    Join,
    Measure,
    OfType,
    Plan,
    Result,
)
from kg.question import Link, Subgraph
from kg.store import GraphStore
from qa_pipeline.answer_type import free_words, of_types
from qa_pipeline.plan_parts import parts_of, with_parts
from qa_pipeline.said import relations_of
from qa_pipeline.tokens import is_superlative

COUNTED = frozenset(("most", "fewest", "least"))
WAYS = 6  # walks that are tried
FURTHER = 2  # steps further from each

Way = tuple[tuple[str, bool], ...]


def superlative_said(text: str, links: Sequence[Link]) -> bool:
    """Whether a question has a superlative outside of the names in it; "at most" is none."""
    words = free_words(text, links)
    counted = any(one == "the" and other in COUNTED for one, other in pairwise(words))
    return counted or any(map(is_superlative, words))


def is_unranked(plan: Plan, names: Mapping[str, str]) -> bool:
    """Whether a plan takes the first of nothing, and walks no relation that is itself called by a superlative.

    :param names: what relations are called
    """
    if ranks(plan):
        return False
    called = (names.get(relation, words_of(relation)) for relation, _ in relations_of(plan))
    return not any(is_superlative(fold(word)) for name in called for word in name.split())


def ranks(plan: Plan) -> bool:
    """Whether a plan takes the first of something."""
    return any(isinstance(part, Best) for part in parts_of(plan))


def counted_most(text: str, links: Sequence[Link]) -> frozenset[str]:
    """The types of what somebody has the most or the fewest of: "who advises the most *students*"; empty: none is said."""
    for link in links:
        if link.mention.kind == "type" and link.mention.start >= 0 and link.score > 0:
            before = fold(text[: link.mention.start]).split()
            if before[-1:] and before[-1] in COUNTED and before[-2:-1] == ["the"]:
                return frozenset(candidate.id for candidate in link.candidates)
    return frozenset()


def counts_others(plan: Plan, types: frozenset[str], schema: Schema) -> bool:
    """Whether a plan ranks by how many there are of something that is of none of some types."""
    walks = (walk for part in parts_of(plan) if (walk := _counted_walk(part)) is not None)
    return any(ends and not types & ends for ends in (_ends(walk, schema) for walk in walks))


def _counted_walk(part: object) -> Join | None:
    """The step by whose number of ends a superlative ranks."""
    measure = part.measure if isinstance(part, Best) else None
    walk = measure.plan if isinstance(measure, CountOf) else None
    return walk if isinstance(walk, Join) and isinstance(walk.source, Here) else None


def _ends(walk: Join, schema: Schema) -> set[str]:
    """The types that a step leads to."""
    relation = schema.relations.get(walk.relation)
    return set(dict(relation.domain if walk.inverse else relation.range)) if relation is not None else set()


def turned(plan: Plan, types: frozenset[str], schema: Schema) -> Plan:
    """The plan, where it counts others than things of some types and has these to choose from, with both in each other's place.

    "Who advises the most students?": not the student with the most advisers.
    """
    walk = _counted_walk(plan)
    chosen = plan.source if isinstance(plan, Best) else None
    if (
        isinstance(plan, Best)
        and walk is not None
        and isinstance(chosen, OfType)
        and chosen.type in types - _ends(walk, schema)
    ):
        other = Ends(walk.relation, "head" if walk.inverse else "tail")
        return replace(plan, source=other, measure=CountOf(replace(walk, inverse=not walk.inverse)))
    return with_parts(plan, lambda part: turned(part, types, schema))


def widened(store: GraphStore, plan: Plan, subgraph: Subgraph, types: Sequence[str]) -> tuple[Plan, Result] | None:
    """The plan with several things to choose from where it has none or one, and its result; None: it has, or there are none.

    :param subgraph: of the walks from the same name that give several, the one whose relation weighs most there is taken
    :param types: what is asked for; if nothing is said, what the plan would choose from
    """
    best = next((part for part in parts_of(plan) if isinstance(part, Best)), None)
    walk = best.source if best is not None else None
    kept = (walk.type,) if isinstance(walk, FilterType) else ()
    while isinstance(walk, FilterType):
        walk = walk.source
    if best is None or not isinstance(walk, Join) or not isinstance(walk.source, Entities):
        return None
    wanted = max(2, best.offset + best.limit)
    if _size(store, of_types(best.source, types) if types else best.source) >= wanted:
        return None
    start = walk.source
    for type_ in types or kept or _types(store, walk):
        ways = _ways(subgraph, start)
        for way in chain(ways, _further(store.schema(), ways, type_)) if types else ways:
            group: Plan = FilterType(_along(start, way), type_)
            if way != ((walk.relation, walk.inverse),) and _size(store, group) >= wanted:
                measure = _measure_of(best.measure, type_, store.schema(), subgraph)
                candidate = _with(plan, best, replace(best, source=group, measure=measure))
                result = store.execute(candidate)
                if result.nodes or result.value:
                    return candidate, result
    return None


def _size(store: GraphStore, plan: Plan) -> float:
    return store.execute(Count(plan)).value or 0


def _types(store: GraphStore, walk: Plan) -> tuple[str, ...]:
    nodes = [node for node in store.execute(walk).nodes if isinstance(node, str)]
    return tuple(dict.fromkeys(t for entity in store.entities(nodes).values() for t in entity.types))


def _ways(subgraph: Subgraph, start: Entities) -> list[Way]:
    """The steps that the memory shows from a name, those that the question asks for first."""
    seeds = {i for i, link in enumerate(subgraph.links) if {c.id for c in link.candidates} & set(start.ids)}
    ways = [s for s in subgraph.slots if s.seed in seeds and len(s.path) == 1 and s.kind == "entity" and s.nodes > 1]
    ways = [s for s in ways if s.path[0][0] not in subgraph.defined]
    ways.sort(key=lambda s: (-s.weight, s.path))
    return [s.path for s in ways[:WAYS]]


def _further(schema: Schema, ways: Sequence[Way], type_: str) -> Iterator[Way]:
    """Ways to things of a type that belong to what belongs to a name, those over which most are reached first.

    "The largest city in Africa" is one of the cities of its countries.
    """
    belonging = [r for r in schema.relations.values() if r.kind == "entity" and type_ in dict(r.domain)]
    for way in ways:
        first, inverse = schema.relations[way[0][0]], way[0][1]
        held = dict(first.domain).keys() if inverse else set()
        further = [
            (-dict(r.domain)[type_], r.id) for r in belonging if r != first and not held.isdisjoint(dict(r.range))
        ]
        yield from ((*way, (id, True)) for _, id in sorted(further)[:FURTHER])


def _along(start: Plan, way: Way) -> Plan:
    return reduce(lambda plan, step: Join(plan, *step), way, start)


def _measure_of(measure: Measure, type_: str, schema: Schema, subgraph: Subgraph) -> Measure:
    """What things of a type are ranked by: where they have not what the plan ranks by, what the question asks for most of what
    they have."""
    known = schema.relations.get(measure.relation or "") if isinstance(measure, Attribute) else None
    if known is None or not known.domain or type_ in dict(known.domain):
        return measure
    weights: dict[str, float] = {}
    for slot in subgraph.slots:
        if slot.path and slot.kind == known.kind and not slot.path[-1][1]:
            relation = slot.path[-1][0]
            if type_ in dict(schema.relations[relation].domain):
                weights[relation] = max(slot.weight, weights.get(relation, 0.0))
    return Attribute(max(weights, key=lambda relation: weights[relation])) if weights else measure


def _with(plan: Plan, old: Plan, new: Plan) -> Plan:
    """The plan with one part in the place of another."""
    return new if plan is old else with_parts(plan, lambda part: _with(part, old, new))
