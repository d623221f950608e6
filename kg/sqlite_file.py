"""The durable side of the embedded store: one SQLite file, one transaction a write. No arrays here, no plans."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kg.errors import StoreError, StoreLocked
from kg.graph import Entity, Fact, Literal, Name, Node, Relation
from kg.names import fold
from kg.store import WriteReport

APPLICATION_ID = 0x41736B47  # "AskG"
VERSION = 1
KINDS = ("entity", "number", "date", "string")
CHUNK = 30_000
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE batches(row INTEGER PRIMARY KEY, id TEXT UNIQUE, time TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE nodes(row INTEGER PRIMARY KEY, kind INTEGER, text TEXT, language TEXT, label TEXT DEFAULT '', batch INTEGER,
    UNIQUE(text, kind, language));
CREATE TABLE types(entity INTEGER, type TEXT, batch INTEGER, PRIMARY KEY(entity, type)) WITHOUT ROWID;
CREATE INDEX types_by_type ON types(type);
CREATE TABLE aliases(row INTEGER PRIMARY KEY, entity INTEGER, text TEXT, language TEXT, batch INTEGER, UNIQUE(entity, text, language));
CREATE TABLE names(folded TEXT, entity INTEGER, PRIMARY KEY(folded, entity)) WITHOUT ROWID;
CREATE TABLE relations(row INTEGER PRIMARY KEY, id TEXT UNIQUE, name TEXT DEFAULT '', aliases TEXT DEFAULT '[]', unit TEXT DEFAULT '');
CREATE TABLE facts(row INTEGER PRIMARY KEY, head INTEGER, relation INTEGER, tail INTEGER, weight REAL,
    start TEXT DEFAULT '', end TEXT DEFAULT '', UNIQUE(head, relation, tail, start, end));
CREATE INDEX facts_by_tail ON facts(tail, relation);
CREATE TABLE provenance(fact INTEGER, batch INTEGER, source TEXT, PRIMARY KEY(fact, batch, source)) WITHOUT ROWID;
CREATE INDEX provenance_by_batch ON provenance(batch);
"""


