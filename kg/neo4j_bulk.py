"""What makes large writes to Neo4j fast: what is alike is sent once, and nodes are found by the database's own numbers.

The numbers (``id(n)``) are kept during one write only, while its writer has the turn, so none can come to mean another node.
A fact is new for sure, without asking, if one of its ends was made by the same write and the write has not told it before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from neo4j import ManagedTransaction
from numpy.typing import NDArray

from kg.neo4j_rows import FactRow

AT_HAND = 1_000_000  # entities whose numbers are kept

PLAIN = (
    "CYPHER 5 UNWIND $ids AS id CREATE (e:Entity {id: id, aliases: [], types: [], told_batches: [$batch], told_writes: [$write],"
    " told_as: ['entity'], told_texts: [''], told_languages: ['']}) RETURN id, id(e)"
)
NUMBERS = "CYPHER 5 MATCH (e:Entity) WHERE e.id IN $ids RETURN e.id, id(e)"
LITERALS = "CYPHER 5 UNWIND $rows AS row MERGE (l:Literal {key: row.key}) ON CREATE SET l = row RETURN l.key, id(l)"
NEW_FACTS = (
    "CYPHER 5 UNWIND $alike AS a UNWIND range(0, size(a.heads) - 1) AS i"
    " MATCH (h) WHERE id(h) = a.heads[i] MATCH (t) WHERE id(t) = a.tails[i]"
    " CREATE (h)-[:$(a.relation) {weight: a.weights[0], start: a.start, end: a.end, sources: a.sources, weights: a.weights,"
    " batches: a.batches, writes: a.writes}]->(t)"
)
Numbers = dict[str, int]


class Ends:
    """The nodes that a write knows by number, and the facts that it has told.

    What a transaction adds is taken over by :meth:`settle` once it is committed: it may be tried again.
    """

    def __init__(self) -> None:
        self.entities: Numbers = {}
        self._made: set[str] = set()
        self._told: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._fresh: tuple[Numbers, set[str], NDArray[np.int64]] = ({}, set(), self._told)

    def find(self, tx: ManagedTransaction, ids: Iterable[str], made: Numbers) -> Numbers:
        """The numbers of entities that are there, ``made`` by this transaction or before."""
        found = {
            id: self.entities[id] if id in self.entities else made[id]
            for id in ids
            if id in self.entities or id in made
        }
        missing = [id for id in ids if id not in found]
        if missing:
            found.update((id, number) for id, number in tx.run(NUMBERS, ids=missing).values())
        return found

    def begin(self, numbers: Numbers, made: set[str], rows: Sequence[FactRow]) -> list[bool]:
        """Whether each fact may be there already, told by this write or by another."""
        keys = np.fromiter((hash(row[:5]) for row in rows), np.int64, len(rows))
        at = np.searchsorted(self._told, keys)
        again = at < len(self._told)
        again[again] = self._told[at[again]] == keys[again]
        self._fresh = (numbers, made, keys)

        def is_made(id: str) -> bool:
            return id in made or id in self._made

        return [
            repeated or not (is_made(row.head) or (row.to_entity and is_made(row.tail)))
            for row, repeated in zip(rows, again.tolist(), strict=True)
        ]

    def settle(self) -> None:
        """What was begun is committed."""
        numbers, made, keys = self._fresh
        if len(self.entities) > AT_HAND:
            self.entities.clear()
        self.entities.update(numbers)
        self._made |= made
        keys = np.unique(keys)
        self._told = np.insert(self._told, np.searchsorted(self._told, keys), keys)


def alike(
    rows: Iterable[FactRow], entities: Numbers, literals: Numbers, batch: str, write: str
) -> list[dict[str, Any]]:
    """The facts in groups that differ in their ends only."""
    groups: dict[tuple[Any, ...], tuple[list[int], list[int]]] = {}
    for row in rows:
        told = (row.relation, row.start, row.end, tuple(row.sources), tuple(row.weights))
        heads, tails = groups.setdefault(told, ([], []))
        heads.append(entities[row.head])
        tails.append(entities[row.tail] if row.to_entity else literals[row.tail])
    return [
        {
            "relation": relation, "start": start, "end": end, "sources": list(sources), "weights": list(weights),
            "batches": [batch] * len(sources), "writes": [write] * len(sources), "heads": heads, "tails": tails,
        }
        for (relation, start, end, sources, weights), (heads, tails) in groups.items()
    ]  # fmt: skip
