"""Common words that are names after all, for the graph says so of what the question asks for: "*italian* restaurants".

A word in small letters that is common in English is taken for a name with reluctance. Where things of a type that the question
says have a value of that name (restaurants whose cuisine is Italian, experiments that were a success), it is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.plan import Ends, Entities, Exists, Intersect, Join, OfType, Plan
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.near_names import Span

WORDS = 4  # that are looked up
KINDS, GATHERS = (
    50,
    2,
)  # values of a relation, at most, and things of a value, at least, on average, where it tells kinds
BEARERS = 3  # of one name


def values_said(
    store: GraphStore, doubtful: Sequence[Span], types: Sequence[Link], named: Sequence[Link] = ()
) -> Iterator[Span]:
    """Those of some spans that name what things of the types have by some relation, or what is had by things with another value
    that is named: tents, which have colours, "in black"."""
    said = tuple(dict.fromkeys(c.id for link in types for c in link.candidates))
    kinds: list[Plan] = [OfType(type) for type in said]
    for span in sorted(doubtful, key=lambda s: -s.score)[:WORDS]:
        ids = span.ids[:BEARERS]
        steps = store.expand([store.frontier(ids)])[0]
        back = [step.relation for step in steps if step.inverse]
        walks = [Join(Entities(ids), relation, inverse=True) for relation in back]
        typed = any(store.execute(Exists(Intersect(walk, kind))).value for walk in walks for kind in kinds)
        kinds_of = [relation for relation in back if _tells_kinds(store, relation)]
        if typed or any(_have(store, link, relation) for link in named for relation in kinds_of):
            yield span


def _tells_kinds(store: GraphStore, relation: str) -> bool:
    """Whether a relation gives many things one of few values, as a genre or a colour does; tags are of too many."""
    known = store.schema().relations.get(relation)
    return known is not None and known.tails <= KINDS and known.facts >= GATHERS * known.tails


def _have(store: GraphStore, named: Link, relation: str) -> bool:
    """Whether what has a name as a value has one by another relation as well."""
    ids = tuple(c.id for c in named.candidates[:BEARERS])
    others = [step.relation for step in store.expand([store.frontier(ids)])[0] if step.inverse]
    having = (Join(Entities(ids), other, inverse=True) for other in others if other != relation)
    return any(store.execute(Exists(Intersect(walk, Ends(relation, "head")))).value for walk in having)
