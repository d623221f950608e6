"""What the exports of all formats have in common: what they count, and the parts of a graph that they go through."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

from kg.graph import Literal, Relation
from kg.names import words_of
from kg.store import GraphStore

CHUNK = 10_000


@dataclass
class Written:
    """What was written, counted, and what could not be."""

    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, count: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


def worded_relations(store: GraphStore) -> Iterator[Relation]:
    """The relations of which the graph tells more than their ids do."""
    for relation in store.schema().relations.values():
        if relation.aliases or relation.unit or relation.name not in ("", words_of(relation.id)):
            yield relation


def distinct_literals(store: GraphStore) -> Iterator[Literal]:
    """Every literal once, by its key; they are sorted in a temporary file."""
    with closing(sqlite3.connect("", isolation_level=None)) as db:  # private, on disk when it grows
        db.execute("PRAGMA journal_mode=OFF")
        db.execute("CREATE TABLE literals(key TEXT PRIMARY KEY) WITHOUT ROWID")
        waiting: list[tuple[str]] = []
        for fact in store.facts():
            if isinstance(fact.tail, Literal):
                waiting.append((fact.tail.key,))
                if len(waiting) >= CHUNK:
                    db.executemany("INSERT OR IGNORE INTO literals VALUES(?)", waiting)
                    waiting.clear()
        db.executemany("INSERT OR IGNORE INTO literals VALUES(?)", waiting)
        for (key,) in db.execute("SELECT key FROM literals ORDER BY key"):
            yield literal_of(key)


def literal_of(key: str) -> Literal:
    """The literal of a :attr:`kg.graph.Literal.key`.

    :raises ValueError: it is no literal's key
    """
    kind, at, rest = key.partition("@")
    language, colon, text = rest.partition(":")
    if not at or not colon:
        raise ValueError(f"{key[:80]!r} is the key of no literal")
    return read_literal(kind, text, language)


def read_literal(kind: str, text: str, language: str = "") -> Literal:
    """The literal of a kind with a canonical text.

    :raises ValueError: there is no such kind, or the text is not of it
    """
    match kind:
        case "number":
            return Literal(float(text) if set(text) & set(".en") else int(text))
        case "date":
            return Literal(text, "date")
        case "string":
            return Literal(text, "string", language)
    raise ValueError(f"{kind[:80]!r} is no kind of literal")
