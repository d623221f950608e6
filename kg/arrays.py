"""Adjacency in compact arrays: both directions sorted by (node, relation, target), nodes as row numbers.

A fact stands once in each direction; facts that differ in nothing but their validity stand side by side. Sets of nodes are
sorted, unique ``int32`` arrays. Arrays may be memory-mapped and are never written to: a change makes new ones.

Legend: N nodes, E facts, M (entity, type) pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Triple = tuple[int, int, int]
EMPTY: Rows = np.empty(0, dtype=np.int32)
FEW = 200  # changed edges up to here are spliced in one by one
HUB = 1_000  # nodes with more edges are searched for a relation, not scanned
NARROW = np.iinfo(np.uint16).max  # codes up to here are sorted in linear time


@dataclass(frozen=True)
class Direction:
    """The edges of one direction.

    :param start: where each node's edges begin. Shape: (N + 1,)
    :param relation: shape: (E,), sorted within a node
    :param target: shape: (E,), sorted within a node's relation
    """

    start: NDArray[np.int64]
    relation: NDArray[Any]
    target: Rows

    @classmethod
    def build(cls, node: Rows, relation: Rows, target: Rows, size: int) -> Direction:
        """Of edges in any order; ``size`` is N."""
        order = np.lexsort((target, relation, node))
        return cls(_starts(np.bincount(node, minlength=size)), _codes(relation[order]), target[order])

    def leaving(self, rows: Rows, relation: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The edges that leave the nodes: (position of the node in ``rows``, edge number), both of shape (edges,).

        :param relation: only edges of this relation
        """
        begin, end = self.start[rows], self.start[rows + 1]
        if relation is not None:
            for hub in np.flatnonzero(end - begin > HUB).tolist():
                begin[hub], end[hub] = self.span(int(begin[hub]), int(end[hub]), relation)
        counts = end - begin
        ends = np.cumsum(counts)
        edges = np.arange(int(counts.sum())) + np.repeat(begin - ends + counts, counts)
        owner = np.repeat(np.arange(len(rows)), counts)
        if relation is None:
            return owner, edges
        chosen = np.flatnonzero(self.relation[edges] == relation)
        return owner[chosen], edges[chosen]

    def sources(self, edges: NDArray[np.int64]) -> Rows:
        """The node that each edge leaves."""
        return (np.searchsorted(self.start, edges, side="right") - 1).astype(np.int32)

    def changed(self, gone: Sequence[Triple], come: Sequence[Triple], size: int) -> Direction:
        """Without all edges of some (node, relation, target), then with others; ``size`` is the new N, not less than now."""
        if len(gone) + len(come) <= FEW:
            return self._with_few(self._without_few(gone, size), come)
        drop = np.array([edge for triple in gone for edge in range(*self._span(triple))], dtype=np.int64)
        counts = np.zeros(size, dtype=np.int64)
        counts[: len(self.start) - 1] = np.diff(self.start)
        np.subtract.at(counts, self.sources(drop), 1)
        thinned = Direction(_starts(counts), np.delete(self.relation, drop), np.delete(self.target, drop))
        if not come:
            return thinned
        come = sorted(come)
        at = [thinned._span(triple)[0] for triple in come]
        node, relation, target = np.array(come, dtype=np.int64).T
        np.add.at(counts, node, 1)
        wide = thinned.relation if int(relation.max()) <= NARROW else thinned.relation.astype(np.int32)
        return Direction(_starts(counts), np.insert(wide, at, relation), np.insert(thinned.target, at, target))

    def _without_few(self, gone: Sequence[Triple], size: int) -> Direction:
        start = np.concatenate((self.start, np.full(size + 1 - len(self.start), self.start[-1])))
        spans = {span: triple[0] for triple in gone if (span := self._span(triple))[0] < span[1]}
        for (low, high), node in spans.items():
            start[node + 1 :] -= high - low
        cuts = [0, *(edge for span in sorted(spans) for edge in span), len(self.target)]
        parts = [slice(low, high) for low, high in zip(cuts[::2], cuts[1::2], strict=True)]
        if len(parts) == 1:
            return Direction(start, self.relation, self.target)
        relation, target = (np.concatenate([side[part] for part in parts]) for side in (self.relation, self.target))
        return Direction(start, relation, target)

    @staticmethod
    def _with_few(thinned: Direction, come: Sequence[Triple]) -> Direction:
        """``thinned`` has a ``start`` of its own, which is changed."""
        if not come:
            return thinned
        come = sorted(come)
        at = [thinned._span(triple)[0] for triple in come]
        cuts = [0, *at, len(thinned.target)]
        new = np.array(come, dtype=np.int64)
        wide = thinned.relation if int(new[:, 1].max()) <= NARROW else thinned.relation.astype(np.int32)
        relation, target = (
            np.concatenate(
                [part for n, (low, high) in enumerate(pairwise(cuts)) for part in (side[low:high], own[n : n + 1])]
            )
            for side, own in ((wide, new[:, 1].astype(wide.dtype)), (thinned.target, new[:, 2].astype(np.int32)))
        )
        for node, _, _ in come:
            thinned.start[node + 1 :] += 1
        return Direction(thinned.start, relation, target)

    def _span(self, triple: Triple) -> tuple[int, int]:
        """Where the edges of a (node, relation, target) begin and end, or would stand."""
        node, relation, target = triple
        if node >= len(self.start) - 1:
            return len(self.target), len(self.target)
        low, high = self.span(int(self.start[node]), int(self.start[node + 1]), relation)
        wanted = self.target.dtype.type(target)
        run = self.target[low:high]
        return low + int(np.searchsorted(run, wanted)), low + int(np.searchsorted(run, wanted, side="right"))

    def span(self, low: int, high: int, relation: int) -> tuple[int, int]:
        """Where a relation's edges begin and end among those of one node."""
        if relation > np.iinfo(self.relation.dtype).max:
            return high, high
        wanted = self.relation.dtype.type(relation)
        run = self.relation[low:high]
        return low + int(np.searchsorted(run, wanted)), low + int(np.searchsorted(run, wanted, side="right"))


