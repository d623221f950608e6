"""Adjacency in compact arrays: both directions sorted by (node, relation), nodes as row numbers.

A distinct (head, relation, tail) stands once, whatever its validity. Sets of nodes are sorted, unique ``int32`` arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]


@dataclass(frozen=True)
class Direction:
    """The edges of one direction. N nodes, E edges.

    :param start: where each node's edges begin. Shape: (N + 1,)
    :param relation: shape: (E,), sorted within a node
    :param target: shape: (E,)
    """

    start: NDArray[np.int64]
    relation: NDArray[np.int32]
    target: Rows

    def leaving(self, rows: Rows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The edges that leave the nodes: (position of the node in ``rows``, edge number), both of shape (edges,)."""
        begin, end = self.start[rows], self.start[rows + 1]
        counts = end - begin
        owner = np.repeat(np.arange(len(rows)), counts)
        edges = np.arange(int(counts.sum())) + np.repeat(begin - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        return owner, edges


@dataclass(frozen=True)
class Arrays:
    """A graph: adjacency, and what is known of each node.

    :param kind: 0 entity, 1 number, 2 date, 3 string. Shape: (N,)
    :param order: ``Literal.order``; NaN for entities and strings. Shape: (N,)
    :param members: the entities of each type
    """

    forward: Direction
    backward: Direction
    kind: NDArray[np.int8]
    order: NDArray[np.float64]
    members: dict[str, Rows]

    @classmethod
    def build(
        cls,
        edges: NDArray[np.int32],
        kind: NDArray[np.int8],
        order: NDArray[np.float64],
        members: dict[str, Rows],
    ) -> Arrays:
        """
        :param edges: head, relation, tail. Shape: (E, 3)
        """
        size = len(kind)
        return cls(_direction(edges[:, (0, 1, 2)], size), _direction(edges[:, (2, 1, 0)], size), kind, order, members)

    def side(self, inverse: bool) -> Direction:
        return self.backward if inverse else self.forward

    def step(self, rows: Rows, relation: int, inverse: bool) -> Rows:
        """The nodes one walk away."""
        _, targets = self.pairs(rows, relation, inverse)
        return self.unique(targets)

    def pairs(self, rows: Rows, relation: int, inverse: bool) -> tuple[NDArray[np.int64], Rows]:
        """(position in ``rows``, node reached) of every edge of the relation."""
        side = self.side(inverse)
        owner, edges = side.leaving(rows)
        chosen = side.relation[edges] == relation
        return owner[chosen], side.target[edges[chosen]]

    def unique(self, rows: Rows) -> Rows:
        """Sorted, each once; by a bitmap where that is cheaper than sorting."""
        if len(rows) * 12 < len(self.kind):
            return np.unique(rows)
        seen = np.zeros(len(self.kind), dtype=bool)
        seen[rows] = True
        return np.flatnonzero(seen).astype(np.int32)

    def expand(self, rows: Rows, inverse: bool) -> list[tuple[int, int, Rows]]:
        """(relation, edges, nodes reached) of every relation that leaves the nodes in one direction."""
        side = self.side(inverse)
        _, edges = side.leaving(rows)
        if not len(edges):
            return []
        relations, targets = side.relation[edges], side.target[edges]
        if len(rows) > 1:
            by_relation = np.argsort(relations, kind="stable")
            relations, targets = relations[by_relation], targets[by_relation]
        cuts = np.flatnonzero(np.diff(relations)) + 1
        starts = np.concatenate(([0], cuts))
        return [
            (int(relations[start]), len(part), self.unique(part))
            for start, part in zip(starts, np.split(targets, cuts), strict=True)
        ]


def _direction(edges: NDArray[np.int32], size: int) -> Direction:
    order = np.lexsort((edges[:, 2], edges[:, 1], edges[:, 0]))
    edges = edges[order]
    if len(edges):
        fresh = np.concatenate(([True], np.any(edges[1:] != edges[:-1], axis=1)))
        edges = edges[fresh]
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(edges[:, 0], minlength=size), out=start[1:])
    return Direction(start, np.ascontiguousarray(edges[:, 1]), np.ascontiguousarray(edges[:, 2]))
