"""Plain triples: one fact a line, head, relation and tail separated by tab, comma or ``|``, without a header.

What a tail is, the table does not say, so all of its relation's tails decide together: they are numbers (or dates) only if
every one of them is written as the canonical number (or ISO date) and none of them is also a head. A relation that plainly
is a type ("type", "instance of", "is a") gives its heads types instead of facts. A mapping file says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Node
from kg.names import words_of
from kg.triples import Triples
from loaders.descriptions import ALIAS, LABEL, TYPE, Descriptions
from loaders.mapping import Mapping, node_as
from loaders.records import FileReader, Tally
from loaders.rows import Row, cut_rows, fields_of
from loaders.text import open_text

NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,15})?")
DATE = re.compile(r"-?\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01])(?:T[0-2]\d:[0-5]\d(?::[0-5]\d)?Z?)?)?)?")
TYPE_WORDS = frozenset({"type", "instance of", "is a", "isa", "instanceof", "rdf type", "a"})
HEADERS = (
    frozenset({"head", "subject", "source", "s", "h", "from", "start"}),
    frozenset({"relation", "predicate", "property", "relationship", "edge", "r", "p", "type", "label"}),
    frozenset({"tail", "object", "target", "o", "t", "to", "end", "value"}),
)
DELIMITERS = ("\t", "|", ",")
SAMPLE = 200
TOGETHER = 50_000  # facts that are handed over at once
NUMBERS, DATES, TYPES = 1, 2, 4
DESCRIBING = {"type": TYPE, "label": LABEL, "alias": ALIAS}


def detect_delimiter(lines: list[str]) -> str:
    """The delimiter that cuts most of the lines in three; "" when none cuts half of them."""
    best, found = 0.5, ""
    for delimiter in DELIMITERS:
        rows = list(cut_rows(iter(lines), delimiter))
        share = sum(len(row.fields) == 3 for row in rows) / max(1, len(rows))
        if share > best + 1e-9:
            best, found = share, delimiter
    return found


def is_header(fields: list[str]) -> bool:
    """Whether the three fields are plainly the names of columns."""
    return len(fields) == 3 and all(f.strip().casefold() in words for f, words in zip(fields, HEADERS, strict=True))


class TriplesReader(FileReader):
    """A file of plain triples.

    :raises LoadError: no delimiter cuts the lines in three
    """

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.mapping = mapping
        with open_text(path, mark_bad=True) as lines:
            sample = [line.rstrip("\r\n") for line in islice(lines, SAMPLE) if line.strip()]
        self.delimiter = mapping.delimiter or detect_delimiter(sample)
        if not self.delimiter:
            raise LoadError("no three columns separated by tab, comma or |; name the format with --format", str(path))
        self.header = is_header(fields_of(sample[0], self.delimiter)) if mapping.header is None else mapping.header
        self._kinds: dict[str, str] | None = None

    @contextmanager
    def _rows(self, tally: Tally | None = None) -> Iterator[Iterator[Row]]:
        with open_text(self.path, tally.advance if tally else None, mark_bad=True) as lines:
            rows = cut_rows(lines, self.delimiter)
            if self.header:
                next(rows, None)
            yield (self._checked(row) for row in rows)

    def _checked(self, row: Row) -> Row:
        fields = row.fields
        if not row.reason and (len(fields) != 3 or not all(fields)):
            number = f"{len(fields)} fields instead of three, separated by {self.delimiter!r}"
            return replace(row, reason="an empty field" if len(fields) == 3 else number)
        return row

    # what the relations are ------------------------------------------------------------------------------------------

    def kinds(self) -> dict[str, str]:
        """Each relation's meaning, one of :data:`loaders.mapping.MEANINGS`; reads the whole file the first time."""
        if self._kinds is None:
            profile = _Profile(self.mapping)
            with self._rows() as rows:
                for row in rows:
                    if not row.reason:
                        profile.add(*row.fields)
            classes = profile.classes()
            if classes:
                with self._rows() as rows:
                    profile.heads |= {row.fields[0] for row in rows if not row.reason and row.fields[0] in classes}
            self._kinds = {relation: profile.kind(relation) for relation in profile.readings}
        return self._kinds

    def describe(self, told: Descriptions) -> None:
        meanings = {relation: DESCRIBING[kind] for relation, kind in self.kinds().items() if kind in DESCRIBING}
        if not meanings:
            return
        with self._rows() as rows:
            for row in rows:
                if not row.reason and row.fields[1] in meanings:
                    told.tell(row.fields[0], meanings[row.fields[1]], row.fields[2])

    def facts(self, tally: Tally) -> Iterator[Triples]:
        heads: list[str] = []
        relations: list[str] = []
        tails: list[Node] = []
        for head, relation, tail in self._told(tally):
            heads.append(head)
            relations.append(relation)
            tails.append(tail)
            if len(heads) == TOGETHER:
                yield Triples.of(heads, relations, tails, (self.name,))
                heads, relations, tails = [], [], []
        if heads:
            yield Triples.of(heads, relations, tails, (self.name,))

    def _told(self, tally: Tally) -> Iterator[tuple[str, str, Node]]:
        kinds, path = self.kinds(), str(self.path)
        with self._rows(tally) as rows:
            for row in rows:
                tally.read += 1
                if row.reason:
                    tally.reject(path, row.number, row.reason, row.text)
                    continue
                head, relation, text = row.fields
                kind = kinds[relation]
                if kind in DESCRIBING:
                    tally.described += 1
                elif kind == "skip":
                    tally.skipped += 1
                else:
                    try:
                        tail: Node = text if kind == "entity" else node_as(kind, text)
                    except ValueError as error:
                        tally.reject(path, row.number, str(error), row.text)
                        continue
                    tally.told += 1
                    yield head, relation, tail


