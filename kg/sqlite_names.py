"""The searchable names of entities in a store file: folded, one row for each name of an entity."""

from __future__ import annotations

import json
import sqlite3

from kg.names import fold, title_of
from kg.sqlite_file import IN_JSON, ChangeLog

FOLDED = 200_000  # entities whose names are folded together


def refold(db: sqlite3.Connection, log: ChangeLog) -> int:
    """Make the searchable names of the touched entities, and log them; how many there are."""
    rows = [row for (row,) in db.execute("SELECT entity FROM touched")]
    for start in range(0, len(rows), FOLDED):
        part = rows[start : start + FOLDED]
        log.entities(part)
        insert_folded(db, searchable(db, part))
    db.execute("DELETE FROM touched")
    return len(rows)


def insert_folded(db: sqlite3.Connection, pairs: list[tuple[str, int]]) -> None:
    pairs.sort()
    db.executemany("INSERT OR IGNORE INTO folded VALUES(?, ?)", pairs)


def touch(db: sqlite3.Connection, rows: list[int]) -> None:
    """Take the searchable names of entities away, before their names change; :func:`refold` makes them anew."""
    db.executemany("DELETE FROM folded WHERE name = ? AND entity = ?", searchable(db, rows))
    db.executemany("INSERT OR IGNORE INTO touched VALUES(?)", [(row,) for row in rows])


def searchable(db: sqlite3.Connection, rows: list[int]) -> list[tuple[str, int]]:
    """(folded name, entity) of what the entities are called now: label (or the id, worded) and aliases."""
    wanted = (json.dumps(rows),)
    names = db.execute(f"SELECT entity, text, label FROM names WHERE entity {IN_JSON}", wanted).fetchall()
    labelled = {row for row, _, label in names if label}
    pairs = {(fold(text), row) for row, text, _ in names}
    for row, id in db.execute(f"SELECT row, text FROM nodes WHERE row {IN_JSON}", wanted):
        if row not in labelled:
            pairs.add((fold(title_of(id)), row))
    return [pair for pair in pairs if pair[0]]
