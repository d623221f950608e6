"""Writing to a store file: adding a batch in chunks, retracting facts, undoing a batch.

What a batch added is kept apart from what others added (names, types, mentions and sources carry their batch), so that
undoing it leaves exactly what the others had told.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation
from kg.names import fold
from kg.sqlite_file import ChangeLog, SqliteFile, node_columns
from kg.sqlite_history import bring_back, withdraw
from kg.store import WriteReport

Item = TypeVar("Item")
Columns = tuple[int, str, str]
FactRow = tuple[int, int, int, str, str, float, int, int]
CHUNK = 20_000
KNOWN_NODES = 1_000_000  # rows of nodes kept at hand during a write
KEY = "head = ? AND relation = ? AND tail = ? AND start = ? AND end = ?"
IN_JSON = "IN (SELECT value FROM json_each(?))"


def add(
    file: SqliteFile,
    facts: Iterable[Fact],
    entities: Iterable[Entity],
    relations: Iterable[Relation],
    batch: str,
    retracting: Iterable[Fact] = (),
) -> WriteReport:
    """See :meth:`kg.store.GraphStore.add`. A known fact keeps its weight; each batch's own is kept for undoing."""
    with file.writing() as log:
        writer = _Writer(file.db, log, batch)
        gone = withdraw(file.db, old, writer.batch) if (old := list(retracting)) else []
        log.triples(gone)
        for relation in relations:
            writer.relation(relation)
        for described in _chunks(entities):
            writer.entities(described)
        for told in _chunks(facts):
            writer.facts(told)
        refold(file.db, log)
        _sweep_literals(file.db, gone)
        return WriteReport(batch, writer.new_facts, writer.known_facts, writer.new_entities, len(gone))


def retract(file: SqliteFile, facts: Iterable[Fact], batch: str | None = None) -> int:
    """See :meth:`kg.store.GraphStore.retract`."""
    with file.writing() as log:
        gone = withdraw(file.db, facts, None if batch is None else _Writer(file.db, log, batch).batch)
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
    _touch(db, [row for (row,) in renamed])
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


def refold(db: sqlite3.Connection, log: ChangeLog) -> None:
    """Make the searchable names of the touched entities, and log them."""
    rows = [row for (row,) in db.execute("SELECT entity FROM touched")]
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        log.entities(part)
        db.executemany("INSERT OR IGNORE INTO folded VALUES(?, ?)", searchable(db, part))
    db.execute("DELETE FROM touched")


def _touch(db: sqlite3.Connection, rows: list[int]) -> None:
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
            pairs.add((fold(id.replace("_", " ")), row))
    return sorted(pair for pair in pairs if pair[0])


