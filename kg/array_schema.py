"""What the graph shows of its relations: counts, kinds, and the types at both ends, counted over arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.arrays import Arrays, Rows
from kg.graph import NodeKind

KINDS: tuple[NodeKind, ...] = ("entity", "number", "date", "string")
Counted = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RelationCounts:
    """A relation in numbers; ``domain`` and ``range``: (type, facts)."""

    facts: int
    heads: int
    tails: int
    kind: NodeKind
    domain: Counted
    range: Counted


def count_relations(arrays: Arrays) -> dict[int, RelationCounts]:
    """The counts of every relation that has a fact."""
    relation = arrays.forward.relation
    order = np.argsort(relation, kind="stable")
    ordered = relation[order]
    cuts = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(ordered)]
    return {int(ordered[start]): _count(arrays, order[start:end]) for start, end in pairwise(cuts) if end > start}


def recount(arrays: Arrays, relations: Iterable[int]) -> dict[int, RelationCounts]:
    """The counts of some relations; those without a fact are left out."""
    edges = {relation: np.flatnonzero(arrays.forward.relation == relation) for relation in relations}
    return {relation: _count(arrays, found) for relation, found in edges.items() if len(found)}


def relations_around(arrays: Arrays, entities: Rows) -> set[int]:
    """The relations of the entities' facts."""
    entities = entities[entities < arrays.size]
    found: set[int] = set()
    for inverse in (False, True):
        side = arrays.side(inverse)
        found |= set(np.unique(side.relation[side.leaving(entities)[1]]).tolist())
    return found


def _count(arrays: Arrays, edges: NDArray[Any]) -> RelationCounts:
    sources = arrays.forward.sources(edges)  # sorted, as edges are
    first = np.flatnonzero(np.diff(sources, prepend=-1))
    heads, head_facts = sources[first], np.diff(first, append=len(sources))
    tails, tail_facts = _counted(arrays.forward.target[edges], arrays.size)
    kinds = np.unique(arrays.kind[tails])
    kind: NodeKind = KINDS[int(kinds[0])] if len(kinds) == 1 else "mixed"
    return RelationCounts(
        len(edges),
        len(heads),
        len(tails),
        kind,
        _by_type(arrays, heads, head_facts),
        _by_type(arrays, tails, tail_facts),
    )


def _counted(rows: Rows, size: int) -> tuple[Rows, NDArray[np.int64]]:
    """The distinct rows, sorted, and how often each stands there; without sorting where there are many."""
    if len(rows) * 12 < size:
        return np.unique(rows, return_counts=True)
    counts = np.bincount(rows, minlength=size)
    distinct = np.flatnonzero(counts)
    return distinct.astype(np.int32), counts[distinct]


def _by_type(arrays: Arrays, nodes: Rows, facts: NDArray[np.int64]) -> Counted:
    """(type, facts) over the nodes' types."""
    owner, edges = arrays.types.leaving(nodes)
    if not len(edges):
        return ()
    types, which = np.unique(arrays.types.target[edges], return_inverse=True)
    counts = np.bincount(which, weights=facts[owner])
    return tuple((type, int(count)) for type, count in zip(types.tolist(), counts.tolist(), strict=True))
