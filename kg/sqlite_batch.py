"""One batch on its way into a store file: nodes get their row numbers, descriptions and facts become rows."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation
from kg.names import fold, title_of
from kg.sqlite_bulk import TELL, BulkFacts
from kg.sqlite_file import IN_JSON, NODES_BY_TEXT, ChangeLog, node_columns
from kg.sqlite_names import insert_folded, refold, touch
from kg.triples import Triples

Columns = tuple[int, str, str]
FactRow = tuple[int, int, int, str, str, float, int, int]
MANY = 1_000  # facts in a block from which on a large write is to be expected
KNOWN_NODES = 3_000_000  # rows of nodes kept at hand during a write
# What is done with (head, relation, tail) of all facts, with all (folded name, entity) where they are at hand, and while the
# indices are made by a thread that runs the function.
Prepare: TypeAlias = Callable[[NDArray[np.int32], list[tuple[str, int]] | None, Callable[[], None]], None]


class _NodeRows(dict[Node, int]):
    """Row numbers of nodes; asked for an unknown one, it gives it the next number and notes it in ``fresh``."""

    def __init__(self, next: int) -> None:
        super().__init__()
        self.next = next
        self.fresh: list[Node] = []

    def __missing__(self, node: Node) -> int:
        row = self[node] = self.next
        self.next += 1
        self.fresh.append(node)
        return row


class BatchWriter:
    """One batch on its way into the file."""

    def __init__(self, db: sqlite3.Connection, log: ChangeLog, batch: str) -> None:
        self.db, self.log = db, log
        db.execute("INSERT OR IGNORE INTO batches(id) VALUES(?)", (batch,))
        self.batch: int = db.execute("SELECT row FROM batches WHERE id = ?", (batch,)).fetchone()[0]
        self.all_known = not db.execute("SELECT 1 FROM nodes LIMIT 1").fetchone()  # no node but those in self.nodes
        self.first_new = int(db.execute("SELECT value FROM meta WHERE key = 'next node'").fetchone()[0])
        self.nodes = _NodeRows(self.first_new)
        self.bulk = BulkFacts(db, log, self.batch)
        self.strings: dict[str, int] = {"": 0}
        self.relations: dict[str, int] = {}
        self.new_facts = self.known_facts = 0
        self.new_entities = 0
        self.made: list[tuple[int, str]] = []  # new entities whose names are not yet searchable
        self.called: list[tuple[str, int]] = []  # the names of those that are called by their ids
        self.unindexed = False

    def close(self, prepare: Prepare) -> None:
        """Write what was left for later: facts, searchable names, indices."""
        self.bulk.flush()
        described = refold(self.db, self.log)
        names = self._settle()
        edges = self.bulk.edges if not self.new_facts else None
        if edges is None:
            self._index()
        else:
            alone = self.all_known and self.first_new == 0 and not described
            prepare(edges, names if alone else None, self._index)

    def _settle(self) -> list[tuple[str, int]]:
        """Make the entities that are called by their ids searchable."""
        called, self.called = self.called, []
        insert_folded(self.db, called)
        return called

    def _index(self) -> None:
        """Make the indices that were left for later."""
        self.bulk.index()
        self._index_nodes()

    def _index_nodes(self) -> None:
        if self.unindexed:
            self.db.execute(NODES_BY_TEXT)
            self.unindexed = False

    # nodes -----------------------------------------------------------------------------------------------------------

    def rows(self, nodes: Sequence[Node]) -> list[int]:
        """The rows of the nodes, new ones made."""
        if len(self.nodes) > KNOWN_NODES:
            self._settle()
            self._index_nodes()
            self.nodes.clear()
            self.all_known = False
        if not self.all_known:
            self._find({node for node in nodes if node not in self.nodes})
        rows = list(map(self.nodes.__getitem__, nodes))
        if self.nodes.fresh:
            self._make(self.nodes.fresh)
            self.nodes.fresh = []
        return rows

    def _make(self, fresh: list[Node]) -> None:
        first = self.nodes.next - len(fresh)
        entities = [(row, node) for row, node in enumerate(fresh, first) if isinstance(node, str)]
        literals = [(row, *node_columns(node)) for row, node in enumerate(fresh, first) if not isinstance(node, str)]
        texts = [text for _, text in entities] + [text for _, _, text, _ in literals]
        if "\0" in "".join(texts):
            text = next(text for text in texts if "\0" in text)
            raise StoreError(f"{text!r} has a NUL character in it; take it out where it comes from")
        self.db.executemany(f"INSERT INTO nodes VALUES(?, 0, ?, '', {self.batch:d})", entities)
        self.db.executemany(f"INSERT INTO nodes VALUES(?, ?, ?, ?, {self.batch:d})", literals)
        self.made += entities
        self.new_entities += len(entities)
        self.log.entities([row for row, _ in entities])
        self.db.execute("UPDATE meta SET value = ? WHERE key = 'next node'", (self.nodes.next,))

    def _call_by_id(self) -> None:
        """Have the new entities, which nobody describes, found by their ids."""
        self.called += [(name, row) for row, id in self.made if (name := fold(title_of(id)))]
        self.made = []

    def _find(self, unseen: set[Node]) -> None:
        """Take over the rows of those that are in the file; this batch mentions them too."""
        if not unseen:
            return
        wanted = {node_columns(node): node for node in unseen}
        mentioned = []
        for columns, (row, first_batch) in self._known(wanted).items():
            if columns in wanted:
                self.nodes[wanted[columns]] = row
                if columns[0] == 0 and first_batch != self.batch:
                    mentioned.append((row, self.batch))
        self.db.executemany("INSERT OR IGNORE INTO mentions VALUES(?, ?)", mentioned)

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
        rows = self.rows([entity.id for entity in described])
        self.db.executemany("INSERT OR IGNORE INTO touched VALUES(?)", [(row,) for row, _ in self.made])
        self.made = []
        touch(self.db, sorted({row for row in rows if row < self.first_new}))
        names, types = [], []
        for row, entity in zip(rows, described, strict=True):
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

    def triples(self, told: Triples) -> None:
        if self.all_known and not self.unindexed and len(told) >= MANY:
            self.db.execute("DROP INDEX IF EXISTS nodes_by_text")
            self.unindexed = True
        literals = [code for code, node in enumerate(told.nodes) if not isinstance(node, str)]
        if literals and np.isin(told.codes[0], literals).any():
            raise StoreError("a fact needs a head that is an entity's id")
        source = self.string(told.sources[0]) if told.sources else 0
        nodes = np.array(self.rows(told.nodes), dtype=np.int32)
        self._call_by_id()
        relations = np.array([self.relation_row(id) for id in told.relations], dtype=np.int32)
        heads, kinds, tails = told.codes
        self.bulk.add(nodes[heads], relations[kinds], nodes[tails], source)

    def facts(self, told: list[Fact]) -> None:
        nodes = self.rows([node for fact in told for node in (fact.head, fact.tail)])
        self._call_by_id()
        rows: list[FactRow] = []
        further: list[FactRow] = []
        for fact, head, tail in zip(told, nodes[::2], nodes[1::2], strict=True):
            if not isinstance(fact.head, str) or not math.isfinite(fact.weight):
                raise StoreError(f"{fact!r} needs a head that is an entity's id, and a finite weight")
            sources = [self.string(source) for source in fact.sources] or [0]
            key = (
                head,
                self.relation_row(fact.relation),
                tail,
                fact.start or "",
                fact.end or "",
            )
            rows.append((*key, fact.weight, sources[0], self.batch))
            further += [(*key, fact.weight, source, self.batch) for source in sources[1:]]
        added = self.db.executemany("INSERT OR IGNORE INTO facts VALUES(?, ?, ?, ?, ?, ?, ?, ?)", rows).rowcount
        self.new_facts += added
        self.known_facts += len(rows) - added
        self.db.executemany(TELL, further if added == len(rows) else rows + further)
        self.log.triples([row[:3] for row in rows])
