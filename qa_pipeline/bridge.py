"""Walks that skip a relation which goes without saying, mended: "railway stations in Germany" stand in cities of Germany.

A plan that walks from a name and gives nothing of the type that is asked for may mean a longer walk, of which it says a part
(bridging, Berant et al. 2013, "Semantic parsing on Freebase from question-answer pairs", §3.1: a relation is generated from
the types around it). What goes without saying is where a thing belongs: a station to one city, a city to one country. So the
steps that are put in are of relations that give a thing one value as a rule, and a value several things, all in the same
direction, and none goes back over the step before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice, pairwise, product

from kg.graph import Relation, Schema
from kg.names import fold, words_of
from kg.plan import Count, Ends, Entities, Exists, FilterType, Intersect, Join, OfType, Plan, Result
from kg.question import Subgraph
from kg.store import GraphStore

WAYS = 12  # longer walks that are tried
PUT_IN = 2  # steps at most
OWN = 5  # relations of a name that are compared with others
BELONGS = 40  # relations that may be put in, those with most facts
FUNCTIONAL = 1.25  # values of a thing, at most, on average, of a relation that may go without saying
LOOKED_AT = 50  # things whose types are looked at
FETCHED = 1000  # things from which a step further is taken, at most
GATHERS = 1.2  # things of a value, at least

Step = tuple[str, bool]
Walk = tuple[Step, ...]


def bridged(store: GraphStore, plan: Plan, subgraph: Subgraph, types: Sequence[str]) -> tuple[Plan, Result] | None:
    """A longer walk that has the plan's walk in it and gives things of the types, with its result.

    :param subgraph: of walks that are equally long, the one whose relations weigh most there is taken
    :param types: what is asked for, if the plan filters by none itself
    :return: None: the plan is no walk from one name, or there is none
    """
    outer = type(plan) if isinstance(plan, Count | Exists) else None
    inner = plan.source if isinstance(plan, Count | Exists) else plan
    wanted = (inner.type,) if isinstance(inner, FilterType) else tuple(types)
    told = _walk_of(inner)
    if told is None or not wanted:
        return None
    start, walk = told
    for longer, type_ in islice(_longer(store, subgraph, start, walk, wanted), WAYS):
        candidate: Plan = start
        for relation, inverse in longer:
            candidate = Join(candidate, relation, inverse)
        candidate = FilterType(candidate, type_)
        candidate = outer(candidate) if outer is not None else candidate
        result = store.execute(candidate)
        if result.value or not set(result.nodes) <= set(start.ids):
            return candidate, result
    return None


def through(store: GraphStore, plan: Plan, subgraph: Subgraph) -> tuple[Plan, Result] | None:
    """What the thing has that a name belongs to, where things of the name's kind have no such relation: a player's coach is his
    club's.

    :param subgraph: of the things that it shows, the one is taken whose relation weighs most
    :return: None: the plan is no single step from one name, others of the name's kind have the relation, or there is nothing
    """
    step, start = plan, plan.source if isinstance(plan, Join) else None
    if (
        not isinstance(step, Join)
        or step.inverse
        or step.other
        or not isinstance(start, Entities)
        or len(start.ids) != 1
    ):
        return None
    if step.relation not in store.schema().relations:
        return None
    ways = [s for s in subgraph.slots if s.path and subgraph.links[s.seed].candidates and s.kind == "entity"]
    ways = [s for s in ways if subgraph.links[s.seed].candidates[0].id == start.ids[0] and not s.path[0][1]]
    own = sorted({s.path[0][0] for s in ways if len(s.path) == 1 and s.nodes} & store.schema().relations.keys())[:OWN]
    if not own or 2 * sum(_shared(store, step.relation, other) for other in own) >= len(own):
        return None
    single = sorted((s for s in ways if len(s.path) == 1 and s.nodes == 1), key=lambda s: (-s.weight, s.path))
    for slot in single[:WAYS]:
        longer = replace(step, source=Join(start, *slot.path[0]))
        result = store.execute(longer)
        if result.nodes and not set(result.nodes) <= set(start.ids):
            return longer, result
    return None


def onward(store: GraphStore, plan: Plan, types: Sequence[str]) -> tuple[Plan, Result] | None:
    """One step further, from things that are not of what is asked for to such as are: of reviews of restaurants to their chefs.

    :param types: what is asked for, if the plan filters by none itself
    :return: None: such things could stand there themselves, no relation leads there, or several of which not just one is called
        like what is asked for
    """
    group = plan.source if isinstance(plan, Count) else plan
    if isinstance(group, FilterType):
        types, group = (group.type,), group.source
    schema = store.schema()
    if not types or isinstance(group, OfType) or may_be_of(group, types, schema):
        return None
    if not 0 < (store.execute(Count(group)).value or 0) <= FETCHED:
        return None
    here = types_of(store, group)
    if not here.isdisjoint(types):
        return None
    ways = [
        (relation.id, inverse)
        for relation in schema.relations.values()
        for inverse in (False, True)
        if types_between(relation, here, types, inverse)
    ]
    if len(ways) > 1:
        ways = [way for way in ways if any(_is_called(schema.relations[way[0]], type_) for type_ in types)]
    if len(ways) != 1 or (isinstance(group, Join) and ways[0] == (group.relation, not group.inverse)):
        return None
    longer: Plan = FilterType(Join(group, *ways[0]), types[0]) if len(types) == 1 else Join(group, *ways[0])
    longer = Count(longer) if isinstance(plan, Count) else longer
    found = store.execute(longer)
    return (longer, found) if found.nodes or found.value else None


def another(store: GraphStore, plan: Plan, types: Sequence[str]) -> tuple[Plan, Result] | None:
    """The same walk with another last step, the only one from there to what is asked for: of an area its crags, not its huts.

    :return: None: the plan ends in no step, or several steps lead there
    """
    group = plan.source if isinstance(plan, Count) else plan
    sides = (group.left, group.right) if isinstance(group, Intersect) else (group,)
    steps = [_last_step(store, side, types) for side in sides] if types else []
    found = [step for step in steps if step is not None]
    if not found or len(found) < len(sides):
        return None
    step = Intersect(*found) if len(found) > 1 else found[0]
    step = FilterType(step, types[0]) if len(types) == 1 else step
    step = Count(step) if isinstance(plan, Count) else step
    result = store.execute(step)
    return (step, result) if result.nodes or result.value else None


def _last_step(store: GraphStore, plan: Plan, types: Sequence[str]) -> Plan | None:
    """A walk with the only other last step that leads to things of some types."""
    if not isinstance(plan, Join) or plan.other:
        return None
    if (store.execute(Count(plan.source)).value or 0) > FETCHED:
        return None
    here = types_of(store, plan.source)
    back = (plan.source.relation, not plan.source.inverse) if isinstance(plan.source, Join) else None
    ways = {
        (relation.id, inverse)
        for relation in store.schema().relations.values()
        for inverse in (False, True)
        if types_between(relation, here, types, inverse)
    } - {back}
    return Join(plan.source, *ways.pop()) if len(ways) == 1 else None


def apart(store: GraphStore, plan: Plan, subgraph: Subgraph, types: Sequence[str]) -> tuple[Plan, Result] | None:
    """What two records have in common that no record can be at once: of "who climbed both X and Y?" who made both ascents.

    :param subgraph: of the relations that the records have, the one is taken that weighs most there
    :param types: what is asked for; empty: it is not said
    :return: None: the plan is no such intersection, or the records have nothing in common
    """
    group = plan.source if isinstance(plan, Count) else plan
    if not isinstance(group, Intersect):
        return None
    sets = [side.source if isinstance(side, FilterType) else side for side in (group.left, group.right)]
    steps = {(side.relation, side.inverse) if isinstance(side, Join) and not side.other else None for side in sets}
    step = steps.pop()
    known = store.schema().relations
    if steps or step is None or step[0] not in known or not step[1] or known[step[0]].facts > known[step[0]].heads:
        return None
    weights: dict[str, float] = {}
    for slot in subgraph.slots:
        if len(slot.path) > 1 and slot.path[-2] == step and not slot.path[-1][1] and slot.path[-1][0] != step[0]:
            relation = known.get(slot.path[-1][0])
            if relation is not None and (not types or not dict(relation.range).keys().isdisjoint(types)):
                weights[relation.id] = max(slot.weight, weights.get(relation.id, 0.0))
    if not weights:
        return None
    heaviest = max(weights, key=lambda relation: (weights[relation], relation))
    common: Plan = Intersect(Join(sets[0], heaviest), Join(sets[1], heaviest))
    common = Count(common) if isinstance(plan, Count) else common
    result = store.execute(common)
    return (common, result) if result.nodes or result.value else None


def _is_called(relation: Relation, type_: str) -> bool:
    """Whether a type's word ends what a relation is called: `head_chef`."""
    word = fold(words_of(type_))
    return any(f" {fold(name)}".endswith(f" {word}") for name in relation.called)


