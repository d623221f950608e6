"""The arrays of a graph as a scope or a time has it: those of the graph, with the few facts changed that are other.

Nodes, relations and types that only the scope has are numbered after those of the graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kg.array_schema import RelationCounts, recount, relations_around
from kg.arrays import Arrays, Rows, Triple
from kg.graph import Fact, Literal, Node
from kg.graph_image import GraphImage
from kg.overlay import Overlay
from kg.sqlite_file import IN_JSON, KINDS, SqliteFile, node_columns
from kg.sqlite_read import nodes_of
from kg.validity import Period, order

NEW_TYPES = 1_000_000_000  # codes of types that only a scope has begin here
OF_TRIPLES = (
    "SELECT f.head, f.relation, f.tail, f.start, f.end FROM json_each(?) j JOIN facts f ON f.head = j.value ->> 0"
    " AND f.relation = j.value ->> 1 AND f.tail = j.value ->> 2"
)
TIMED = "SELECT head, relation, tail, start, end FROM facts WHERE start <> '' OR end <> ''"
Key = tuple[int, int, int, str, str]


@dataclass(frozen=True)
class TimedFacts:
    """The facts that hold at some time only: triples of shape (T, 3), orders of start and end (infinite: none) of (T,)."""

    triples: NDArray[np.int64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    @classmethod
    def read(cls, file: SqliteFile) -> TimedFacts:
        rows = file.rows(TIMED)
        return cls(
            np.array([row[:3] for row in rows], dtype=np.int64).reshape(-1, 3),
            np.array([order(row[3]) if row[3] else -np.inf for row in rows]),
            np.array([order(row[4]) if row[4] else np.inf for row in rows]),
        )

    def outside(self, period: Period) -> list[Triple]:
        """The triples of facts that do not hold then."""
        off = np.flatnonzero((self.start >= period.end) | (self.end <= period.begin))
        return [tuple(triple) for triple in self.triples[off].tolist()]


class ArrayView:
    """One view of one image, at one revision of both. Make it inside ``file.reading()``.

    :param overlay: what a scope changes
    :param period: only what holds then is there
    :param timed: the facts that a period is about
    """

    def __init__(
        self, file: SqliteFile, image: GraphImage, overlay: Overlay, period: Period | None, timed: TimedFacts | None
    ) -> None:
        self._file, self._image, self._base = file, image, image.arrays.size
        self.overlay, self.period = overlay, period
        told = [node for fact in overlay.added.values() for node in (fact.head, fact.tail)]
        named: list[Node] = [entity.id for entity in overlay.entities]
        known = self._rows_of({*told, *named, *(n for fact in overlay.hidden.values() for n in (fact.head, fact.tail))})
        self.new: list[Node] = [n for n in dict.fromkeys((*told, *named)) if n not in known]
        self.rows = known | {node: self._base + n for n, node in enumerate(self.new)}
        first = max(image.relations, default=0) + 1
        relations = dict.fromkeys(fact.relation for fact in overlay.added.values())
        fresh = [id for id in relations if image.relation_code(id) is None]
        self._codes = {id: first + n for n, id in enumerate(fresh)}
        types = dict.fromkeys(type for entity in overlay.entities for type in entity.types)
        self._types = {type: NEW_TYPES + n for n, type in enumerate(t for t in types if image.type_code(t) is None)}
        self.changed: set[int] = set()  # relations whose facts are other
        self.arrays = self._patched(timed)

    # codes -----------------------------------------------------------------------------------------------------------

    def node_rows(self, nodes: Iterable[Node]) -> Rows:
        wanted = list(nodes)
        own = [row for node in wanted if (row := self.rows.get(node)) is not None and row >= self._base]
        return np.concatenate((self._image.node_rows(wanted), np.array(sorted(own), dtype=np.int32)))

    def relation_code(self, relation: str) -> int | None:
        code = self._codes.get(relation)
        return self._image.relation_code(relation) if code is None else code

    def type_code(self, type: str) -> int | None:
        code = self._types.get(type)
        return self._image.type_code(type) if code is None else code

    @cached_property
    def relations(self) -> dict[int, str]:
        return self._image.relations | {code: id for id, code in self._codes.items()}

    @cached_property
    def types(self) -> dict[int, str]:
        return self._image.types | {code: type for type, code in self._types.items()}

    def nodes_of(self, rows: Sequence[int]) -> tuple[Node, ...]:
        """The nodes of rows: entities by id, then literals by key."""
        base = nodes_of(self._file, [row for row in rows if row < self._base])
        own = [self.new[row - self._base] for row in rows if row >= self._base]
        if not own:
            return base
        entities = sorted(node for node in (*base, *own) if isinstance(node, str))
        literals = sorted((n for n in (*base, *own) if isinstance(n, Literal)), key=lambda literal: literal.key)
        return (*entities, *literals)

    # making ----------------------------------------------------------------------------------------------------------

    def _rows_of(self, nodes: set[Node]) -> dict[Node, int]:
        if not nodes:
            return {}
        by_columns = {node_columns(node): node for node in nodes}
        texts = json.dumps(sorted({text for _, text, _ in by_columns}))
        found = self._file.rows(f"SELECT kind, text, language, row FROM nodes WHERE text {IN_JSON}", (texts,))
        return {
            by_columns[kind, text, lang]: row for kind, text, lang, row in found if (kind, text, lang) in by_columns
        }

    def _patched(self, timed: TimedFacts | None) -> Arrays:
        old = self._image.arrays
        added = self._keys(self.overlay.added.values())
        hidden = set(self._keys(self.overlay.hidden.values()))
        off = timed.outside(self.period) if timed is not None and self.period is not None else []
        touched = sorted({*(key[:3] for key in added), *(key[:3] for key in hidden), *off})
        self.changed = {relation for _, relation, _ in touched}
        there = {tuple(row) for row in self._file.rows(OF_TRIPLES, (json.dumps(touched),))} if touched else set()
        kept = (there - hidden) | set(added)
        come = [key[:3] for key in kept if self.period is None or self.period.holds(key[3], key[4])]
        size = old.size + len(self.new)
        literals = [node if isinstance(node, Literal) else None for node in self.new]
        kind = np.array([0 if node is None else KINDS.index(node.kind) for node in literals], dtype=np.int8)
        value = np.array([np.nan if n is None or n.order is None else n.order for n in literals], dtype=np.float64)
        told = {
            (self.type_code(type) or 0) << 32 | self.rows[e.id]
            for e in self.overlay.entities
            for type in e.types
            if type
        }
        typing = np.array(sorted(told), dtype=np.int64)
        return Arrays(
            old.forward.changed(touched, come, size) if touched or self.new else old.forward,
            old.backward.changed([t[::-1] for t in touched], [t[::-1] for t in come], size)
            if touched or self.new
            else old.backward,
            np.concatenate((old.kind, kind)) if len(kind) else old.kind,
            np.concatenate((old.order, value)) if len(kind) else old.order,
            np.union1d(old.typing, typing) if len(typing) else old.typing,
        )

    def _keys(self, facts: Iterable[Fact]) -> list[Key]:
        """Facts as row numbers; those with a node or relation that is nowhere are left out."""
        keys = []
        for fact in facts:
            code = self.relation_code(fact.relation)
            head, tail = self.rows.get(fact.head), self.rows.get(fact.tail)
            if code is not None and head is not None and tail is not None:
                keys.append((head, code, tail, fact.start or "", fact.end or ""))
        return keys

    # counts ----------------------------------------------------------------------------------------------------------

    def recounted(self) -> dict[int, RelationCounts | None]:
        """The counts of the relations that are other than in the graph; None: they have no facts here."""
        typed = np.array(sorted({self.rows[e.id] for e in self.overlay.entities if e.types}), dtype=np.int32)
        other = self.changed | relations_around(self.arrays, typed)
        found = recount(self.arrays, other)
        return {code: found.get(code) for code in other}
