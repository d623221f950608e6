"""The durable side of the embedded store: one SQLite file, its schema, its transactions and its log of changes.

Row numbers of nodes, relations and strings are never used twice, so that arrays and caches made at an earlier revision can be
brought up to date from the log. Writing is in :mod:`kg.sqlite_write`, reading of facts and entities in :mod:`kg.sqlite_read`.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kg.errors import StoreError, StoreLocked
from kg.graph import Literal, Node
from kg.validity import order

APPLICATION_ID = 0x41736B47  # "AskG"
VERSION = 1
IN_JSON = "IN (SELECT value FROM json_each(?))"
KINDS = ("entity", "number", "date", "string")
LOGGED = 5_000  # changes of one write that are logged; a larger write is read anew
REVISIONS = 256  # how many revisions back the log reaches
WAIT = 5.0  # seconds that a write waits for another process

# The first batch and source that told a fact (or named a node) stand in its row, further ones in provenance and mentions.
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE revisions(revision INTEGER PRIMARY KEY, stamp TEXT, logged INTEGER);
CREATE TABLE changes(revision INTEGER, node INTEGER, relation INTEGER, tail INTEGER);
CREATE INDEX changes_by_revision ON changes(revision);
CREATE TABLE batches(row INTEGER PRIMARY KEY, id TEXT UNIQUE, time TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE strings(row INTEGER PRIMARY KEY, text TEXT UNIQUE);
CREATE TABLE relations(row INTEGER PRIMARY KEY, id TEXT UNIQUE);
CREATE TABLE wordings(row INTEGER PRIMARY KEY, relation INTEGER, name TEXT, aliases TEXT, unit TEXT, batch INTEGER);
CREATE TABLE nodes(row INTEGER PRIMARY KEY, kind INTEGER, text TEXT, language TEXT, batch INTEGER);
CREATE UNIQUE INDEX nodes_by_text ON nodes(text, kind, language);
CREATE TABLE mentions(entity INTEGER, batch INTEGER, PRIMARY KEY(entity, batch)) WITHOUT ROWID;
CREATE TABLE names(row INTEGER PRIMARY KEY, entity INTEGER, text TEXT, language TEXT, label INTEGER, batch INTEGER,
    UNIQUE(entity, text, language, label, batch));
CREATE TABLE folded(name TEXT, entity INTEGER, PRIMARY KEY(name, entity)) WITHOUT ROWID;
CREATE TABLE types(entity INTEGER, type INTEGER, batch INTEGER, PRIMARY KEY(entity, type, batch)) WITHOUT ROWID;
CREATE TABLE facts(head INTEGER, relation INTEGER, tail INTEGER, start TEXT, end TEXT, weight REAL, source INTEGER,
    batch INTEGER, PRIMARY KEY(head, relation, tail, start, end)) WITHOUT ROWID;
CREATE INDEX facts_by_tail ON facts(tail);
CREATE TABLE provenance(row INTEGER PRIMARY KEY, head INTEGER, relation INTEGER, tail INTEGER, start TEXT, end TEXT,
    weight REAL, source INTEGER, batch INTEGER, UNIQUE(head, relation, tail, start, end, batch, source));
INSERT INTO meta VALUES('next node', 0);
INSERT INTO revisions VALUES(0, 'empty', 1)
"""
NODES_BY_TEXT, FACTS_BY_TAIL = (
    next(statement.strip() for statement in SCHEMA.split(";") if f"INDEX {name}" in statement)
    for name in ("nodes_by_text", "facts_by_tail")
)