def may_be_of(plan: Plan, types: Collection[str], schema: Schema) -> bool:
    """Whether things of some types are among those that the last step of a plan leads to, from anything in the graph."""
    known = schema.relations.get(plan.relation) if isinstance(plan, Join) else None
    if known is None or not isinstance(plan, Join):
        return False
    return not dict(known.domain if plan.inverse else known.range).keys().isdisjoint(types)


def is_single(relation: Relation) -> bool:
    """Whether a relation leads from things to one thing each, as a rule."""
    return relation.facts <= FUNCTIONAL * relation.heads


def types_of(store: GraphStore, plan: Plan) -> set[str]:
    """The types of the first things that a plan gives."""
    known = store.entities([node for node in store.execute(plan).nodes[:LOOKED_AT] if isinstance(node, str)])
    return {type_ for entity in known.values() for type_ in entity.types}


def types_between(relation: Relation, here: Collection[str], there: Collection[str], inverse: bool) -> bool:
    """Whether a relation leads from things of some types to things of others."""
    begins, ends = (relation.range, relation.domain) if inverse else (relation.domain, relation.range)
    return not dict(begins).keys().isdisjoint(here) and not dict(ends).keys().isdisjoint(there)


def _shared(store: GraphStore, one: str, other: str) -> bool:
    """Whether something has both of two relations; not asked of the store where the types tell that nothing can."""
    known = store.schema().relations
    if (
        known[one].domain
        and known[other].domain
        and not dict(known[one].domain).keys() & dict(known[other].domain).keys()
    ):
        return False
    return bool(store.execute(Exists(Intersect(Ends(one, "head"), Ends(other, "head")))).value)