class SqliteFile:
    """An open store file. ``":memory:"`` keeps everything in memory.

    :raises StoreError: the file is no store, is damaged, or is of a later version
    """

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.db = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False)
            application = self.db.execute("PRAGMA application_id").fetchone()[0]
            empty = not self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if not empty and application != APPLICATION_ID:
                raise StoreError(f"{path} is an SQLite file of another program, not a graph; give another path")
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=NORMAL" if path == ":memory:" else "PRAGMA synchronous=FULL")
            if empty:
                self._create()
        except sqlite3.Error as error:
            raise self.complaint(error) from error
        version = self.db.execute("PRAGMA user_version").fetchone()[0]
        if version != VERSION:
            raise StoreError(f"{path} is a graph of format {version}, this program reads format {VERSION}; import it again")

    def _create(self) -> None:
        with self.transaction():
            if self.db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                return  # another process was first
            for statement in SCHEMA.split(";"):
                self.db.execute(statement)
            self.db.execute("INSERT INTO meta VALUES('revision', '0')")
            self.db.execute(f"PRAGMA application_id={APPLICATION_ID:d}")
            self.db.execute(f"PRAGMA user_version={VERSION:d}")

    def complaint(self, error: sqlite3.Error) -> StoreError:
        """An SQLite error as one clear message."""
        text = str(error)
        if "locked" in text or "busy" in text:
            return StoreLocked(f"{self.path} is being written by another process; try again when it has finished")
        if "not a database" in text or "malformed" in text:
            return StoreError(f"{self.path} is no graph or is damaged ({text}); give another path or import it again")
        return StoreError(f"{self.path}: {text}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; the revision grows when it ends well."""
        try:
            self.db.execute("BEGIN IMMEDIATE")
            yield
            self.db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'revision'")
            self.db.execute("COMMIT")
        except BaseException as error:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise self.complaint(error) from error
            raise

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        """The rows of a read.

        :raises StoreError: the file cannot be read
        """
        try:
            return self.db.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self.complaint(error) from error

    def rows_in(self, statement: str, values: Iterable[Any]) -> Iterator[Any]:
        """The rows of a read with ``IN (?)`` over many values, a chunk at a time."""
        values = list(values)
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            yield from self.rows(statement.replace("(?)", "(" + ",".join("?" * len(part)) + ")"), part)

    def revision(self) -> int:
        return int(self.rows("SELECT value FROM meta WHERE key = 'revision'")[0][0])

    def close(self) -> None:
        self.db.close()

    # write -----------------------------------------------------------------------------------------------------------

    def add(self, facts: Iterable[Fact], entities: Iterable[Entity], relations: Iterable[Relation], batch: str) -> WriteReport:
        """See :meth:`kg.store.GraphStore.add`."""
        with self.transaction():
            writer = _Writer(self.db, batch)
            for relation in relations:
                writer.relation(relation)
            for entity in entities:
                writer.entity(entity)
            for fact in facts:
                writer.fact(fact)
            return WriteReport(batch, writer.new_facts, writer.known_facts, writer.new_entities)

    def retract(self, facts: Iterable[Fact]) -> int:
        """See :meth:`kg.store.GraphStore.retract`."""
        removed = 0
        with self.transaction():
            for fact in facts:
                kind, text, language = node_columns(fact.tail)
                found = self.db.execute(
                    "SELECT f.row FROM facts f JOIN nodes h ON h.row = f.head JOIN relations r ON r.row = f.relation"
                    " JOIN nodes t ON t.row = f.tail WHERE h.kind = 0 AND h.text = ? AND r.id = ?"
                    " AND t.kind = ? AND t.text = ? AND t.language = ? AND f.start = ? AND f.end = ?",
                    (fact.head, fact.relation, kind, text, language, fact.start or "", fact.end or ""),
                ).fetchone()
                if found:
                    self.db.execute("DELETE FROM provenance WHERE fact = ?", found)
                    self.db.execute("DELETE FROM facts WHERE row = ?", found)
                    removed += 1
            self._sweep()
        return removed

    def undo(self, batch: str) -> int:
        """See :meth:`kg.store.GraphStore.undo`."""
        with self.transaction():
            found = self.db.execute("SELECT row FROM batches WHERE id = ?", (batch,)).fetchone()
            if not found:
                return 0
            db = self.db
            touched = [f for (f,) in db.execute("SELECT DISTINCT fact FROM provenance WHERE batch = ?", found)]
            db.execute("DELETE FROM provenance WHERE batch = ?", found)
            gone = [(f,) for f in touched if not db.execute("SELECT 1 FROM provenance WHERE fact = ?", (f,)).fetchone()]
            db.executemany("DELETE FROM facts WHERE row = ?", gone)
            changed = [r for (r,) in db.execute("SELECT entity FROM aliases WHERE batch = ?", found)]
            db.execute("DELETE FROM aliases WHERE batch = ?", found)
            db.execute("DELETE FROM types WHERE batch = ?", found)
            db.execute(
                "DELETE FROM nodes WHERE batch = ? AND kind = 0 AND NOT EXISTS (SELECT 1 FROM facts WHERE head = nodes.row OR tail = nodes.row)"
                " AND NOT EXISTS (SELECT 1 FROM types WHERE entity = nodes.row) AND NOT EXISTS (SELECT 1 FROM aliases WHERE entity = nodes.row)",
                found,
            )
            db.execute("DELETE FROM names WHERE entity NOT IN (SELECT row FROM nodes)")
            for row in set(changed):
                self._rename(row)
            db.execute("DELETE FROM batches WHERE row = ?", found)
            self._sweep()
            return len(gone)

    def _rename(self, row: int) -> None:
        """Make the searchable names of an entity anew."""
        self.db.execute("DELETE FROM names WHERE entity = ?", (row,))
        for text, label in self.db.execute("SELECT text, label FROM nodes WHERE row = ?", (row,)).fetchall():
            texts = [label or text.replace("_", " ")]
            texts += [t for (t,) in self.db.execute("SELECT text FROM aliases WHERE entity = ?", (row,))]
            self.db.executemany("INSERT OR IGNORE INTO names VALUES(?, ?)", [(fold(t), row) for t in texts])

    def _sweep(self) -> None:
        """Literals and relations live as long as a fact names them (a relation that was described stays)."""
        self.db.execute("DELETE FROM nodes WHERE kind > 0 AND NOT EXISTS (SELECT 1 FROM facts WHERE tail = nodes.row)")
        self.db.execute(
            "DELETE FROM relations WHERE name = '' AND aliases = '[]' AND unit = ''"
            " AND NOT EXISTS (SELECT 1 FROM facts WHERE relation = relations.row)"
        )


class _Writer:
    """One batch on its way into the file; rows of nodes seen in it are kept at hand."""

    def __init__(self, db: sqlite3.Connection, batch: str) -> None:
        self.db = db
        db.execute("INSERT OR IGNORE INTO batches(id) VALUES(?)", (batch,))
        self.batch: int = db.execute("SELECT row FROM batches WHERE id = ?", (batch,)).fetchone()[0]
        self.nodes: dict[Node, int] = {}
        self.relations: dict[str, int] = {}
        self.new_facts = self.known_facts = self.new_entities = 0

    def node(self, node: Node) -> int:
        row = self.nodes.get(node)
        if row is None:
            columns = node_columns(node)
            cursor = self.db.execute(
                "INSERT OR IGNORE INTO nodes(kind, text, language, batch) VALUES(?, ?, ?, ?)", (*columns, self.batch)
            )
            if cursor.rowcount:
                row = int(cursor.lastrowid or 0)
                if columns[0] == 0:
                    self.new_entities += 1
                    self.db.execute("INSERT OR IGNORE INTO names VALUES(?, ?)", (fold(columns[1].replace("_", " ")), row))
            else:
                found = self.db.execute("SELECT row FROM nodes WHERE kind = ? AND text = ? AND language = ?", columns)
                row = int(found.fetchone()[0])
            self.nodes[node] = row
        return row

    def entity(self, entity: Entity) -> None:
        row = self.node(entity.id)
        if entity.label:
            (known,) = self.db.execute("SELECT label FROM nodes WHERE row = ?", (row,)).fetchone()
            if not known:
                self.db.execute("UPDATE nodes SET label = ? WHERE row = ?", (entity.label, row))
                spoken = fold(entity.id.replace("_", " "))
                if spoken != fold(entity.label):
                    self.db.execute("DELETE FROM names WHERE folded = ? AND entity = ?", (spoken, row))
                self.db.execute("INSERT OR IGNORE INTO names VALUES(?, ?)", (fold(entity.label), row))
            elif known != entity.label:
                self.alias(row, Name(entity.label))
        for alias in entity.aliases:
            self.alias(row, alias)
        for type in entity.types:
            self.db.execute("INSERT OR IGNORE INTO types VALUES(?, ?, ?)", (row, type, self.batch))

    def alias(self, row: int, alias: Name) -> None:
        values = (row, alias.text, alias.language, self.batch)
        if self.db.execute("INSERT OR IGNORE INTO aliases(entity, text, language, batch) VALUES(?, ?, ?, ?)", values).rowcount:
            self.db.execute("INSERT OR IGNORE INTO names VALUES(?, ?)", (fold(alias.text), row))

    def relation_row(self, id: str) -> int:
        row = self.relations.get(id)
        if row is None:
            self.db.execute("INSERT OR IGNORE INTO relations(id) VALUES(?)", (id,))
            row = self.relations[id] = int(self.db.execute("SELECT row FROM relations WHERE id = ?", (id,)).fetchone()[0])
        return row

    def relation(self, relation: Relation) -> None:
        row = self.relation_row(relation.id)
        aliases = json.dumps(list(relation.aliases), ensure_ascii=False)
        self.db.execute(
            "UPDATE relations SET name = coalesce(nullif(?, ''), name), unit = coalesce(nullif(?, ''), unit),"
            " aliases = coalesce(nullif(?, '[]'), aliases) WHERE row = ?",
            (relation.name, relation.unit, aliases, row),
        )

    def fact(self, fact: Fact) -> None:
        key = (self.node(fact.head), self.relation_row(fact.relation), self.node(fact.tail), fact.start or "", fact.end or "")
        cursor = self.db.execute(
            "INSERT OR IGNORE INTO facts(head, relation, tail, start, end, weight) VALUES(?, ?, ?, ?, ?, ?)", (*key, fact.weight)
        )
        if cursor.rowcount:
            self.new_facts += 1
            row = cursor.lastrowid
        else:
            self.known_facts += 1
            found = self.db.execute("SELECT row FROM facts WHERE head=? AND relation=? AND tail=? AND start=? AND end=?", key)
            row = found.fetchone()[0]
        for source in fact.sources or ("",):
            self.db.execute("INSERT OR IGNORE INTO provenance VALUES(?, ?, ?)", (row, self.batch, source))


def node_columns(node: Node) -> tuple[int, str, str]:
    """(kind, text, language) as the table ``nodes`` has them."""
    if isinstance(node, str):
        return 0, node, ""
    return KINDS.index(node.kind), node.text, node.language


def node_from(kind: int, text: str, language: str) -> Node:
    """The node of a row."""
    if kind == 0:
        return text
    if kind == 1:
        return Literal(float(text) if any(c in text for c in ".en") else int(text))
    return Literal(text, "date" if kind == 2 else "string", language)
