"""What is asked for by a word that is a value in the graph: "which *regions* …", where some places have "region" as their `kind`.

Such a value says what a thing is, as a type does, so that answers are held against it, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from kg.graph import Schema
from kg.names import fold, words_of
from kg.plan import Count, Entities, Intersect, Join, Plan, Result
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.bridge import FETCHED, is_single, types_between, types_of
from qa_pipeline.near_types import asking
from qa_pipeline.tokens import Token, inflections, tokenize
from qa_pipeline.values_said import tells_kinds

KINDS = frozenset("kind type category class sort".split())  # what a relation to the sort of a thing is called


@dataclass(frozen=True)
class Sort:
    """A sort of things.

    :param word: that says it
    :param plan: all things of the sort
    :param types: of them, by the schema
    """

    word: Token
    plan: Join
    types: tuple[str, ...]


def sort_asked(text: str, store: GraphStore, links: Sequence[Link] = ()) -> Sort | None:
    """The sort of things that a question asks for; a word before a name is none ("the region Sardinia")."""
    schema = store.schema()
    telling = {id for id in schema.relations if _tells_sorts(schema, id)}
    words = [] if not telling else list(takewhile(lambda token: fold(token.text) != "of", asking(tokenize(text))))
    names = {k.mention.start for k in links if k.mention.kind == "entity" and k.score > 0}
    for word in reversed(words):
        if word.end + 1 in names:
            continue
        for ids in store.lookup(sorted(inflections(fold(word.text)))).values():
            steps = [s for s in store.expand([store.frontier(ids)])[0] if s.inverse and s.relation in telling]
            if steps:
                relation = max(steps, key=lambda step: (step.edges, step.relation)).relation
                types = tuple(type for type, _ in schema.relations[relation].domain)
                return Sort(word, Join(Entities(ids), relation, inverse=True), types)
    return None


def into(store: GraphStore, plan: Plan, sort: Sort) -> tuple[Plan, Result] | None:
    """What of a sort the things of a plan belong to by the only relation that leads there: of a city its region.

    :return: None: no relation leads there, or several do
    """
    group = plan.source if isinstance(plan, Count) else plan
    if (store.execute(Count(group)).value or 0) > FETCHED:
        return None
    back = group.relation if isinstance(group, Join) and group.inverse else None
    here = types_of(store, group)
    found = []
    for relation in store.schema().relations.values():
        onward = relation.id != back and is_single(relation)
        if onward and types_between(relation, here, sort.types, inverse=False):
            step: Plan = Intersect(Join(group, relation.id), sort.plan)
            step = Count(step) if isinstance(plan, Count) else step
            result = store.execute(step)
            found += [(step, result)] if result.nodes or result.value else []
    return found[0] if len(found) == 1 else None


def _tells_sorts(schema: Schema, id: str) -> bool:
    relation = schema.relations[id]
    names: Sequence[str] = (words_of(id), *relation.called)
    named = any(fold(name).rsplit(" ", 1)[-1] in KINDS for name in names)
    return named and relation.kind == "entity" and tells_kinds(relation) and is_single(relation)
