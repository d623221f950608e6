"""What makes large writes to Neo4j fast: what is alike is sent once, and nodes are found by the database's own numbers.

The numbers (``id(n)``) are kept during one write only, while its writer has the turn, so none can come to mean another node.
A fact is new for sure, without asking, if one of its ends was made by the same write and the write has not told it before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from neo4j import ManagedTransaction
from numpy.typing import NDArray

from kg.graph import Literal, Node
from kg.neo4j_columns import Columns
from kg.neo4j_layout import literal_properties
from kg.neo4j_rows import node_key

AT_HAND = 1_000_000  # nodes whose numbers are kept

PLAIN = (
    "CYPHER 5 UNWIND range(0, size($ids) - 1) AS i CREATE (e:Entity {id: $ids[i], told: $told})"
    " RETURN collect(i), collect(id(e))"
)
NUMBERS = "CYPHER 5 MATCH (e:Entity) WHERE e.id IN $ids RETURN collect(e.id), collect(id(e))"
LITERALS = (
    "CYPHER 5 UNWIND range(0, size($rows) - 1) AS i WITH i, $rows[i] AS row MERGE (l:Literal {key: row.key})"
    " ON CREATE SET l = row RETURN collect(i), collect(id(l))"
)
NEW_LITERALS = (
    "CYPHER 5 UNWIND range(0, size($rows) - 1) AS i WITH i, $rows[i] AS row CREATE (l:Literal) SET l = row"
    " RETURN collect(i), collect(id(l))"
)
NEW_FACTS = (
    "CYPHER 5 UNWIND $alike AS a UNWIND range(0, size(a.heads) - 1) AS i"
    " MATCH (h) WHERE id(h) = a.heads[i] MATCH (t) WHERE id(t) = a.tails[i]"
    " CREATE (h)-[:$(a.relation) {told: a.told, weights: a.weights, weight: a.weight, start: a.start, end: a.end}]->(t)"
)
Numbers = dict[Node, int]
Mask = NDArray[np.bool_]


class Seen:
    """Hashes of what was there before, few bytes each. What is not among them was not there."""

    def __init__(self) -> None:
        self._hashes: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)

    def among(self, hashes: NDArray[np.uint64]) -> Mask:
        """Which of the hashes are there. Shape: as ``hashes``"""
        at = np.searchsorted(self._hashes, hashes)
        there: Mask = at < len(self._hashes)
        there[there] = self._hashes[at[there]] == hashes[there]
        return there

    def add(self, hashes: NDArray[np.uint64]) -> None:
        """Have them there."""
        new = np.unique(hashes[~self.among(hashes)])
        self._hashes = np.insert(self._hashes, np.searchsorted(self._hashes, new), new)


class Ends:
    """The nodes that a write knows by number, and the facts that it has told.

    What a transaction adds is taken over by :meth:`settle` once it is committed: it may be tried again.
    """

    def __init__(self) -> None:
        self.is_first = False  # whether nothing was there before: what is there this write has made
        self._numbers: Numbers = {}
        self._has_forgotten = False
        self._made: set[Node] = set()
        self._told = Seen()
        self._fresh: tuple[Numbers, Numbers, Columns | None] = ({}, {}, None)

    def begin(self, made: Numbers, columns: Columns | None) -> None:
        """A transaction has made these entities, and is going to tell these facts."""
        self._fresh = (dict(made), made, columns)

    def find(self, tx: ManagedTransaction, nodes: Sequence[Node]) -> NDArray[np.int64]:
        """The numbers of nodes; literals that are not there are made. Shape: as ``nodes``"""
        at_hand, found = self._numbers, self._fresh[0]
        found.update((node, at_hand[node]) for node in nodes if node in at_hand)
        missing = [node for node in nodes if node not in found]
        ids = [node for node in missing if isinstance(node, str)]
        if ids:
            known, numbers = tx.run(NUMBERS, ids=ids).single(strict=True)
            found.update(zip(known, numbers, strict=True))
        literals = [node for node in missing if isinstance(node, Literal)]
        if literals:
            statement = NEW_LITERALS if self.is_first and not self._has_forgotten else LITERALS
            found |= placed(tx, statement, literals, rows=list(map(literal_properties, literals)))
        return np.fromiter((found[node] for node in nodes), np.int64, len(nodes))

    def doubtful(self, columns: Columns) -> Mask:
        """Whether each fact may be there already, told by this write or by another. Shape: (F,)"""
        again = self._told.among(columns.keys)
        if self.is_first:
            return again
        made = self._fresh[1]
        is_new = np.fromiter((n in made or n in self._made for n in columns.nodes), bool, len(columns.nodes))
        may_be: Mask = again | ~(is_new[columns.codes[0]] | is_new[columns.codes[2]])
        return may_be

    def settle(self) -> None:
        """What was begun is committed."""
        numbers, made, columns = self._fresh
        if len(self._numbers) > AT_HAND:
            self._numbers.clear()
            self._has_forgotten = True
        self._numbers |= numbers
        if not self.is_first:
            self._made |= made.keys()
        if columns is not None:
            self._told.add(columns.keys)


def placed(tx: ManagedTransaction, statement: str, nodes: Sequence[Node], **parameters: Any) -> Numbers:
    """The numbers of nodes by a statement that gives back places in them, and numbers."""
    places, numbers = tx.run(statement, parameters).single(strict=True)
    return {nodes[place]: number for place, number in zip(places, numbers, strict=True)}


def alike(
    columns: Columns, which: Mask, numbers: NDArray[np.int64], tellers: Mapping[str, list[int]]
) -> list[dict[str, Any]]:
    """Some of the facts in groups that differ in their ends only."""
    codes = columns.codes[:, which]
    heads, kinds, tails = codes[:, np.argsort(codes[1], kind="stable")]
    starts = np.flatnonzero(np.diff(kinds, prepend=-1))
    groups = []
    for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(kinds)], strict=True):
        kind = columns.kinds[kinds[start]]
        is_even = set(kind.weights) == {1.0}
        groups.append({
            "relation": kind.relation, "start": kind.start or None, "end": kind.end or None,
            "told": [tellers[source][0] for source in kind.sources],
            "weights": None if is_even else list(kind.weights),
            "weight": None if kind.weights[0] == 1.0 else kind.weights[0],
            "heads": numbers[heads[start:stop]].tolist(), "tails": numbers[tails[start:stop]].tolist(),
        })  # fmt: skip
    return groups


def key_rows(columns: Columns, which: Mask, tellers: Mapping[str, list[int]]) -> dict[bool, list[list[Any]]]:
    """Some of the facts as rows, those to entities (True) and those to literals: head, tail, relation, start, end, tellers,
    weights, for each teller all of its batch and source, and the fact's place."""
    rows: dict[bool, list[list[Any]]] = {True: [], False: []}
    places = np.flatnonzero(which)
    for place, (head, of, end) in zip(places.tolist(), columns.codes[:, places].T.tolist(), strict=True):
        kind, tail = columns.kinds[of], columns.nodes[end]
        same = [tellers[source] for source in kind.sources]
        told, weights = [numbers[0] for numbers in same], list(kind.weights)
        key = columns.nodes[head], node_key(tail), kind.relation, kind.start, kind.end
        rows[isinstance(tail, str)].append([*key, told, weights, same, place])
    return rows