class SqliteFile:
    """An open store file. ``":memory:"`` keeps everything in memory. Threads take turns.

    :raises StoreError: the file is no store, is damaged, or is of another version
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        db: sqlite3.Connection | None = None
        try:
            db = self.db = self.connect()
            empty = not db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not empty and db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
                raise StoreError(f"{path} is an SQLite file of another program, not a graph; give another path")
            _write_ahead(db)
            db.execute("PRAGMA synchronous=FULL")
            if empty:
                self._create()
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version != VERSION:
                raise StoreError(
                    f"{path} is a graph of format {version}, this program reads format {VERSION}; import it again"
                )
        except sqlite3.Error as error:
            if db is not None:
                db.close()
            raise self.complaint(error) from error
        except StoreError:
            if db is not None:
                db.close()
            raise

    def connect(self) -> sqlite3.Connection:
        """A connection of its own to the file. Where nothing can be written, the file is taken not to change."""
        name, uri = self.path, False
        if name != ":memory:" and os.path.exists(name):
            folder = Path(name).resolve().parent
            unmerged = os.path.exists(f"{name}-wal") and os.path.getsize(f"{name}-wal") > 0
            if not unmerged and not (os.access(name, os.W_OK) and os.access(folder, os.W_OK)):
                name, uri = f"file:{quote(name)}?mode=ro&immutable=1", True
        db = sqlite3.connect(name, timeout=WAIT, isolation_level=None, check_same_thread=False, uri=uri)
        db.execute("PRAGMA cache_size=-65536")
        db.create_function("holds", 4, _holds, deterministic=True)
        db.execute("CREATE TEMP TABLE touched(entity INTEGER PRIMARY KEY)")
        return db

    def _create(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        try:
            if not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[
                0
            ]:  # else another process was first
                for statement in SCHEMA.split(";"):
                    self.db.execute(statement)
                self.db.execute(f"PRAGMA application_id={APPLICATION_ID:d}")
                self.db.execute(f"PRAGMA user_version={VERSION:d}")
            self.db.execute("COMMIT")
        except sqlite3.Error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            raise

    def complaint(self, error: sqlite3.Error) -> StoreError:
        """An SQLite error as one clear message."""
        text = str(error)
        if "locked" in text or "busy" in text:
            return StoreLocked(f"{self.path} is being written by another process; try again when it has finished")
        if "not a database" in text or "malformed" in text:
            return StoreError(f"{self.path} is no graph or is damaged ({text}); give another path or import it again")
        if "readonly" in text:
            return StoreError(f"{self.path} may not be written; check the permissions of the file and its folder")
        if "closed database" in text:
            return StoreError(f"{self.path} has been closed; open it again")
        return StoreError(f"{self.path}: {text}; check that the file can be read and that the disk has room")

    @contextmanager
    def complaining(self) -> Iterator[None]:
        """Turn the errors of SQLite into ours.

        :raises StoreError: the file cannot be read or written, or a text is no valid Unicode
        """
        try:
            yield
        except sqlite3.Error as error:
            raise self.complaint(error) from error
        except UnicodeEncodeError as error:
            raise StoreError(f"{error.object!r} is no valid Unicode text; mend it where it comes from") from error

    # transactions ----------------------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One snapshot of the file for all reads inside.

        :raises StoreError: the file cannot be read
        """
        with self.lock, self.complaining():
            if self.db.in_transaction:
                yield self.db
                return
            self.db.execute("BEGIN")
            try:
                yield self.db
            finally:
                if self.db.in_transaction:
                    self.db.execute("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[ChangeLog]:
        """All or nothing. The revision grows if anything was changed.

        :raises StoreLocked: another process is writing
        :raises StoreError: the file cannot be written, or a text is no valid Unicode
        """
        with self.changing():
            before = self.db.total_changes
            log = ChangeLog(self.db, self.revision() + 1)
            yield log
            if self.db.total_changes != before:
                log.close()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, without a word to the log: of what is no part of the graph.

        :raises StoreError: as :meth:`writing`
        """
        with self.lock, self.complaining():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            finally:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")

    @contextmanager
    def noting(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, of what is kept beside the graph: the revision stays as it is.

        :raises StoreLocked: another process is writing
        :raises StoreError: the file cannot be written, or a text is no valid Unicode
        """
        with self.lock, self.complaining():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield self.db
                self.db.execute("COMMIT")
            finally:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of a read.

        :raises StoreError: the file cannot be read
        """
        with self.reading() as db:
            return db.execute(statement, values).fetchall()

    # revisions -------------------------------------------------------------------------------------------------------

    def revision(self) -> int:
        return int(self.rows("SELECT max(revision) FROM revisions")[0][0])

    def stamp(self, revision: int) -> str:
        """A text that no other revision of this or any other file has; empty for a revision that the log has lost."""
        found = self.rows("SELECT stamp FROM revisions WHERE revision = ?", (revision,))
        return str(found[0][0]) if found else ""

    def follows(self, revision: int, stamp: str) -> bool:
        """Whether the log leads from that revision to the present one."""
        if not stamp or self.stamp(revision) != stamp:
            return False
        return not self.rows("SELECT 1 FROM revisions WHERE revision > ? AND NOT logged LIMIT 1", (revision,))

    def close(self) -> None:
        with self.lock:
            self.db.close()


class ChangeLog:
    """What one write touches: triples (as row numbers), and entities whose names or types are touched."""

    def __init__(self, db: sqlite3.Connection, revision: int) -> None:
        self.db, self.revision = db, revision
        self.changes = 0

    def triples(self, touched: Sequence[tuple[int, int, int]]) -> None:
        self.changes += len(touched)
        if self.is_whole:
            self._log([(self.revision, *triple) for triple in touched])

    def entities(self, touched: Sequence[int]) -> None:
        self.changes += len(touched)
        if self.is_whole:
            self._log([(self.revision, row, None, None) for row in touched])

    def _log(self, touched: list[tuple[int, int, int | None, int | None]]) -> None:
        self.db.executemany("INSERT INTO changes VALUES(?, ?, ?, ?)", touched)

    @property
    def is_whole(self) -> bool:
        """Whether everything touched is in the log."""
        return self.changes <= LOGGED

    def close(self) -> None:
        if not self.is_whole:
            self.db.execute("DELETE FROM changes WHERE revision = ?", (self.revision,))
        self.db.execute("INSERT INTO revisions VALUES(?, ?, ?)", (self.revision, secrets.token_hex(16), self.is_whole))
        self.db.execute("DELETE FROM changes WHERE revision <= ?", (self.revision - REVISIONS,))
        self.db.execute("DELETE FROM revisions WHERE revision <= ?", (self.revision - REVISIONS,))


def _write_ahead(db: sqlite3.Connection) -> None:
    """Have the file keep a log ahead of its writes. SQLite does not wait for others who are just doing the same."""
    until = time.monotonic() + WAIT
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _holds(start: str, end: str, begin: float, until: float) -> bool:
    """Whether a fact's validity meets a period (:class:`kg.validity.Period`)."""
    return (not start or order(start) < until) and (not end or order(end) > begin)


def node_columns(node: Node) -> tuple[int, str, str]:
    """(kind, text, language) as the table ``nodes`` has them.

    :raises StoreError: it is neither an id nor a literal
    """
    if isinstance(node, str):
        return 0, node, ""
    if not isinstance(node, Literal):
        raise StoreError(f"{node!r} is no node; an entity's id is a text, a value is a Literal")
    return KINDS.index(node.kind), node.text, node.language


def node_from(kind: int, text: str, language: str) -> Node:
    """The node of a row."""
    if kind == 0:
        return text
    if kind == 1:
        return Literal(float(text) if any(c in text for c in ".en") else int(text), language=language)
    return Literal(text, "date" if kind == 2 else "string", language)
