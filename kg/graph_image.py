"""What of a store file is held in memory: arrays, codes of relations and types, and the name index.

The image follows the file. A few changes since are taken from the file's log; after many it is read anew, from the cache
beside the file if that is not too old, else from the tables.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg.array_cache import read_arrays, write_arrays
from kg.array_schema import RelationCounts, count_relations, recount, relations_around
from kg.arrays import Arrays, Direction, Rows
from kg.graph import Node
from kg.name_search import NameSearch
from kg.sqlite_file import IN_JSON, SqliteFile, node_from
from kg.sqlite_names import searchable
from kg.sqlite_read import node_rows

CACHED = 5_000  # facts or names from which on a cache is worth its file
RENAMED = 2_000  # entities renamed since the name index was made, at most
ARRAYS, NAMES = "-arrays", "-names"  # endings of the caches' file names


class GraphImage:
    """The image of one file. Use it inside ``file.reading()``, after :meth:`follow`."""

    arrays: Arrays

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._revision, self._stamp = -1, ""
        self.relations: dict[int, str] = {}
        self.types: dict[int, str] = {}
        self._relation_codes: dict[str, int] = {}
        self._type_codes: dict[str, int] = {}
        self._counts: dict[int, RelationCounts] | None = None
        self._names: NameSearch | None = None
        self._renamed: set[int] = set()
        self._prepared: tuple[Arrays, NameSearch | None] | None = None

    # codes -----------------------------------------------------------------------------------------------------------

    def node_rows(self, nodes: Iterable[Node]) -> Rows:
        """Row numbers of the nodes that are there, sorted."""
        return np.array(sorted(node_rows(self._file, nodes)), dtype=np.int32)

    def relation_code(self, relation: str) -> int | None:
        return self._relation_codes.get(relation)

    def type_code(self, type: str) -> int | None:
        return self._type_codes.get(type)

    def prepare(
        self, edges: NDArray[np.int32], names: list[tuple[str, int]] | None, meanwhile: Callable[[], None]
    ) -> None:
        """Make arrays and name index of a large write before it is committed, while a thread does something else.

        :param edges: head, relation, tail of all facts. Shape: (F, 3)
        :param names: all (folded name, entity), sorted; None: they are read later
        """
        with self._file.reading() as db:
            parts = self._literals(0, self._size(db)), self._typing(db)
        with ThreadPoolExecutor(1) as pool:
            other = pool.submit(meanwhile)
            arrays = Arrays.build(edges, *parts[0], parts[1])
            self._prepared = arrays, None if names is None else NameSearch.build(names)
            other.result()

    def discard(self) -> None:
        """Forget what was prepared for a write that came to nothing."""
        self._prepared = None

    def adopt(self, revision: int) -> None:
        """Take over what was prepared, now that it is committed as this revision."""
        prepared, self._prepared = self._prepared, None
        if prepared is None or self._file.revision() != revision:  # somebody has written meanwhile
            return
        self.arrays, self._names = prepared
        self._counts, self._renamed = None, set()
        self._write_cache(ARRAYS, len(self.arrays.forward.target), _flat(self.arrays))
        if self._names is not None:
            self._write_cache(NAMES, len(self._names.arrays["grams"]), self._names.arrays)
        self._know(revision)

    # following -------------------------------------------------------------------------------------------------------

    def follow(self) -> bool:
        """Bring the image up to the file's present revision; whether anything had changed."""
        now = self._file.revision()
        if now == self._revision:
            return False
        if self._revision < 0 or not self._file.follows(self._revision, self._stamp):
            self._read()
        if now != self._revision:
            self._patch()
        self._know(now)
        return True

    def _know(self, now: int) -> None:
        """The codes of relations and types at a revision."""
        self._revision, self._stamp = now, self._file.stamp(now)
        rows = self._file.rows
        self.relations = dict(rows("SELECT row, id FROM relations"))
        self._relation_codes = {id: row for row, id in self.relations.items()}
        codes = self.arrays.typing >> 32  # sorted
        present = json.dumps(codes[np.flatnonzero(np.diff(codes, prepend=-1))].tolist())
        self.types = dict(rows(f"SELECT row, text FROM strings WHERE row {IN_JSON}", (present,)))
        self._type_codes = {text: row for row, text in self.types.items()}

    def _read(self) -> None:
        self._counts = self._names = None
        self._renamed = set()
        if not self._read_cache():
            self.arrays = self._read_tables()
            self._revision = self._file.revision()
            self._write_cache(ARRAYS, len(self.arrays.forward.target), _flat(self.arrays))

    def _read_cache(self) -> bool:
        cached = self._cached(ARRAYS)
        if cached is None:
            return False
        self._revision, flat = cached
        forward, backward = (
            Direction(*(flat[f"{side} {part}"] for part in ("start", "relation", "target")))
            for side in ("forward", "backward")
        )
        self.arrays = Arrays(forward, backward, flat["kind"], flat["order"], flat["typing"])
        return True

    def _cached(self, ending: str) -> tuple[int, dict[str, NDArray[Any]]] | None:
        """(revision, arrays) of a cache that the log leads on from."""
        found = read_arrays(self._file.path + ending) if self._file.path != ":memory:" else None
        if found is None:
            return None
        marks, arrays = found
        revision, stamp = int(marks.get("revision", -1)), str(marks.get("stamp", ""))
        return (revision, arrays) if self._file.follows(revision, stamp) else None

    def _write_cache(self, ending: str, size: int, arrays: Mapping[str, NDArray[Any]]) -> None:
        if self._file.path != ":memory:" and size >= CACHED:
            now = self._file.revision()
            write_arrays(self._file.path + ending, {"revision": now, "stamp": self._file.stamp(now)}, arrays)

    def _read_tables(self) -> Arrays:
        with self._file.reading() as db:
            facts = chain.from_iterable(db.execute("SELECT head, relation, tail FROM facts"))
            edges = np.fromiter(facts, dtype=np.int32).reshape(-1, 3)
            return Arrays.build(edges, *self._literals(0, self._size(db)), self._typing(db))

    @staticmethod
    def _size(db: sqlite3.Connection) -> int:
        """Row numbers are below it."""
        return int(db.execute("SELECT value FROM meta WHERE key = 'next node'").fetchone()[0])

    @staticmethod
    def _typing(db: sqlite3.Connection) -> NDArray[np.int64]:
        typed = db.execute("SELECT DISTINCT entity, type FROM types")
        return np.fromiter((type << 32 | entity for entity, type in typed), dtype=np.int64)

    def _literals(self, low: int, high: int) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
        """(kind, order) of the rows from ``low`` to ``high`` (excluded)."""
        kind, order = np.zeros(high - low, dtype=np.int8), np.full(high - low, np.nan)
        statement = "SELECT row, kind, text, language FROM nodes WHERE row >= ? AND kind > 0"
        for row, code, text, language in self._file.rows(statement, (low,)):
            kind[row - low] = code
            literal = node_from(code, text, language)
            value = None if isinstance(literal, str) else literal.order
            order[row - low] = np.nan if value is None else value
        return kind, order

    def _patch(self) -> None:
        """Take over what the log says has changed."""
        rows, since = self._file.rows, (self._revision,)
        triples = rows(
            "SELECT DISTINCT node, relation, tail FROM changes WHERE revision > ? AND relation IS NOT NULL", since
        )
        present = rows(
            "SELECT head, relation, tail FROM facts JOIN (SELECT DISTINCT node AS head, relation, tail FROM changes"
            " WHERE revision > ? AND relation IS NOT NULL) USING(head, relation, tail)",
            since,
        )
        touched = [
            row for (row,) in rows("SELECT DISTINCT node FROM changes WHERE revision > ? AND relation IS NULL", since)
        ]
        typed = rows(f"SELECT DISTINCT type, entity FROM types WHERE entity {IN_JSON}", (json.dumps(touched),))
        old, size = self.arrays, rows("SELECT value FROM meta WHERE key = 'next node'")[0][0]
        kind, order = self._literals(old.size, size)
        kept = old.typing[~np.isin(old.typing & 0xFFFFFFFF, touched)] if touched else old.typing
        added = np.array([type << 32 | entity for type, entity in typed], dtype=np.int64)
        self.arrays = Arrays(
            old.forward.changed(triples, present, size),
            old.backward.changed([t[::-1] for t in triples], [t[::-1] for t in present], size),
            np.concatenate((old.kind, kind)),
            np.concatenate((old.order, order)),
            np.sort(np.concatenate((kept, added))) if touched else old.typing,
        )
        self._recount({relation for _, relation, _ in triples}, touched)
        self._rename(touched)

    # counts and names ------------------------------------------------------------------------------------------------

    @property
    def counts(self) -> dict[int, RelationCounts]:
        """What the graph shows of each relation that has a fact."""
        if self._counts is None:
            self._counts = count_relations(self.arrays)
        return self._counts

    def _recount(self, relations: set[int], touched: list[int]) -> None:
        if self._counts is None:
            return
        relations |= relations_around(self.arrays, np.array(touched, dtype=np.int32))
        kept = {relation: counts for relation, counts in self._counts.items() if relation not in relations}
        self._counts = kept | recount(self.arrays, relations)

    @property
    def names(self) -> NameSearch:
        """The name index."""
        if self._names is None:
            self._names = self._read_names()
        return self._names

    def _rename(self, touched: list[int]) -> None:
        self._renamed.update(touched)
        if self._names is None or not touched:
            return
        if len(self._renamed) > RENAMED:
            self._names = None
        else:
            self._overlay(self._names)

    def _overlay(self, names: NameSearch) -> None:
        with self._file.reading() as db:
            names.rename(self._renamed, searchable(db, sorted(self._renamed)))

    def _read_names(self) -> NameSearch:
        cached = self._cached(NAMES)
        if cached is not None:
            revision, arrays = cached
            statement = "SELECT DISTINCT node FROM changes WHERE revision > ? AND relation IS NULL"
            self._renamed = {row for (row,) in self._file.rows(statement, (revision,))}
            if len(self._renamed) <= RENAMED:
                names = NameSearch(arrays)
                self._overlay(names)
                return names
        with self._file.reading() as db:
            names = NameSearch.build(db.execute("SELECT name, entity FROM folded"))
        self._renamed = set()
        self._write_cache(NAMES, len(names.arrays["grams"]), names.arrays)
        return names


def _flat(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """The arrays by name, as the cache holds them."""
    flat: dict[str, NDArray[Any]] = {"kind": arrays.kind, "order": arrays.order, "typing": arrays.typing}
    for name, side in (("forward", arrays.forward), ("backward", arrays.backward)):
        flat |= {f"{name} start": side.start, f"{name} relation": side.relation, f"{name} target": side.target}
    return flat
