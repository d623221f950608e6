"""What batches have retracted, kept in the store file so that it can be told of and brought back.

A retracted fact leaves the table ``facts`` with all its tellings; they stand in ``retracted``, each with the batch that told
it and the batch that took it away. Undoing the first deletes the telling for good, undoing the second brings it back. The
table is made by the first write that needs it: files without it are read as ones that nothing was retracted from.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from kg.graph import Fact
from kg.history import Change, in_order
from kg.sqlite_file import SqliteFile, node_columns, node_from

Triple = tuple[int, int, int]

TABLES = (
    "CREATE TABLE IF NOT EXISTS retracted(row INTEGER PRIMARY KEY, head INTEGER, relation INTEGER, kind INTEGER, text TEXT,"
    " language TEXT, start TEXT, end TEXT, weight REAL, source INTEGER, batch INTEGER, by INTEGER,"
    " time TEXT DEFAULT CURRENT_TIMESTAMP)",
    "CREATE INDEX IF NOT EXISTS retracted_by ON retracted(by)",
    "CREATE INDEX IF NOT EXISTS retracted_told ON retracted(batch)",
    "CREATE INDEX IF NOT EXISTS retracted_head ON retracted(head)",
    "CREATE INDEX IF NOT EXISTS retracted_tail ON retracted(text)",
)
NODE = "(SELECT row FROM nodes WHERE kind = ? AND text = ? AND language = ?)"
GONE = (
    f"DELETE FROM facts WHERE head = {NODE} AND relation = (SELECT row FROM relations WHERE id = ?) AND tail = {NODE}"
    " AND start = ? AND end = ? RETURNING head, relation, tail, start, end, weight, source, batch"
)
KEY = "head = ? AND relation = ? AND tail = ? AND start = ? AND end = ?"
FURTHER = f"DELETE FROM provenance WHERE {KEY} RETURNING row, weight, source, batch"
KEPT = (
    "INSERT INTO retracted(head, relation, kind, text, language, start, end, weight, source, batch, by)"
    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Telling(NamedTuple):
    """One telling of a fact; ``row`` orders those of one batch."""

    batch: int
    row: int
    weight: float
    source: int


def has_history(db: sqlite3.Connection) -> bool:
    """Whether the file has the table of retracted facts."""
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'retracted'").fetchone() is not None


def withdraw(db: sqlite3.Connection, facts: Iterable[Fact], by: int | None) -> list[Triple]:
    """Take facts out of the tables; the triples that are gone.

    :param by: row of the batch that retracts them, under which they are kept; None: they are forgotten
    """
    if by is not None:
        for statement in TABLES:
            db.execute(statement)
    gone: list[Triple] = []
    for fact in facts:
        tail = node_columns(fact.tail)
        values = (*node_columns(fact.head), fact.relation, *tail, fact.start or "", fact.end or "")
        for *key, weight, source, batch in db.execute(GONE, values).fetchall():
            further = sorted(db.execute(FURTHER, key).fetchall())
            head, relation, node, start, end = key
            gone.append((head, relation, node))
            if by is not None:
                told = [(weight, source, batch), *(columns for _, *columns in further)]
                known = (head, relation, *tail, start, end)
                db.executemany(KEPT, [(*known, *columns, by) for columns in told])
    return gone


def bring_back(db: sqlite3.Connection, batch: int) -> list[Triple]:
    """Undo what a batch has retracted, and forget what it had told that others have retracted; the triples that are back."""
    if not has_history(db):
        return []
    db.execute("DELETE FROM retracted WHERE batch = ?", (batch,))
    columns = "head, relation, kind, text, language, start, end, batch, row, weight, source"
    tellings: dict[tuple[int, int, int, str, str], list[Telling]] = {}
    for row in db.execute(f"SELECT {columns} FROM retracted WHERE by = ? ORDER BY row", (batch,)).fetchall():
        head, relation, kind, text, language, start, end, *told = row
        key = (head, relation, _node(db, kind, text, language, told[0]), start, end)
        tellings.setdefault(key, []).append(Telling(*told))
    for key, known in tellings.items():
        _tell(db, key, known)
    db.execute("DELETE FROM retracted WHERE by = ?", (batch,))
    return [key[:3] for key in tellings]


def _node(db: sqlite3.Connection, kind: int, text: str, language: str, batch: int) -> int:
    """The row of a node; a literal that no fact names any more is made anew."""
    known = "SELECT row FROM nodes WHERE kind = ? AND text = ? AND language = ?"
    found = db.execute(known, (kind, text, language)).fetchone()
    if found is None:
        found = db.execute("SELECT value FROM meta WHERE key = 'next node'").fetchone()
        values = (found[0], kind, text, language, batch)
        db.execute("INSERT INTO nodes(row, kind, text, language, batch) VALUES(?, ?, ?, ?, ?)", values)
        db.execute("UPDATE meta SET value = value + 1 WHERE key = 'next node'")
    return int(found[0])


def _tell(db: sqlite3.Connection, key: tuple[int, int, int, str, str], back: list[Telling]) -> None:
    """Have the fact with these tellings and those that it has by now, in the order of their batches."""
    present = db.execute(f"DELETE FROM facts WHERE {KEY} RETURNING batch, 0, weight, source", key).fetchall()
    present += sorted(db.execute(f"DELETE FROM provenance WHERE {KEY} RETURNING batch, row, weight, source", key))
    order = {(t.batch, t.source): t for t in [Telling(*told) for told in present][::-1] + back[::-1]}
    first, *further = sorted(order.values(), key=lambda t: (t.batch, t.row))
    values = (*key, first.weight, first.source, first.batch)
    db.execute("INSERT INTO facts VALUES(?, ?, ?, ?, ?, ?, ?, ?)", values)
    db.executemany(
        "INSERT INTO provenance(head, relation, tail, start, end, weight, source, batch) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        [(*key, told.weight, told.source, told.batch) for told in further],
    )


# reading -------------------------------------------------------------------------------------------------------------

COLUMNS = "h.text, r.id, {tail}, f.start, f.end, f.weight, s.text, b.id, b.time, f.batch"
NAMED = (
    " JOIN nodes h ON h.row = f.head JOIN relations r ON r.row = f.relation JOIN batches b ON b.row = f.batch"
    " LEFT JOIN strings s ON s.row = f.source"
)
LIVE = (
    f"SELECT {COLUMNS.format(tail='t.kind, t.text, t.language')} FROM %s f{NAMED} JOIN nodes t ON t.row = f.tail WHERE "
)
LIVE_AROUND = (
    "(f.head, f.relation, f.tail, f.start, f.end) IN (SELECT head, relation, tail, start, end FROM facts"
    " WHERE head = ?1 UNION SELECT head, relation, tail, start, end FROM facts WHERE tail = ?1)"
)
RETRACTED = (
    f"SELECT {COLUMNS.format(tail='f.kind, f.text, f.language')}, a.id, f.time, f.by FROM retracted f{NAMED}"
    " JOIN batches a ON a.row = f.by WHERE f.head = ?1 OR (f.kind = 0 AND f.text = ?2) ORDER BY f.row"
)


def changes(file: SqliteFile, id: str) -> list[Change]:
    """What has happened to an entity's facts, oldest first."""
    with file.reading() as db:
        found = db.execute("SELECT row FROM nodes WHERE kind = 0 AND text = ?", (id,)).fetchone()
        if found is None:
            return []
        rows = [row for table in ("facts", "provenance") for row in db.execute(LIVE % table + LIVE_AROUND, found)]
        numbered = [(int(batch), _told(row)) for *row, batch in rows]
        if has_history(db):
            for *row, told_by, by, at, by_row in db.execute(RETRACTED, (*found, id)):
                told = _told(row)
                numbered.append((told_by, told))
                numbered.append((by_row, Change("retracted", told.fact, by, _iso(at))))
    return in_order(numbered)


def _told(row: list[object]) -> Change:
    head, relation, kind, text, language, start, end, weight, source, batch, time = row
    tail = node_from(kind, text, language)  # type: ignore[arg-type]
    fact = Fact(
        str(head), str(relation), tail, float(str(weight)), (str(source),) if source else (), str(batch),
        str(start) if start else None, str(end) if end else None,
    )  # fmt: skip
    return Change("told", fact, fact.batch, _iso(str(time or "")))


def _iso(time: str) -> str:
    return f"{time.replace(' ', 'T')}Z" if time else ""