def _walk_of(plan: Plan) -> tuple[Entities, Walk] | None:
    """Where a chain of joins starts and what it walks over; types on the way are no part of it."""
    walk: list[Step] = []
    while isinstance(plan, Join | FilterType):
        if isinstance(plan, Join):
            if plan.other:
                return None
            walk.insert(0, (plan.relation, plan.inverse))
        plan = plan.source
    return (plan, tuple(walk)) if isinstance(plan, Entities) else None


def _longer(
    store: GraphStore, subgraph: Subgraph, start: Entities, walk: Walk, wanted: Sequence[str]
) -> Iterator[tuple[Walk, str]]:
    """Walks that pass over all of the walk and lead to one of the types, by the schema: the shortest first, then the heaviest."""
    schema = store.schema()
    here = {t for e in store.entities(start.ids).values() for t in e.types}
    weights: dict[Step, float] = {}
    for slot in subgraph.slots:
        if slot.path:
            weights[slot.path[-1]] = max(slot.weight, weights.get(slot.path[-1], 0.0))
    functional = [
        r for r in schema.relations.values() if r.kind == "entity" and is_single(r) and GATHERS * r.tails <= r.facts
    ]
    belongs = [r.id for r in sorted(functional, key=lambda r: (-r.facts, r.id))[:BELONGS]]
    for count in range(1, PUT_IN + 1):
        found: list[tuple[float, Walk, str]] = []
        for inverse, at in product((False, True), {len(walk), max(0, len(walk) - 1)}):
            for relations in product(belongs, repeat=count):
                steps = tuple((relation, inverse) for relation in relations)
                longer = (*walk[:at], *steps, *walk[at:])
                reached = _reached(schema, here, longer)
                weight = min(weights.get(step, 0.0) for step in steps)
                found += [(-weight, longer, type_) for type_ in wanted if type_ in reached]
        yield from ((longer, type_) for _, longer, type_ in sorted(found))


def _reached(schema: Schema, types: set[str], walk: Walk) -> set[str]:
    """The types that a walk from things of some types may reach; none if a step goes back or does not start where it should."""
    if any(step == (relation, not inverse) for (relation, inverse), step in pairwise(walk)):
        return set()
    for relation, inverse in walk:
        known = schema.relations[relation]
        begins, ends = (known.range, known.domain) if inverse else (known.domain, known.range)
        if types.isdisjoint(t for t, _ in begins):
            return set()
        types = {t for t, _ in ends}
    return types
