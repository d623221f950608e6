"""Writing to a store file: adding a batch in chunks, retracting facts, undoing a batch.

What a batch added is kept apart from what others added (names, types, mentions and sources carry their batch), so that
undoing it leaves exactly what the others had told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from kg.graph import Entity, Fact, Relation
from kg.sqlite_batch import BatchWriter, Prepare
from kg.sqlite_file import SqliteFile
from kg.sqlite_history import bring_back, withdraw
from kg.sqlite_names import refold, touch
from kg.store import WriteReport
from kg.triples import Triples

Item = TypeVar("Item")
CHUNK = 20_000
KEY = "head = ? AND relation = ? AND tail = ? AND start = ? AND end = ?"


def add(
    file: SqliteFile,
    facts: Iterable[Fact | Triples],
    entities: Iterable[Entity],
    relations: Iterable[Relation],
    batch: str,
    prepare: Prepare,
    retracting: Iterable[Fact] = (),
) -> tuple[WriteReport, int]:
    """See :meth:`kg.store.GraphStore.add`. A known fact keeps its weight; each batch's own is kept for undoing.

    :param prepare: called at the end if all facts of the file are at hand
    :returns: the report, and the revision that the write made
    """
    with file.writing() as log:
        writer = BatchWriter(file.db, log, batch)
        gone = withdraw(file.db, old, writer.batch) if (old := list(retracting)) else []
        log.triples(gone)
        for relation in relations:
            writer.relation(relation)
        for described in _chunks(entities):
            writer.entities(described)
        for told in _told(facts):
            if isinstance(told, Triples):
                writer.triples(told)
            else:
                writer.facts(told)
        writer.close(prepare)
        _sweep_literals(file.db, gone)
        bulk = writer.bulk
        new, known = writer.new_facts + bulk.new, writer.known_facts + bulk.known
        return WriteReport(batch, new, known, writer.new_entities, len(gone)), log.revision


def retract(file: SqliteFile, facts: Iterable[Fact], batch: str | None = None) -> int:
    """See :meth:`kg.store.GraphStore.retract`."""
    with file.writing() as log:
        gone = withdraw(file.db, facts, None if batch is None else BatchWriter(file.db, log, batch).batch)
        log.triples(gone)
        _sweep_literals(file.db, gone)
    return len(gone)


def undo(file: SqliteFile, batch: str) -> int:
    """See :meth:`kg.store.GraphStore.undo`."""
    with file.writing() as log:
        found = file.db.execute("SELECT row FROM batches WHERE id = ?", (batch,)).fetchone()
        if not found:
            return 0
        gone = _undo_facts(file.db, found[0])
        back = bring_back(file.db, found[0])
        log.triples(gone + back)
        _undo_entities(file.db, found[0])
        file.db.execute("DELETE FROM wordings WHERE batch = ?", found)
        file.db.execute("DELETE FROM batches WHERE row = ?", found)
        _sweep_literals(file.db, gone)
        refold(file.db, log)
        return len(gone) + len(back)


def _undo_facts(db: sqlite3.Connection, batch: int) -> list[tuple[int, int, int]]:
    """Take the batch's facts back; a fact that another batch told goes over to the next one. The triples removed."""
    db.execute("DELETE FROM provenance WHERE batch = ?", (batch,))
    heirs = db.execute(
        "SELECT min(p.row) FROM facts f JOIN provenance p USING(head, relation, tail, start, end) WHERE f.batch = ?"
        " GROUP BY head, relation, tail, start, end",
        (batch,),
    ).fetchall()
    for heir in heirs:
        (told,) = db.execute(
            "DELETE FROM provenance WHERE row = ? RETURNING weight, source, batch, head, relation, tail, start, end",
            heir,
        ).fetchall()
        db.execute(f"UPDATE facts SET weight = ?, source = ?, batch = ? WHERE {KEY}", told)
    gone = db.execute("SELECT head, relation, tail FROM facts WHERE batch = ?", (batch,)).fetchall()
    db.execute("DELETE FROM facts WHERE batch = ?", (batch,))
    return gone


def _undo_entities(db: sqlite3.Connection, batch: int) -> None:
    """Take back the batch's names and types, and the entities that no other batch mentions."""
    renamed = db.execute(
        "SELECT entity FROM names WHERE batch = ?1 UNION SELECT entity FROM types WHERE batch = ?1"
        " UNION SELECT row FROM nodes WHERE batch = ?1 AND kind = 0",
        (batch,),
    )
    touch(db, [row for (row,) in renamed])
    db.execute("DELETE FROM names WHERE batch = ?", (batch,))
    db.execute("DELETE FROM types WHERE batch = ?", (batch,))
    db.execute("DELETE FROM mentions WHERE batch = ?", (batch,))
    first = "SELECT min(batch) FROM mentions WHERE entity = nodes.row"
    mentioned = "EXISTS (SELECT 1 FROM mentions WHERE entity = nodes.row)"
    db.execute(f"UPDATE nodes SET batch = ({first}) WHERE batch = ? AND kind = 0 AND {mentioned}", (batch,))
    db.execute("DELETE FROM nodes WHERE batch = ? AND kind = 0", (batch,))


def _sweep_literals(db: sqlite3.Connection, gone: list[tuple[int, int, int]]) -> None:
    """Literals live as long as a fact names them."""
    db.executemany(
        "DELETE FROM nodes WHERE row = ? AND kind > 0 AND NOT EXISTS (SELECT 1 FROM facts WHERE tail = nodes.row)",
        [(tail,) for tail in sorted({tail for _, _, tail in gone})],
    )


def _told(facts: Iterable[Fact | Triples]) -> Iterator[Triples | list[Fact]]:
    """Columns as they come, single facts in chunks."""
    single: list[Fact] = []
    for told in facts:
        if isinstance(told, Triples):
            if len(told.sources) < 2:
                yield told
            else:
                yield from _chunks(told)
            continue
        single.append(told)
        if len(single) >= CHUNK:
            yield single
            single = []
    if single:
        yield single


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    walk = iter(items)
    while part := list(islice(walk, CHUNK)):
        yield part
