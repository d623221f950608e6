"""Common words that are names after all, for the graph says so of what the question asks for: "*italian* restaurants".

A word in small letters that is common in English is taken for a name with reluctance. Where things of a type that the question
says have a value of that name (restaurants whose cuisine is Italian, experiments that were a success), it is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.graph import Relation
from kg.plan import Ends, Entities, Exists, FilterType, Intersect, Join
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.near_names import Span

WORDS = 4  # that are looked up
KINDS, GATHERS = (
    50,
    2,
)  # values of a relation, at most, and things of a value, at least, on average, where it tells kinds
STEPS = 5  # relations of a value that are looked at, those with most facts
BEARERS = 3  # of one name


def values_said(
    store: GraphStore, doubtful: Sequence[Span], types: Sequence[Link], named: Sequence[Link] = ()
) -> Iterator[Span]:
    """Those of some spans that name what things of the types have by some relation, or what is had by things with another value
    that is named: tents, which have colours, "in black"."""
    said = {c.id for link in types for c in link.candidates}
    relations = store.schema().relations
    for span in sorted(doubtful, key=lambda s: -s.score)[:WORDS] if said or named else ():
        ids = span.ids[:BEARERS]
        steps = sorted((s for s in store.expand([store.frontier(ids)])[0] if s.inverse), key=lambda s: -s.edges)
        back = [step.relation for step in steps if step.relation in relations][:STEPS]
        typed = ((r, type) for r in back for type in sorted(said & dict(relations[r].domain).keys()))
        walks = (FilterType(Join(Entities(ids), relation, inverse=True), type) for relation, type in typed)
        telling = [relation for relation in back if tells_kinds(relations[relation])]
        if any(store.execute(Exists(walk)).value for walk in walks) or any(_have(store, named, r) for r in telling):
            yield span


def tells_kinds(relation: Relation) -> bool:
    """Whether a relation gives many things one of few values, as a genre or a colour does; tags are of too many."""
    return relation.tails <= KINDS and relation.facts >= GATHERS * relation.tails


def _have(store: GraphStore, named: Sequence[Link], relation: str) -> bool:
    """Whether what has one of some names as a value has one by another relation as well."""
    ids = [tuple(c.id for c in link.candidates[:BEARERS]) for link in named[:WORDS]]
    for names, steps in zip(ids, store.expand([store.frontier(names) for names in ids]), strict=True):
        others = sorted((s for s in steps if s.inverse and s.relation != relation), key=lambda s: -s.edges)[:STEPS]
        having = (Join(Entities(names), step.relation, inverse=True) for step in others)
        if any(store.execute(Exists(Intersect(walk, Ends(relation, "head")))).value for walk in having):
            return True
    return False