class _Writer:
    """One batch on its way into the file."""

    def __init__(self, db: sqlite3.Connection, log: ChangeLog, batch: str) -> None:
        self.db, self.log = db, log
        db.execute("INSERT OR IGNORE INTO batches(id) VALUES(?)", (batch,))
        self.batch: int = db.execute("SELECT row FROM batches WHERE id = ?", (batch,)).fetchone()[0]
        self.next_node: int = db.execute("SELECT value FROM meta WHERE key = 'next node'").fetchone()[0]
        self.all_known = not db.execute("SELECT 1 FROM nodes LIMIT 1").fetchone()  # no node but those in self.nodes
        self.nodes: dict[Node, int] = {}
        self.strings: dict[str, int] = {"": 0}
        self.relations: dict[str, int] = {}
        self.new_facts = self.known_facts = self.new_entities = 0
        self.first_new = self.next_node

    # nodes -----------------------------------------------------------------------------------------------------------

    def see(self, nodes: Iterable[Node]) -> None:
        """Have the rows of the nodes in ``self.nodes``, new ones made."""
        if len(self.nodes) > KNOWN_NODES:
            self.nodes, self.all_known = {}, False
        unseen = {node: node_columns(node) for node in nodes if node not in self.nodes}
        if not unseen:
            return
        known = {} if self.all_known else self._known(unseen.values())
        fresh: list[tuple[int, int, str, str, int]] = []
        mentioned = []
        for node, columns in unseen.items():
            if "\0" in columns[1]:
                raise StoreError(f"{node!r} has a NUL character in it; take it out where it comes from")
            row, first_batch = known.get(columns, (-1, -1))
            if row < 0:
                row = self.next_node
                self.next_node += 1
                fresh.append((row, *columns, self.batch))
            elif columns[0] == 0 and first_batch != self.batch:
                mentioned.append((row, self.batch))
            self.nodes[node] = row
        entities = [(row,) for row, kind, *_ in fresh if kind == 0]
        self.new_entities += len(entities)
        self.db.executemany("INSERT INTO nodes(row, kind, text, language, batch) VALUES(?, ?, ?, ?, ?)", fresh)
        self.db.executemany("INSERT OR IGNORE INTO touched VALUES(?)", entities)
        self.db.executemany("INSERT OR IGNORE INTO mentions VALUES(?, ?)", mentioned)
        self.db.execute("UPDATE meta SET value = ? WHERE key = 'next node'", (self.next_node,))

    def _known(self, wanted: Iterable[Columns]) -> dict[Columns, tuple[int, int]]:
        """(row, first batch) of those that are in the file."""
        texts = json.dumps(sorted({text for _, text, _ in wanted}))
        statement = f"SELECT kind, text, language, row, batch FROM nodes WHERE text {IN_JSON}"
        return {found[:3]: found[3:] for found in self.db.execute(statement, (texts,))}

    def string(self, text: str) -> int:
        """The row of a source or a type."""
        row = self.strings.get(text)
        if row is None:
            self.db.execute("INSERT OR IGNORE INTO strings(text) VALUES(?)", (text,))
            row = self.strings[text] = int(
                self.db.execute("SELECT row FROM strings WHERE text = ?", (text,)).fetchone()[0]
            )
        return row

    # descriptions ----------------------------------------------------------------------------------------------------

    def entities(self, described: list[Entity]) -> None:
        self.see(entity.id for entity in described)
        _touch(self.db, sorted({row for entity in described if (row := self.nodes[entity.id]) < self.first_new}))
        names, types = [], []
        for entity in described:
            row = self.nodes[entity.id]
            told = [(entity.label, "", 1)] if entity.label else []
            told += [(name.text, name.language, 0) for name in entity.aliases if name.text]
            names += [(row, *name, self.batch) for name in told]
            types += [(row, self.string(type), self.batch) for type in entity.types if type]
        self.db.executemany(
            "INSERT OR IGNORE INTO names(entity, text, language, label, batch) VALUES(?, ?, ?, ?, ?)", names
        )
        self.db.executemany("INSERT OR IGNORE INTO types VALUES(?, ?, ?)", types)

    def relation(self, relation: Relation) -> None:
        row = self.relation_row(relation.id)
        if relation.name or relation.aliases or relation.unit:
            aliases = json.dumps(list(relation.aliases), ensure_ascii=False)
            values = (row, relation.name, aliases, relation.unit, self.batch)
            self.db.execute("INSERT INTO wordings(relation, name, aliases, unit, batch) VALUES(?, ?, ?, ?, ?)", values)

    def relation_row(self, id: str) -> int:
        row = self.relations.get(id)
        if row is None:
            self.db.execute("INSERT OR IGNORE INTO relations(id) VALUES(?)", (id,))
            row = self.relations[id] = int(
                self.db.execute("SELECT row FROM relations WHERE id = ?", (id,)).fetchone()[0]
            )
        return row

    # facts -----------------------------------------------------------------------------------------------------------

    def facts(self, told: list[Fact]) -> None:
        self.see(node for fact in told for node in (fact.head, fact.tail))
        rows: list[FactRow] = []
        further: list[FactRow] = []
        for fact in told:
            if not isinstance(fact.head, str) or not math.isfinite(fact.weight):
                raise StoreError(f"{fact!r} needs a head that is an entity's id, and a finite weight")
            sources = [self.string(source) for source in fact.sources] or [0]
            key = (
                self.nodes[fact.head],
                self.relation_row(fact.relation),
                self.nodes[fact.tail],
                fact.start or "",
                fact.end or "",
            )
            rows.append((*key, fact.weight, sources[0], self.batch))
            further += [(*key, fact.weight, source, self.batch) for source in sources[1:]]
        added = self.db.executemany("INSERT OR IGNORE INTO facts VALUES(?, ?, ?, ?, ?, ?, ?, ?)", rows).rowcount
        self.new_facts += added
        self.known_facts += len(rows) - added
        self._provenance(further if added == len(rows) else rows + further)
        self.log.triples([row[:3] for row in rows])

    def _provenance(self, rows: list[FactRow]) -> None:
        """Keep who told what, unless the fact's own row says it."""
        same = "head = ?1 AND relation = ?2 AND tail = ?3 AND start = ?4 AND end = ?5 AND source = ?7 AND batch = ?8"
        self.db.executemany(
            "INSERT OR IGNORE INTO provenance(head, relation, tail, start, end, weight, source, batch)"
            f" SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM facts WHERE {same})",
            rows,
        )


def _chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    walk = iter(items)
    while part := list(islice(walk, CHUNK)):
        yield part
