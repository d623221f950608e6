"""What a record has that stands between two names: "how much did *X* get for *Y*?" of the engagement of X for Y.

Speakers leave records out (docs/decisions/0030). Where no plan for a question makes use of both names, the things that lead to
both are looked for, and what of them is asked for: a date, an amount, somebody, or things of a type.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from itertools import product
from typing import NamedTuple

from kg.graph import Relation, Schema
from kg.plan import Entities, Exists, Intersect, Join, Plan, Result
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.ages import is_dated
from qa_pipeline.answer_type import AskedFor
from qa_pipeline.bridge import FETCHED, is_single
from qa_pipeline.persons import persons_of
from qa_pipeline.reading import Reading

CLEAR = 0.6  # least score of the link of a name that is clearly meant
BEARERS = 3  # of a name, at most
WAYS = 8  # relations that lead to a name, and walks of two
ASKED = 0.02  # least relevance of what is asked for
FAINT = 1e-3  # least that the relevance of a relation counts

Step = tuple[str, bool]


class Way(NamedTuple):
    """What leads to a name: its plan, the types of what it gives, and the relations on the way."""

    plan: Plan
    types: frozenset[str]
    steps: tuple[Step, ...]


def between(
    store: GraphStore, reading: Reading, asked: AskedFor, somebody: Collection[str]
) -> tuple[Plan, Result] | None:
    """What is asked for of the records that lead to both names, at once or by a step in between.

    Of several the one is taken whose relations are asked for most.

    :param somebody: the types of people
    :return: None: there are not just two names, no record leads to both, or none has what is asked for
    """
    links = [k for k in reading.links if k.mention.kind == "entity" and k.mention.start >= 0 and k.score >= CLEAR]
    if len(links) != 2 or any(not 0 < len(k.candidates) <= BEARERS for k in links) or asked.number:
        return None
    if any(k.mention.literal is not None and k.score > 0 for k in reading.links):
        return None  # a number or a date has its say, too
    schema = store.schema()
    people = frozenset(persons_of(schema))  # are no records of their parents
    near = [list(_ways(store, schema, link)) for link in links]
    far = [sorted(_further(schema, ways), key=lambda way: -_passed(reading, way.steps))[:WAYS] for ways in near]
    found: list[tuple[float, str, Plan, Result]] = []
    for one, other in (*product(*near), *product(near[0], far[1]), *product(far[0], near[1])):
        types = one.types & other.types - people
        steps = (*one.steps, *other.steps)
        if not types or one.steps == other.steps:
            continue
        records = Intersect(one.plan, other.plan)
        wanted = _asked_of(schema, reading, asked, somebody, types, {step[0] for step in steps})
        if not wanted or not store.execute(Exists(records)).value:
            continue
        for relation in wanted:
            if reading.relevance.get((relation, False), 0.0) < ASKED:
                continue
            plan: Plan = Join(records, relation)
            result = store.execute(plan)
            if result.nodes:
                found.append((_relevance(reading, steps, relation), relation, plan, result))
    if not found:
        return None
    _, _, plan, result = max(found, key=lambda each: each[:2])
    return plan, result


def _relevance(reading: Reading, steps: Sequence[Step], last: str) -> float:
    """How much the relations of a plan are asked for; what it gives counts twice as much as what it goes over."""
    return _passed(reading, steps) + math.log(max(FAINT, reading.relevance.get((last, False), 0.0)))


def _passed(reading: Reading, steps: Sequence[Step]) -> float:
    return sum(math.log(max(FAINT, reading.relevance.get(step, 0.0))) for step in steps) / 2


def _ways(store: GraphStore, schema: Schema, link: Link) -> Iterator[Way]:
    """What leads to a name by one relation, of which things have one value."""
    names = Entities(tuple(c.id for c in link.candidates))
    steps = (s for s in store.expand([store.frontier(names.ids)])[0] if s.inverse)
    known = [s for s in steps if s.relation in schema.relations and s.edges <= FETCHED]
    single = [s for s in known if is_single(schema.relations[s.relation])]
    for step in sorted(single, key=lambda s: (s.edges, s.relation))[:WAYS]:
        types = frozenset(type for type, _ in schema.relations[step.relation].domain)
        yield Way(Join(names, step.relation, inverse=True), types, ((step.relation, True),))


def _further(schema: Schema, ways: Sequence[Way]) -> Iterator[Way]:
    """The same by a step more."""
    for way in ways:
        for relation in schema.relations.values():
            heads = frozenset(type for type, _ in relation.domain)
            leads = any(type in way.types for type, _ in relation.range)
            if relation.kind == "entity" and is_single(relation) and leads and heads.isdisjoint(way.types):
                yield Way(Join(way.plan, relation.id, inverse=True), heads, (*way.steps, (relation.id, True)))


def _asked_of(
    schema: Schema,
    reading: Reading,
    asked: AskedFor,
    somebody: Collection[str],
    types: Collection[str],
    walked: Collection[str],
) -> list[str]:
    """The relations of things of some types that give what is asked for."""
    own = [r for r in schema.relations.values() if r.id not in walked and _starts(r, types)]
    if asked.when:
        return [r.id for r in own if r.kind == "date"]
    if asked.amount:
        return [r.id for r in own if r.kind == "number" and not is_dated(schema, r.id)]
    wanted = set(asked.types) or (set(somebody) if asked.person else set())
    if not wanted.isdisjoint(types):
        return []  # the things between the names are what is asked for
    if wanted:
        return [r.id for r in own if not wanted.isdisjoint(type for type, _ in r.range)]
    said = {relation for one in reading.said for relation in one.relations}
    return [r.id for r in own if r.id in said]


def _starts(relation: Relation, types: Collection[str]) -> bool:
    return any(type in types for type, _ in relation.domain)
