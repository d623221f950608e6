"""Large writes of facts: gathered as row numbers, sorted, and written in the order of the table, which SQLite does fast."""

from __future__ import annotations

import sqlite3
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from kg.arrays import Rows
from kg.sqlite_file import FACTS_BY_TAIL, ChangeLog

GATHERED = 400_000  # facts that are sorted together
LARGE = 50_000  # facts from which on an index is made faster afterwards than along the way
SLICE = 200_000
MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], dtype=np.uint64)  # spread row numbers
COLUMNS = "head, relation, tail, start, end, weight, source, batch"
# Keep who told what, unless the fact's own row says it.
TELL = (
    f"INSERT OR IGNORE INTO provenance({COLUMNS}) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE NOT EXISTS (SELECT 1 FROM facts"
    " WHERE head = ?1 AND relation = ?2 AND tail = ?3 AND start = ?4 AND end = ?5 AND source = ?7 AND batch = ?8)"
)


class BulkFacts:
    """The plain facts of one write on their way into the table: no weight, no validity, one source."""

    def __init__(self, db: sqlite3.Connection, log: ChangeLog, batch: int) -> None:
        self.db, self.log, self.batch = db, log, batch
        self.new = self.known = 0
        self._parts: list[NDArray[np.int32]] = []
        self._gathered = 0
        self._alone = False  # all facts of the file are this write's, and the index of tails waits for the end
        self._all: list[NDArray[np.int32]] = []
        self._seen: list[NDArray[np.uint64]] = []

    def add(self, heads: Rows, relations: Rows, tails: Rows, source: int) -> None:
        """Facts by row numbers."""
        part = np.empty((4, len(heads)), dtype=np.int32)
        part[0], part[1], part[2], part[3] = heads, relations, tails, source
        self._parts.append(part)
        self._gathered += len(heads)
        if self._gathered >= GATHERED:
            self.flush()

    def flush(self) -> None:
        """Write what has been gathered."""
        if not self._gathered:
            return
        columns = np.concatenate(self._parts, axis=1)
        self._parts, told, self._gathered = [], self._gathered, 0
        columns = columns[:, _order(columns)]
        same = (columns[:3, 1:] == columns[:3, :-1]).all(axis=0)
        again = same & (columns[3, 1:] == columns[3, :-1])
        columns = columns[:, np.concatenate(([True], ~again))]
        if not self._alone and told >= LARGE and not self.db.execute("SELECT 1 FROM facts LIMIT 1").fetchone():
            self.db.execute("DROP INDEX facts_by_tail")
            self._alone = True
        added = 0
        for start in range(0, columns.shape[1], SLICE):
            added += self._write(columns[:, start : start + SLICE])
        self.new += added
        self.known += told - added
        if added < columns.shape[1]:
            self._tell(columns[:, self._doubtful(columns)])
        if self._alone:
            self._all.append(columns[:3])
            self._seen.append(np.unique(_hashes(columns)))
        if self.log.is_whole:
            self.log.triples(list(zip(*columns[:3].tolist(), strict=True)))

    def _doubtful(self, columns: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of the facts may have been told before."""
        if not self._alone:
            return np.ones(columns.shape[1], dtype=bool)
        hashes = _hashes(columns)
        within = np.concatenate(([False], (columns[:3, 1:] == columns[:3, :-1]).all(axis=0)))
        merged = np.sort(np.concatenate([*self._seen, np.unique(hashes)]))
        return np.isin(hashes, merged[1:][merged[1:] == merged[:-1]]) | within

    def index(self) -> None:
        """Make the index if it was left for later. Nothing may be added after that."""
        if self._alone:
            self.db.execute(FACTS_BY_TAIL)

    @property
    def edges(self) -> NDArray[np.int32] | None:
        """(head, relation, tail) of all facts that the file has, if all came in this way. Shape: (F, 3)"""
        if not self._alone or self._gathered:
            return None
        edges = np.concatenate(self._all, axis=1)
        if edges.shape[1] != self.new:
            edges = edges[:, _order(edges)]
            again = (edges[:, 1:] == edges[:, :-1]).all(axis=0)
            edges = edges[:, np.concatenate(([True], ~again))]
        return edges.T

    def _write(self, columns: NDArray[np.int32]) -> int:
        sources = np.unique(columns[3]).tolist()
        if len(sources) == 1:  # what is the same for all is not handed over row by row
            statement = f"INSERT OR IGNORE INTO facts VALUES(?, ?, ?, '', '', 1.0, {sources[0]:d}, {self.batch:d})"
            return self.db.executemany(statement, zip(*columns[:3].tolist(), strict=True)).rowcount
        statement = f"INSERT OR IGNORE INTO facts VALUES(?, ?, ?, '', '', 1.0, ?, {self.batch:d})"
        return self.db.executemany(statement, zip(*columns.tolist(), strict=True)).rowcount

    def _tell(self, columns: NDArray[np.int32]) -> None:
        for start in range(0, columns.shape[1], SLICE):
            heads, relations, tails, sources = columns[:, start : start + SLICE].tolist()
            rows = zip(heads, relations, tails, repeat(""), repeat(""), repeat(1.0), sources, repeat(self.batch))
            self.db.executemany(TELL, rows)


def _order(columns: NDArray[np.int32]) -> NDArray[np.int64]:
    """The order by head, relation, tail, source."""
    bits = [int(column.max()).bit_length() for column in columns]
    if sum(bits) > 63:
        return np.lexsort(columns[::-1])
    key = np.zeros(columns.shape[1], dtype=np.int64)
    for column, width in zip(columns, bits, strict=True):
        key = key << width | column
    return np.argsort(key, kind="stable")


def _hashes(columns: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Of head, relation and tail."""
    heads, relations, tails = columns[:3].astype(np.uint64)
    mixed: NDArray[np.uint64] = heads * MIX[0] ^ relations * MIX[1] ^ tails * MIX[2]
    return mixed
