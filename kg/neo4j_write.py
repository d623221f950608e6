"""Writing to Neo4j: adding a batch.

Writers take turns: each holds the lock of one node, which the server frees when the writer's process dies. What fits in
one transaction (:data:`CHUNK` facts) is written in one, as a whole or not at all. More is written in several, so that memory
stays bounded: readers may see a part of it meanwhile. If it fails it is taken back; if the process dies, the next one that
opens the graph or writes to it takes it back, or goes on with it (:mod:`kg.neo4j_unfinished`).

What needs no server, a part is prepared with (:class:`Part`), while the server is at the part before.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from neo4j import ManagedTransaction

from kg.errors import StoreUnavailable
from kg.graph import Entity, Fact, Relation
from kg.names import fold, title_of
from kg.neo4j_bulk import NEW_FACTS, PLAIN, Ends, Numbers, Seen, alike, key_rows, placed
from kg.neo4j_columns import Columns, Taking, count
from kg.neo4j_connection import Connection
from kg.neo4j_entities import change, create, known, name_entities
from kg.neo4j_history import BETWEEN, DATED, ENDS
from kg.neo4j_layout import RETOLD, WEIGHTS
from kg.neo4j_rows import FactRow, described, grams_of
from kg.neo4j_rows import key_rows as retracted_rows
from kg.neo4j_search import have_names_index, without_names_index
from kg.neo4j_tellers import Tellers
from kg.neo4j_told import Telling, Told, tellings
from kg.neo4j_undo import CHUNK, REVISE, SET_PENDING, counters, planned, retract_rows, take_back, turn
from kg.neo4j_unfinished import MARK, Digest, Unfinished, pass_over
from kg.store import WriteReport
from kg.triples import Triples

SETTLED = 1_000_000  # ids kept at hand of entities that the batch has named

IS_EMPTY = "MATCH (n:Entity|Literal) RETURN 1 LIMIT 1"
KNOWN_FACTS = (
    "CALL (row, h, t) { " + BETWEEN + "WITH f, row, [i IN range(0, size(row[5]) - 1)"
    " WHERE none(n IN f.told WHERE n IN row[7][i])] AS new"
    " WITH f, f.told + [i IN new | row[5][i]] AS told, "
    + WEIGHTS
    + " + [i IN new | row[6][i]] AS weights "
    + RETOLD
    + " RETURN f } RETURN collect(row[8])"
)
WORDINGS = (
    "MATCH (g:AskGraph) UNWIND $rows AS row CREATE (w:AskGraphWording) SET w = row, w.batch = $batch, w.write = $write,"
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


@dataclass(frozen=True, slots=True)
class Part:
    """What one transaction writes.

    :param facts: how many facts were told, repeated ones too
    :param plain: the entities that only facts name, and that the batch has not named before
    :param again: those of ``entities`` that the batch has named before
    :param names: the folded names of both
    :param grams: n-grams of folded names, as words
    :param new_names: those that no part before has had
    :param read: entities and facts read up to here; ``digest``: of these
    """

    entities: list[Entity]
    columns: Columns | None
    facts: int
    plain: list[str]
    again: list[str]
    names: dict[str, Collection[str]]
    grams: dict[str, str]
    new_names: frozenset[str]
    read: tuple[int, int]
    digest: str


def add(
    connection: Connection,
    facts: Iterable[Fact | Triples],
    entities: Iterable[Entity],
    relations: Iterable[Relation],
    batch: str,
    retracting: Iterable[Fact] = (),
    unfinished: Unfinished | None = None,
) -> WriteReport:
    """See :meth:`kg.store.GraphStore.add`, and the top of this module for how far it is atomic.

    :param unfinished: a write that broke off and is gone on with
    """
    writer = BatchWriter(connection, batch, retracted_rows(retracting), unfinished)
    wordings = wording_rows(relations)
    described, told = iter(entities), Taking(facts)
    if unfinished is not None:
        writer.digest = pass_over(unfinished, described, told, CHUNK)
        wordings = [] if unfinished.told != (0, 0) else wordings
    parts = chain(((part, []) for part in _named(described)), (([], part) for part in _taken(told)))
    first: tuple[list[Entity], list[Fact | Triples]] = next(parts, ([], []))
    if len(first[0]) < CHUNK and not first[1]:  # a few descriptions go with the first facts
        more = next(parts, ([], []))
        first = (first[0] + more[0], more[1])
    second = next(parts, None)
    with turn(connection, writer.write):
        if second is None and unfinished is None:
            counted = connection.write(partial(writer.part, writer.prepared(*first), wordings, None))
        else:
            counted = writer.several(chain([first], [second] if second else [], parts), wordings)
    return WriteReport(batch, counted.facts, counted.told - counted.facts, counted.entities, counted.retracted)


def _named(entities: Iterable[Entity]) -> Iterator[list[Entity]]:
    """Entities in lots of about :data:`CHUNK` names."""
    part: list[Entity] = []
    names = 0
    for entity in entities:
        part.append(entity)
        names += 1 + len(entity.aliases)
        if names >= CHUNK:
            yield part
            part, names = [], 0
    if part:
        yield part


def _taken(told: Taking) -> Iterator[list[Fact | Triples]]:
    while part := told.take(CHUNK):
        yield part


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
    :param unfinished: the write that broke off, which this one goes on with
    :param passing: it is for transactions that are not committed
    """

    def __init__(
        self,
        connection: Connection,
        batch: str,
        retracting: list[FactRow],
        unfinished: Unfinished | None = None,
        passing: bool = False,
    ) -> None:
        self.connection, self.batch, self.retracting = connection, batch, retracting
        self.write = secrets.token_hex(8)
        self.settled: set[str] = set()
        self.is_dated = False  # whether it is known when the batch was written
        self.named = Seen()
        self.has_forgotten = False  # whether some that are settled are kept no longer
        self.digest, self.read, self.total = Digest(), (0, 0), Counted()
        if unfinished is not None:
            self.write, self.read = unfinished.write, unfinished.told
            self.total = Counted(unfinished.made[0], unfinished.told[1], unfinished.made[1])
        self.ends, self.tellers = Ends(), Tellers(batch, self.write, passing)

    def several(
        self, parts: Iterable[tuple[list[Entity], list[Fact | Triples]]], wordings: list[dict[str, Any]]
    ) -> Counted:
        """Write in several transactions, each while the next is prepared; if one fails, or the source does, take back the others.

        Where the server is lost, the mark of this write stays, to be taken back or gone on with.
        """
        written: Future[None] | None = None
        self.ends.is_first = not self.connection.read(IS_EMPTY)
        try:
            if self.ends.is_first:  # first the mark: by it others see that there is something to bring in order
                mark = Unfinished(self.write, self.batch, (0, 0), (0, 0), self.digest.text)
                self.connection.run(MARK, {"pending": ["write", self.write], "unfinished": mark.row})
                without_names_index(self.connection)
            with ThreadPoolExecutor(1, "neo4j-write") as at_once:
                for entities, facts in parts:
                    part = self.prepared(entities, facts)
                    if written is not None:
                        written.result()
                    written = at_once.submit(self._write, part, wordings)
                    wordings = []
                if written is not None:
                    written.result()
            have_names_index(self.connection)
            self.connection.run(SET_PENDING, {"pending": None})
        except StoreUnavailable:
            raise
        except BaseException:
            take_back(self.connection, "write", self.write)
            raise
        return self.total

    def prepared(self, entities: list[Entity], facts: Sequence[Fact | Triples]) -> Part:
        """What can be known of a part without the server. Parts are prepared in the order in which they are written."""
        columns = Columns.of(facts) if facts else None
        ids = [node for node in columns.nodes if isinstance(node, str)] if columns is not None else []
        told: dict[str, list[Telling]] = {}
        for entity in map(described, entities):
            told.setdefault(entity.id, []).extend(tellings(entity, 0))
        again = [id for id in told if id in self.settled]
        plain = [id for id in ids if id not in self.settled and id not in told]
        if len(self.settled) > SETTLED:
            self.settled.clear()
            self.has_forgotten = True
        self.settled.update(told, plain)
        names: dict[str, Collection[str]] = {id: Told(id, tuple(more)).names for id, more in told.items()}
        names.update((id, (name,) if (name := fold(title_of(id))) else ()) for id in plain)
        grams = grams_of(chain.from_iterable(names.values()))
        hashes = np.fromiter(map(hash, grams), np.int64, len(grams)).view(np.uint64)
        new = zip(grams, (~self.named.among(hashes)).tolist(), strict=True)
        new_names = frozenset(name for name, is_new in new if is_new)
        self.named.add(hashes)
        self.digest.add(entities, facts)
        self.read = (self.read[0] + len(entities), self.read[1] + count(facts))
        return Part(entities, columns, count(facts), plain, again, names, grams, new_names, self.read, self.digest.text)

    def _write(self, part: Part, wordings: list[dict[str, Any]]) -> None:
        """Write one part of several."""
        counted = self.connection.write(partial(self.part, part, wordings, ["write", self.write]))
        self.total = self.total.plus(counted)
        self.retracting, self.is_dated = [], True
        self.ends.settle()
        self.tellers.settle()

    def part(
        self, part: Part, wordings: list[dict[str, Any]], pending: list[str] | None, tx: ManagedTransaction
    ) -> Counted:
        """Write a part in one transaction (which may be tried again)."""
        if not self.is_dated:
            tx.run(REVISE).consume()
            tx.run(DATED, batch=self.batch).consume()
        retracted = retract_rows(self.retracting, self.batch, self.write, tx) if self.retracting else 0
        counted = self.told(part, wordings, tx)._replace(retracted=retracted)
        so_far = self.total.plus(counted)
        mark = Unfinished(self.write, self.batch, part.read, (so_far.facts, so_far.entities), part.digest)
        tx.run(MARK, pending=pending, unfinished=mark.row).consume()
        return counted

    def told(self, part: Part, wordings: list[dict[str, Any]], tx: ManagedTransaction) -> Counted:
        """Have a part told; the graph's revision is left alone."""
        if wordings:
            counters(tx, WORDINGS, rows=wordings, batch=self.batch, write=self.write)
        sources = [source for kind in part.columns.kinds for source in kind.sources] if part.columns is not None else []
        tellers = self.tellers.find(tx, ["", *sources])
        made = self._entities(tx, part, tellers[""])
        self.ends.begin(made, part.columns)
        facts = self._facts(tx, part.columns, tellers) if part.columns is not None else 0
        return Counted(facts, part.facts, len(made))

    def _facts(self, tx: ManagedTransaction, columns: Columns, tellers: dict[str, list[int]]) -> int:
        """Have the facts there; the number of new ones."""
        numbers = self.ends.find(tx, columns.nodes)
        doubtful = self.ends.doubtful(columns)
        absent = ~doubtful
        for to_entity, rows in key_rows(columns, doubtful, tellers).items():
            if rows:
                (known,) = tx.run(planned(ENDS[to_entity] + KNOWN_FACTS, rows), rows=rows).single(strict=True)
                absent[[row[-1] for row in rows]] = True
                absent[known] = False
        if not absent.any():
            return 0
        return counters(tx, NEW_FACTS, alike=alike(columns, absent, numbers, tellers)).relationships_created

    def _entities(self, tx: ManagedTransaction, part: Part, tellers: list[int]) -> Numbers:
        """Have the entities there; those that were not there before."""
        told: dict[str, list[Telling]] = {}
        for entity in part.entities:
            told.setdefault(entity.id, []).extend(tellings(entity, tellers[0]))
        is_sure = self.ends.is_first and not self.has_forgotten
        before = known(tx, part.again if is_sure else [*told, *part.plain])
        told.update((id, [Telling(tellers[0])]) for id in part.plain if id in before)
        same = frozenset(tellers)
        change(tx, [(before[id], before[id].united(more, same)) for id, more in told.items() if id in before])
        made = create(tx, [Told(id).united(more, same) for id, more in told.items() if id not in before])
        plain = [id for id in part.plain if id not in before]
        if plain:
            made |= placed(tx, PLAIN, plain, ids=plain, told=tellers[:1])
        named: dict[str, list[str]] = {}
        for id in (*(id for id in told if id not in before), *plain):
            for name in part.names[id]:
                named.setdefault(name, []).append(id)
        name_entities(tx, named, part.grams, part.new_names if self.ends.is_first else ())
        return made