@dataclass(frozen=True)
class Arrays:
    """A graph: adjacency, and what is known of each node.

    :param kind: 0 entity, 1 number, 2 date, 3 string. Shape: (N,)
    :param order: ``Literal.order``; NaN for entities and strings. Shape: (N,)
    :param typing: ``type << 32 | entity``, sorted. Shape: (M,)
    """

    forward: Direction
    backward: Direction
    kind: NDArray[np.int8]
    order: NDArray[np.float64]
    typing: NDArray[np.int64]

    @classmethod
    def build(
        cls, edges: NDArray[np.int32], kind: NDArray[np.int8], order: NDArray[np.float64], typing: NDArray[np.int64]
    ) -> Arrays:
        """
        :param edges: head, relation, tail. Shape: (E, 3)
        """
        head, relation, tail = np.ascontiguousarray(edges.T)
        forward = Direction.build(head, relation, tail, len(kind))
        return cls(forward, Direction.build(tail, relation, head, len(kind)), kind, order, np.sort(typing))

    @property
    def size(self) -> int:
        """N; row numbers are below it."""
        return len(self.kind)

    def side(self, inverse: bool) -> Direction:
        return self.backward if inverse else self.forward

    def members(self, type: int) -> Rows:
        """The entities of a type."""
        low, high = np.searchsorted(self.typing, (type << 32, (type + 1) << 32))
        return (self.typing[low:high] & 0xFFFFFFFF).astype(np.int32)

    def count_literals(self) -> int:
        """The literals that are there: those that a fact names."""
        return int(np.count_nonzero((self.kind > 0) & (np.diff(self.backward.start) > 0)))

    @cached_property
    def types(self) -> Direction:
        """The types of each entity: an edge's ``target`` is a type."""
        type, entity = (self.typing >> 32).astype(np.int32), (self.typing & 0xFFFFFFFF).astype(np.int32)
        return Direction.build(entity, np.zeros_like(type), type, self.size)

    def pairs(self, rows: Rows, relation: int, inverse: bool) -> tuple[NDArray[np.int64], Rows]:
        """(position in ``rows``, node reached) over the relation, each pair once, by position, then by node."""
        side = self.side(inverse)
        owner, edges = side.leaving(rows, relation)
        target = side.target[edges]
        again = (owner[1:] == owner[:-1]) & (target[1:] == target[:-1])
        if again.any():
            first = np.flatnonzero(np.concatenate(([True], ~again)))
            owner, target = owner[first], target[first]
        return owner, target

    def unique(self, rows: Rows) -> Rows:
        """Sorted, each once; by a bitmap where that is cheaper than sorting."""
        if len(rows) * 12 < self.size:
            return np.unique(rows)
        seen = np.zeros(self.size, dtype=bool)
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
        cuts = [0, *(np.flatnonzero(relations[1:] != relations[:-1]) + 1).tolist(), len(targets)]
        parts = [(start, targets[start:end]) for start, end in pairwise(cuts)]
        return [(int(relations[start]), len(part), self.unique(part)) for start, part in parts]


def _codes(relation: Rows) -> NDArray[Any]:
    """Relations in the narrowest form."""
    return relation if len(relation) and int(relation.max()) > NARROW else relation.astype(np.uint16)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    start = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=start[1:])
    return start
