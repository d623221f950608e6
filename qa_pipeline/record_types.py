"""Types of records, which tie other things together: bids, hearings, loans. Who asks names the things, not the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import pairwise

from kg.graph import Entity, Relation, Schema
from kg.names import fold, words_of
from kg.plan import Join, Plan, Result
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.answer_type import ALL_BY
from qa_pipeline.bridge import is_single, types_of
from qa_pipeline.near_types import asking
from qa_pipeline.persons import is_person
from qa_pipeline.plan_parts import parts_of
from qa_pipeline.reading import Reading
from qa_pipeline.tokens import tokenize

ANYTHING = frozenset("everything anything".split())
TIED = 2  # things that a record ties together, at least
DONE = frozenset("do does did has have had".split())


def record_types(schema: Schema) -> frozenset[str]:
    """Types to whose things nothing leads, and which have two relations, at least, to one thing each; not of people."""
    led_to: set[str] = set()
    ties: Counter[str] = Counter()
    for relation in schema.relations.values():
        if relation.kind == "entity":
            led_to.update(type for type, _ in relation.range)
            if relation.range and is_single(relation):
                ties.update(type for type, _ in relation.domain)
    records = {type for type, count in ties.items() if count >= TIED} - led_to
    return frozenset(type for type in records if not is_person(words_of(type)))


def unasked_records(schema: Schema, text: str, links: Collection[Link]) -> frozenset[str]:
    """Those that a question does not want that asks "what did …", "what has …" or for everything; none, if it asks otherwise.

    It may say a type of them all the same, as a verb: "everything that X has *bid* for".
    """
    words = [fold(token.text) for token in tokenize(text)]
    what = any(one == "what" and after in DONE for one, after in pairwise(words))
    if not what and ANYTHING.isdisjoint(words[:ALL_BY]):
        return frozenset()
    nouns = {fold(t.text) for t in asking(tokenize(text))}
    asked = {c.id for k in links if k.mention.kind == "type" and fold(k.mention.text) in nouns for c in k.candidates}
    return record_types(schema) - asked


def is_numbered(entity: Entity) -> bool:
    """Whether what a thing is called has a digit, as what records are called has ("Bid 1001"), and few other things."""
    return any(map(str.isdigit, entity.display))


def tied(store: GraphStore, reading: Reading, plan: Plan) -> tuple[Plan, Result] | None:
    """What the records of a plan tie to what it comes from: of what somebody has bid for not the bids, but their lots.

    :return: None: no relation is left that leads to things with a type
    """
    types = types_of(store, plan)
    walked = {part.relation for part in parts_of(plan) if isinstance(part, Join)}
    ways = [r for r in store.schema().relations.values() if r.id not in walked and r.range and _ties(r, types)]
    if not ways:
        return None
    best = max(ways, key=lambda r: (reading.relevance.get((r.id, False), 0.0), r.id))
    longer = Join(plan, best.id)
    result = store.execute(longer)
    return (longer, result) if result.nodes else None


def _ties(relation: Relation, types: Collection[str]) -> bool:
    begins = any(type in types for type, _ in relation.domain)
    return begins and relation.kind == "entity" and is_single(relation)
