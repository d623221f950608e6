"""Names and types that stand scattered over a source, gathered by entity; what is too much for memory goes to a
temporary file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby

from kg.graph import Entity, Name, Relation
from kg.rdf import PROPERTY, RESOURCE

TYPE, LABEL, ALIAS = range(3)
OWL = "http://www.w3.org/2002/07/owl#"
PROPERTIES = frozenset((PROPERTY, OWL + "ObjectProperty", OWL + "DatatypeProperty", OWL + "AnnotationProperty"))
CHUNK = 10_000
Told = tuple[str, int, int, str, str]


class Descriptions:
    """What is told of entities, in any order; given back as one :class:`kg.graph.Entity` each, by id.

    Of several labels an English or untagged one is the label, the others become aliases. What is typed as an RDF or OWL
    property is a relation.
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)  # private, on disk when it grows
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("CREATE TABLE told(id TEXT, what INTEGER, rank INTEGER, text TEXT, language TEXT)")
        self._db.execute("BEGIN")
        self._waiting: list[Told] = []

    def tell(self, id: str, what: int, text: str, language: str = "", rank: int = 0) -> None:
        """One statement: TYPE, LABEL or ALIAS.

        :param rank: of two labels that are as good, the one of the lower rank is taken
        """
        self._waiting.append((id, what, rank, text, language))
        if len(self._waiting) >= CHUNK:
            self._flush()

    def _flush(self) -> None:
        self._db.executemany("INSERT INTO told VALUES(?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()

    def entities(self) -> Iterator[Entity]:
        """The entities, by id."""
        relations = self._relations()
        for id, told in self._grouped("SELECT * FROM told ORDER BY id, rowid"):
            if id not in relations:
                label, aliases = _names(told)
                types = dict.fromkeys(text for _, what, _, text, _ in told if what == TYPE and text != RESOURCE)
                yield Entity(id, label, aliases, tuple(types))

    def relations(self) -> Iterator[Relation]:
        """The relations that are described, by id."""
        chosen = json.dumps(sorted(self._relations()))
        statement = "SELECT * FROM told WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id, rowid"
        for id, told in self._grouped(statement, chosen):
            label, aliases = _names(told)
            yield Relation(id, label, tuple(name.text for name in aliases))

    def _relations(self) -> set[str]:
        self._flush()
        statement = "SELECT id FROM told WHERE what = ? AND text IN (SELECT value FROM json_each(?))"
        return {str(id) for (id,) in self._db.execute(statement, (TYPE, json.dumps(sorted(PROPERTIES))))}

    def _grouped(self, statement: str, *values: str) -> Iterator[tuple[str, list[Told]]]:
        for id, told in groupby(self._db.execute(statement, values), key=lambda row: str(row[0])):
            yield id, list(told)

    def close(self) -> None:
        """Let the temporary file go."""
        self._db.close()


def _names(told: list[Told]) -> tuple[str, tuple[Name, ...]]:
    """The label and the aliases."""
    labels = [
        (_foreign(language), rank, text, language) for _, what, rank, text, language in told if what == LABEL and text
    ]
    if not labels:
        return "", tuple(
            dict.fromkeys(Name(text, language) for _, what, _, text, language in told if what == ALIAS and text)
        )
    _, _, label, spoken = min(labels, key=lambda name: name[:2])  # the first of those that are as good
    others = [Name(text, language) for _, _, text, language in labels]
    others += [Name(text, language) for _, what, _, text, language in told if what == ALIAS and text]
    return label, tuple(dict.fromkeys(n for n in others if n.text != label or n.language not in ("", spoken)))


def _foreign(language: str) -> int:
    """0: English or untagged, 1: a kind of English, 2: another language."""
    if language.casefold() in ("", "en"):
        return 0
    return 1 if language.casefold().startswith("en-") else 2
