"""Scopes in a store file: tables of their own, which no other read looks at. They are made by the first scope.

A scope's writes leave the graph's revision as it is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from kg.errors import StoreError
from kg.overlay import Entry, Overlay, is_over, no_scope
from kg.sqlite_file import SqliteFile

TABLES = (
    "CREATE TABLE IF NOT EXISTS scopes(row INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, expires TEXT)",
    "CREATE TABLE IF NOT EXISTS scope_entries(row INTEGER PRIMARY KEY AUTOINCREMENT, scope INTEGER, entry TEXT)",
    "CREATE INDEX IF NOT EXISTS entries_of_scope ON scope_entries(scope)",
)


def make(file: SqliteFile, name: str, expires: str | None) -> None:
    """Have a scope of that name; one that is there goes on, with the new expiry if one is given."""
    with _aside(file) as db:
        db.execute("INSERT OR IGNORE INTO scopes(name) VALUES(?)", (name,))
        if expires is not None:
            db.execute("UPDATE scopes SET expires = ? WHERE name = ?", (expires, name))


def names(file: SqliteFile) -> list[str]:
    """The scopes that are there, by name."""
    with file.reading() as db:
        known = db.execute("SELECT name, expires FROM scopes ORDER BY name").fetchall() if _has_scopes(db) else []
    return [name for name, expires in known if not is_over(expires)]


def overlay(file: SqliteFile, name: str) -> Overlay | None:
    """What a scope changes; None: there is none of that name."""
    with file.reading() as db:
        found = (
            db.execute("SELECT row, expires FROM scopes WHERE name = ?", (name,)).fetchone()
            if _has_scopes(db)
            else None
        )
        if found is None or is_over(found[1]):
            return None
        entries = db.execute("SELECT row, entry FROM scope_entries WHERE scope = ? ORDER BY row", found[:1]).fetchall()
    return Overlay.of(name, entries[-1][0] if entries else 0, [entry for _, entry in entries], found[1])


def revision(file: SqliteFile, name: str) -> int | None:
    """The overlay's revision, without reading it; None: there is no such scope."""
    with file.reading() as db:
        if not _has_scopes(db):
            return None
        found = db.execute("SELECT row, expires FROM scopes WHERE name = ?", (name,)).fetchone()
        if found is None or is_over(found[1]):
            return None
        last = db.execute("SELECT max(row) FROM scope_entries WHERE scope = ?", found[:1]).fetchone()
        return int(last[0] or 0)


def append(file: SqliteFile, name: str, entries: Sequence[Entry]) -> None:
    """Change a scope.

    :raises StoreError: there is none of that name
    """
    with _aside(file) as db:
        found = db.execute("SELECT row FROM scopes WHERE name = ?", (name,)).fetchone()
        if found is None:
            raise StoreError(no_scope(name))
        rows = [(found[0], entry) for entry in entries]
        db.executemany("INSERT INTO scope_entries(scope, entry) VALUES(?, ?)", rows)


def drop(file: SqliteFile, name: str, revision: int | None = None) -> bool:
    """See :meth:`kg.store.GraphStore.drop_scope`."""
    with _aside(file) as db:
        if revision is not None:
            of_scope = "scope = (SELECT row FROM scopes WHERE name = ?)"
            db.execute(f"DELETE FROM scope_entries WHERE {of_scope} AND row <= ?", (name, revision))
            if db.execute(f"SELECT 1 FROM scope_entries WHERE {of_scope} LIMIT 1", (name,)).fetchone():
                return True
        return _drop(db, name)


def _drop(db: sqlite3.Connection, name: str) -> bool:
    db.execute("DELETE FROM scope_entries WHERE scope = (SELECT row FROM scopes WHERE name = ?)", (name,))
    return db.execute("DELETE FROM scopes WHERE name = ?", (name,)).rowcount > 0


def _has_scopes(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM sqlite_master WHERE name = 'scopes'").fetchone() is not None


@contextmanager
def _aside(file: SqliteFile) -> Iterator[sqlite3.Connection]:
    """A write that the graph's log does not tell of; scopes that have expired are thrown away by the way."""
    with file.changing() as db:
        for statement in TABLES:
            db.execute(statement)
        for name, expires in db.execute("SELECT name, expires FROM scopes WHERE expires IS NOT NULL").fetchall():
            if is_over(expires):
                _drop(db, name)
        yield db