class _Profile:
    """What all the lines together say about each relation's tails. It keeps texts only where they can matter."""

    def __init__(self, mapping: Mapping) -> None:
        self.given = mapping.relations
        self.readings: dict[str, int] = {}  # relation → what all of its tails read as: NUMBERS | DATES
        self.values: dict[str, set[str]] = {}  # tails of relations that may be a type, numbers or dates
        self.heads: set[str] = set()  # those that read like numbers or dates; later also classes that are heads

    def add(self, head: str, relation: str, tail: str) -> None:
        if head[0] in "-0123456789" and _reading(head):
            self.heads.add(head)
        readings = self.readings.get(relation)
        if readings is None:
            readings = 0 if relation in self.given else TYPES if words_of(relation) in TYPE_WORDS else NUMBERS | DATES
            self.readings[relation], self.values[relation] = readings, set()
        if readings and readings != TYPES:
            readings = self.readings[relation] = readings & _reading(tail)
        if readings:
            self.values[relation].add(tail)
        elif self.values[relation]:
            self.values[relation].clear()

    def classes(self) -> set[str]:
        """The tails of all relations that are worded like a type."""
        return {
            tail for relation, readings in self.readings.items() if readings == TYPES for tail in self.values[relation]
        }

    def kind(self, relation: str) -> str:
        """What the relation is; the heads must be known by now."""
        readings, values = self.readings[relation], self.values[relation]
        if relation in self.given or not readings:
            return self.given.get(relation, "entity")
        if readings == TYPES:  # classes that mostly have facts of their own are entities
            return "type" if len(self.heads & values) * 2 < len(values) else "entity"
        if self.heads & values:
            return "entity"
        return "number" if readings & NUMBERS else "date"


def _reading(text: str) -> int:
    """How a tail can be read, NUMBERS | DATES; 0: as neither. A year can be both."""
    if text[0] not in "-0123456789":
        return 0
    return (NUMBERS if NUMBER.fullmatch(text) else 0) | (DATES if DATE.fullmatch(text) else 0)
