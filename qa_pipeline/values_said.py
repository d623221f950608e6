"""Common words that are names after all, for the graph says so of what the question asks for: "*italian* restaurants".

A word in small letters that is common in English is taken for a name with reluctance. Where things of a type that the question
says have a value of that name (restaurants whose cuisine is Italian, experiments that were a success), it is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kg.plan import Entities, Exists, FilterType, Join
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.near_names import Span

WORDS = 4  # that are looked up
BEARERS = 3  # of one name


def values_said(store: GraphStore, doubtful: Sequence[Span], types: Sequence[Link]) -> Iterator[Span]:
    """Those of some spans that name what things of the types have by some relation."""
    said = tuple(dict.fromkeys(c.id for link in types for c in link.candidates))
    if not said:
        return
    for span in sorted(doubtful, key=lambda s: -s.score)[:WORDS]:
        ids = span.ids[:BEARERS]
        steps = store.expand([store.frontier(ids)])[0]
        walks = (Join(Entities(ids), step.relation, inverse=True) for step in steps if step.inverse)
        if any(store.execute(Exists(FilterType(walk, type))).value for walk in walks for type in said):
            yield span
