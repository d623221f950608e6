"""Which of several things that bear a name is meant, as far as the graph tells without the rest of the question."""

from __future__ import annotations

from collections.abc import Sequence

from kg.names import fold
from kg.question import Candidate
from kg.store import GraphStore


def ranked(store: GraphStore, ids: Sequence[str], text: str) -> tuple[Candidate, ...]:
    """The readings of a name, most prominent first.

    Prominence is what the graph has of an entity, facts and names, and counts five times where the name is its label.
    Scores: 1.0 for the most prominent readings (at least half as much as the first), else 0.99 for those that bear
    the name as their label and 0.95 for those that have it as an alias.
    """
    folded = fold(text)
    entities = store.entities(ids)
    if len(ids) == 1:
        return (Candidate(ids[0], entities[ids[0]].display, 1.0),)
    leaving = store.expand([store.frontier([id]) for id in ids], 1)
    labelled = {id: fold(entities[id].display) == folded for id in ids}
    prominence = {
        id: (1 + sum(s.edges for s in steps) + len(entities[id].aliases)) * (1.0 if labelled[id] else 0.2)
        for id, steps in zip(ids, leaving, strict=True)
    }
    order = sorted(ids, key=lambda id: (-prominence[id], id))
    most = prominence[order[0]]
    score = {id: 1.0 if prominence[id] >= most / 2 else 0.99 if labelled[id] else 0.95 for id in ids}
    return tuple(Candidate(id, entities[id].display, score[id]) for id in order)
