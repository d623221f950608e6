"""Writing to Neo4j: adding a batch, retracting facts, undoing a batch.

Writers take turns: each holds the lock of one node, which the server frees when the writer's process dies. What fits in
one transaction (:data:`CHUNK` facts) is written in one, as a whole or not at all. More is written in several, so that memory
stays bounded: readers may see a part of it meanwhile. If it fails it is taken back; if the process dies, the next one that
opens the graph or writes to it takes it back, or goes on with it (:mod:`kg.neo4j_unfinished`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from neo4j import ManagedTransaction

from kg.errors import StoreUnavailable
from kg.graph import Entity, Fact, Relation
from kg.neo4j_bulk import LITERALS, NEW_FACTS, PLAIN, Ends, Numbers, alike
from kg.neo4j_connection import Connection
from kg.neo4j_entities import change, known, rename
from kg.neo4j_history import BETWEEN, DATED, ENDS
from kg.neo4j_rows import FactRow, described, entity_ids, fact_rows, key_rows, literal_rows
from kg.neo4j_told import Telling, Told, tellings
from kg.neo4j_undo import CHUNK, REVISE, SET_PENDING, chunks, counters, planned, retract_rows, take_back, turn
from kg.neo4j_unfinished import MARK, Digest, Unfinished, pass_over
from kg.store import WriteReport

SETTLED = 1_000_000  # ids kept at hand of entities that the batch has named

KNOWN_FACTS = (
    "CALL (row, h, t) { " + BETWEEN + "WITH f, row, [i IN range(0, size(row[5]) - 1)"
    " WHERE none(j IN range(0, size(f.sources) - 1) WHERE f.sources[j] = row[5][i] AND f.batches[j] = $batch)] AS new"
    " SET f += CASE size(new) WHEN 0 THEN {} ELSE {"
    "   sources: f.sources + [i IN new | row[5][i]], weights: f.weights + [i IN new | row[6][i]],"
    "   batches: f.batches + [i IN new | $batch], writes: f.writes + [i IN new | $write]} END RETURN f }"
    " RETURN row[0], row[1], row[2], row[3], row[4]"
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

    def plus(self, more: Counted) -> Counted:
        return Counted(*map(sum, zip(self, more, strict=True)))


def add(
    connection: Connection,
    facts: Iterable[Fact],
    entities: Iterable[Entity],
    relations: Iterable[Relation],
    batch: str,
    retracting: Iterable[Fact] = (),
    unfinished: Unfinished | None = None,
) -> WriteReport:
    """See :meth:`kg.store.GraphStore.add`, and the top of this module for how far it is atomic.

    :param unfinished: a write that broke off and is gone on with
    """
    writer = BatchWriter(connection, batch, key_rows(retracting))
    wordings = wording_rows(relations)
    if unfinished is not None:
        entities, facts = iter(entities), iter(facts)
        writer.go_on(unfinished, pass_over(unfinished, entities, facts, CHUNK))
        wordings = []
    parts: Iterator[tuple[list[Entity], list[Fact]]] = chain(
        ((part, []) for part in chunks(entities)), (([], part) for part in chunks(facts))
    )
    first = next(parts, ([], []))
    if len(first[0]) < CHUNK and not first[1]:  # a few descriptions go with the first facts
        first = (first[0], next(parts, ([], []))[1])
    second = next(parts, None)
    with turn(connection, writer.write):
        if second is None and unfinished is None:
            counted = connection.write(partial(writer.part, *first, wordings, None))
        else:
            counted = writer.several(chain([first], [second] if second else [], parts), wordings)
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
        self.ends = Ends()
        self.digest, self.read, self.total = Digest(), (0, 0), Counted()

    def go_on(self, unfinished: Unfinished, digest: Digest) -> None:
        """Be the write that broke off."""
        self.write, self.digest, self.read = unfinished.write, digest, unfinished.told
        self.total = Counted(unfinished.made[0], unfinished.told[1], unfinished.made[1])

    def several(self, parts: Iterable[tuple[list[Entity], list[Fact]]], wordings: list[dict[str, Any]]) -> Counted:
        """Write in several transactions, each while the next is read; if one fails, or the source does, take back the others.

        Where the server is lost, the mark of this write stays, to be taken back or gone on with.
        """
        written: Future[None] | None = None
        try:
            with ThreadPoolExecutor(1, "neo4j-write") as at_once:
                for entities, facts in parts:
                    if written is not None:
                        written.result()
                    written = at_once.submit(self._write, entities, facts, wordings)
                    wordings = []
                if written is not None:
                    written.result()
            self.connection.run(SET_PENDING, {"pending": None})
        except StoreUnavailable:
            raise
        except BaseException:
            take_back(self.connection, "writes", self.write)
            raise
        return self.total

    def _write(self, entities: list[Entity], facts: list[Fact], wordings: list[dict[str, Any]]) -> None:
        self.digest.add(entities, facts)
        self.read = (self.read[0] + len(entities), self.read[1] + len(facts))
        counted = self.connection.write(partial(self.part, entities, facts, wordings, ["writes", self.write]))
        self.total = self.total.plus(counted)
        self.retracting = []
        self._settle(entities, facts)

    def _settle(self, entities: list[Entity], facts: list[Fact]) -> None:
        self.ends.settle()
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
        tx.run(REVISE).consume()
        tx.run(DATED, batch=self.batch).consume()
        retracted = retract_rows(self.retracting, self.batch, self.write, tx) if self.retracting else 0
        counted = self.told(entities, facts, wordings, tx)._replace(retracted=retracted)
        so_far = self.total.plus(counted)
        mark = Unfinished(self.write, self.batch, self.read, (so_far.facts, so_far.entities), self.digest.text)
        tx.run(MARK, pending=pending, unfinished=mark.row).consume()
        return counted

    def told(
        self, entities: list[Entity], facts: list[Fact], wordings: list[dict[str, Any]], tx: ManagedTransaction
    ) -> Counted:
        """Have a part told; the graph's revision is left alone."""
        rows = fact_rows(facts)
        teller = {"batch": self.batch, "write": self.write}
        if wordings:
            counters(tx, WORDINGS, rows=wordings, **teller)
        made, new = self._entities(tx, entities, facts)
        return Counted(self._facts(tx, rows, facts, made, new) if rows else 0, len(facts), len(new))

    def _facts(
        self, tx: ManagedTransaction, rows: list[FactRow], facts: list[Fact], made: Numbers, new: set[str]
    ) -> int:
        """Have the facts there, told by this batch; the number of new ones.

        :param made: the numbers of entities that this transaction has made; ``new`` are all that were not there before
        """
        teller = {"batch": self.batch, "write": self.write}
        entities = self.ends.find(tx, entity_ids(facts), made)
        literals: Numbers = {}
        if properties := literal_rows(facts):
            literals = dict(tx.run(LITERALS, rows=properties).values())
        doubtful = self.ends.begin(entities, new, rows)
        known: set[tuple[object, ...]] = set()
        for to_entity in (True, False):
            pairs = zip(rows, doubtful, strict=True)
            asked = [row[:7] for row, doubt in pairs if doubt and row.to_entity == to_entity]
            if asked:
                statement = planned(ENDS[to_entity] + KNOWN_FACTS, asked)
                known |= {(to_entity, *key) for key in tx.run(statement, {"rows": asked} | teller).values()}
        absent = [row for row in rows if (row.to_entity, *row[:5]) not in known]
        if not absent:
            return 0
        return counters(tx, NEW_FACTS, alike=alike(absent, entities, literals, **teller)).relationships_created

    def _entities(self, tx: ManagedTransaction, entities: list[Entity], facts: list[Fact]) -> tuple[Numbers, set[str]]:
        """Have the entities there, told by this batch; the numbers of those of which nothing else is told, and the new ones."""
        told: dict[str, list[Telling]] = {}
        for entity in map(described, entities):
            told.setdefault(entity.id, []).extend(tellings(entity, self.batch, self.write))
        plain = [Telling(self.batch, self.write, "entity")]
        for id in entity_ids(facts):
            if id not in self.settled:
                told.setdefault(id, plain)
        before = known(tx, list(told))
        new = told.keys() - before.keys()
        only = [id for id, more in told.items() if more is plain and id in new]
        made = dict(tx.run(PLAIN, ids=only, batch=self.batch, write=self.write).values()) if only else {}
        changes = [(before.get(id, Told(id)), before.get(id, Told(id)).united(more)) for id, more in told.items()]
        change(tx, [pair for pair in changes if pair[1].id not in made])
        rename(tx, [pair for pair in changes if pair[1].id in made])
        return made, new
