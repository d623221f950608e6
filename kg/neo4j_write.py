"""Writing to Neo4j: adding a batch, retracting facts, undoing a batch.

Writers take turns: each holds the lock of one node, which the server frees when the writer's process dies. What fits in
one transaction (:data:`CHUNK` facts) is written in one, as a whole or not at all. More is written in several, so that memory
stays bounded: readers may see a part of it meanwhile. If it fails it is taken back; if the process dies, the next one that
opens the graph or writes to it takes it back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from kg.graph import Entity, Fact, Relation
from kg.neo4j_connection import Connection
from kg.neo4j_entities import change, known
from kg.neo4j_history import BETWEEN, DATED, ENDS
from kg.neo4j_rows import FactRow, described, entity_ids, fact_rows, key_rows, literal_rows
from kg.neo4j_told import Telling, Told, tellings
from kg.neo4j_undo import (
    CHUNK,
    SET_PENDING,
    chunks,
    counters,
    planned,
    retract_rows,
    take_back,
    turn,
)
from kg.store import WriteReport

SETTLED = 1_000_000  # ids kept at hand of entities that the batch has named

REVISE = "MATCH (g:AskGraph) SET g.revision = g.revision + 1, g.pending = $pending"
LITERALS = "UNWIND $rows AS row MERGE (l:Literal {key: row.key}) ON CREATE SET l = row"
KNOWN_FACTS = (
    "CALL (row, h, t) { " + BETWEEN + "WITH f, row, [i IN range(0, size(row[5]) - 1)"
    " WHERE none(j IN range(0, size(f.sources) - 1) WHERE f.sources[j] = row[5][i] AND f.batches[j] = $batch)] AS new"
    " SET f += CASE size(new) WHEN 0 THEN {} ELSE {"
    "   sources: f.sources + [i IN new | row[5][i]], weights: f.weights + [i IN new | row[6][i]],"
    "   batches: f.batches + [i IN new | $batch], writes: f.writes + [i IN new | $write]} END RETURN f }"
    " RETURN row[0], row[1], row[2], row[3], row[4]"
)
NEW_FACTS = (
    "CREATE (h)-[:$(row[2]) {weight: row[6][0], start: row[3], end: row[4], sources: row[5], weights: row[6],"
    " batches: [source IN row[5] | $batch], writes: [source IN row[5] | $write]}]->(t)"
)
WORDINGS = (
    "MATCH (g:AskGraph) UNWIND $rows AS row CREATE (w:AskGraphWording) SET w = row, w.batches = [$batch], w.writes = [$write],"
    " w.revision = g.revision"
)


class Counted(NamedTuple):
    """What an added part held that is new, and how many facts it told."""

    facts: int = 0
    told: int = 0
    entities: int = 0
    retracted: int = 0


def add(
    connection: Connection,
    facts: Iterable[Fact],
    entities: Iterable[Entity],
    relations: Iterable[Relation],
    batch: str,
    retracting: Iterable[Fact] = (),
) -> WriteReport:
    """See :meth:`kg.store.GraphStore.add`, and the top of this module for how far it is atomic."""
    writer = BatchWriter(connection, batch, key_rows(retracting))
    parts: Iterator[tuple[list[Entity], list[Fact]]] = chain(
        ((part, []) for part in chunks(entities)), (([], part) for part in chunks(facts))
    )
    first = next(parts, ([], []))
    if len(first[0]) < CHUNK and not first[1]:  # a few descriptions go with the first facts
        first = (first[0], next(parts, ([], []))[1])
    wordings = wording_rows(relations)
    second = next(parts, None)
    with turn(connection):
        if second is None:
            counted = connection.write(partial(writer.part, *first, wordings, None))
        else:
            counted = writer.several(first, chain([second], parts), wordings)
    return WriteReport(batch, counted.facts, counted.told - counted.facts, counted.entities, counted.retracted)


def wording_rows(relations: Iterable[Relation]) -> list[dict[str, Any]]:
    """How relations are worded, as statements take it."""
    return [
        {"relation": r.id, "name": r.name, "aliases": list(r.aliases), "unit": r.unit, "position": n}
        for n, r in enumerate(relations)
        if r.name or r.aliases or r.unit
    ]


class BatchWriter:
    """One write of one batch. ``settled`` are entities that the batch has named: facts need not name them again.

    :param retracting: what its first part takes away
    """

    def __init__(self, connection: Connection, batch: str, retracting: list[FactRow]) -> None:
        self.connection, self.batch, self.retracting = connection, batch, retracting
        self.write = secrets.token_hex(8)
        self.settled: set[str] = set()

    def several(
        self,
        first: tuple[list[Entity], list[Fact]],
        further: Iterable[tuple[list[Entity], list[Fact]]],
        wordings: list[dict[str, Any]],
    ) -> Counted:
        """Write in several transactions; if one fails, or the source does, take back the others."""
        pending = ["writes", self.write]
        total = Counted()
        try:
            for entities, facts in chain([first], further):
                counted = self.connection.write(partial(self.part, entities, facts, wordings, pending))
                total = Counted(*map(sum, zip(total, counted, strict=True)))
                self._settle(entities, facts)
                wordings, self.retracting = [], []
            self.connection.run(SET_PENDING, {"pending": None})
        except BaseException:
            take_back(self.connection, *pending)
            raise
        return total

    def _settle(self, entities: list[Entity], facts: list[Fact]) -> None:
        if len(self.settled) > SETTLED:
            self.settled.clear()
        self.settled.update(entity.id for entity in entities)
        self.settled.update(entity_ids(facts))

    def part(
        self,
        entities: list[Entity],
        facts: list[Fact],
        wordings: list[dict[str, Any]],
        pending: list[str] | None,
        tx: ManagedTransaction,
    ) -> Counted:
        """Write a part in one transaction (which may be tried again)."""
        tx.run(REVISE, pending=pending).consume()
        tx.run(DATED, batch=self.batch).consume()
        retracted = retract_rows(self.retracting, self.batch, self.write, tx) if self.retracting else 0
        return self.told(entities, facts, wordings, tx)._replace(retracted=retracted)

    def told(
        self, entities: list[Entity], facts: list[Fact], wordings: list[dict[str, Any]], tx: ManagedTransaction
    ) -> Counted:
        """Have a part told; the graph's revision is left alone."""
        rows = fact_rows(facts)
        teller = {"batch": self.batch, "write": self.write}
        if wordings:
            counters(tx, WORDINGS, rows=wordings, **teller)
        new_entities = self._entities(tx, entities, facts)
        literals = literal_rows(facts)
        if literals:
            counters(tx, LITERALS, rows=literals)
        new_facts = sum(
            self._facts(tx, [row for row in rows if row.to_entity == to_entity], new_entities, to_entity)
            for to_entity in (True, False)
        )
        return Counted(new_facts, len(facts), len(new_entities))

    def _facts(self, tx: ManagedTransaction, rows: list[FactRow], new_entities: set[str], to_entity: bool) -> int:
        """Have the facts there, told by this batch; the number of new ones. Those of new entities are new."""
        teller = {"batch": self.batch, "write": self.write}
        asked = [row for row in rows if row.head not in new_entities and not (to_entity and row.tail in new_entities)]
        known: set[tuple[str, ...]] = set()
        if asked:
            statement = planned(ENDS[to_entity] + KNOWN_FACTS, asked)
            known = {tuple(key) for key in tx.run(statement, {"rows": [row[:7] for row in asked]} | teller).values()}
        new = [row[:7] for row in rows if row[:5] not in known]
        return counters(tx, ENDS[to_entity] + NEW_FACTS, rows=new, **teller).relationships_created if new else 0

    def _entities(self, tx: ManagedTransaction, entities: list[Entity], facts: list[Fact]) -> set[str]:
        """Have the entities there, told by this batch; the new ones."""
        told: dict[str, list[Telling]] = {}
        for entity in map(described, entities):
            told.setdefault(entity.id, []).extend(tellings(entity, self.batch, self.write))
        for id in entity_ids(facts):
            if id not in self.settled:
                told.setdefault(id, [Telling(self.batch, self.write, "entity")])
        before = known(tx, list(told))
        olds = {id: before.get(id, Told(id)) for id in told}
        change(tx, [(olds[id], olds[id].united(more)) for id, more in told.items()])
        return told.keys() - before.keys()
