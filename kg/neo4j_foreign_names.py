"""The entities of a database that we did not import: their ids, and the names by which they are found.

Up to :data:`kg.neo4j_foreign_profile.AT_HAND` nodes, ids and names are kept in memory. An id is ``Label:value``: of the property
that a constraint says is unique, else of the name, where no other node of the label is called so, else it is the database's own
element id. In a larger database all ids are element ids, and a full-text index finds the names.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from kg.graph import Entity, Name
from kg.name_search import CANDIDATES, LONGEST, NameSearch, similarity
from kg.names import fold
from kg.neo4j_connection import Connection
from kg.neo4j_foreign_profile import Profile, language_of

ELEMENT = re.compile(r"\d+:[^:\s]+:\d+")
ALL = "MATCH (n) RETURN elementId(n), labels(n), [key IN $keys | n[key]]"
THESE = "MATCH (n) WHERE elementId(n) IN $elements RETURN elementId(n), labels(n), [key IN $keys | n[key]]"
LIKE = (
    "UNWIND $indexes AS index CALL db.index.fulltext.queryNodes(index, $words, {limit: $limit}) YIELD node AS n"
    " WITH DISTINCT n RETURN elementId(n), labels(n), [key IN $keys | n[key]]"
)


class Described(NamedTuple):
    """What a node is called.

    :param id: what it is identified by (``Label:value``), if a constraint says so
    """

    element: str
    id: str
    label: str
    aliases: tuple[Name, ...]
    types: tuple[str, ...]

    @property
    def spoken(self) -> list[str]:
        """Its names as people write them; of one without a name, what identifies it."""
        named = [self.label, *(name.text for name in self.aliases)] if self.label else [self.id.partition(":")[2]]
        return [name for name in named if name]

    def entity(self, id: str) -> Entity:
        return Entity(id, self.label, self.aliases, self.types)


def described(profile: Profile, row: Sequence[Any]) -> Described:
    """From a row ``element id, labels, values of the profile's told properties``."""
    element, labels, values = row
    told = dict(zip(profile.told, values, strict=True))
    types = tuple(sorted(labels))
    id = next(
        (f"{label}:{told[key]}" for label in types if (key := profile.ids.get(label)) and told.get(key) is not None), ""
    )
    names: dict[Name, None] = {}
    for label in types or ("",):
        for key in profile.names.get(label, ()):
            for text in told[key] if isinstance(told[key], list) else [told[key]]:
                if text is not None and str(text).strip():
                    names[Name(str(text), language_of(key))] = None
    first, *rest = names or [Name("")]
    return Described(element, id, first.text, tuple(name for name in rest if name.text != first.text), types)


def read_these(connection: Connection, profile: Profile, elements: Iterable[str]) -> list[Described]:
    """What nodes are called that are given by their element ids."""
    wanted = sorted(set(elements))
    rows = connection.read(THESE, {"elements": wanted, "keys": profile.told}) if wanted else []
    return [described(profile, row) for row in rows]


class Names(Protocol):
    """Ids of nodes, and nodes by their names."""

    def elements(self, ids: Iterable[str]) -> list[str]:
        """The element ids of entities; unknown ones are left out."""

    def id_of(self, element: str) -> str:
        """The id of a node."""

    def ids(self) -> list[str] | None:
        """All ids in order; None: there are too many to have them at hand."""

    def lookup(self, connection: Connection, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """See :meth:`kg.store.GraphStore.lookup`."""

    def search(self, connection: Connection, text: str) -> list[tuple[str, str, float]]:
        """(id, folded name, likeness) of the nodes with a name like the text; more than are wanted, in no order."""


class NamesAtHand:
    """Ids and names in memory."""

    def __init__(self, nodes: Iterable[Described]) -> None:
        self._elements: list[str] = []
        self._ids: list[str] = []
        sure: list[bool] = []
        named: dict[str, list[int]] = defaultdict(list)
        for row, node in enumerate(nodes):
            self._elements.append(node.element)
            self._ids.append(node.id or (f"{node.types[0] if node.types else ''}:{node.label}" if node.label else ""))
            sure.append(bool(node.id))
            for name in {folded for spoken in node.spoken if (folded := fold(spoken))}:
                named[name].append(row)
        counted = Counter(self._ids)
        for row, id in enumerate(self._ids):
            if not id or (counted[id] > 1 and not sure[row]):
                self._ids[row] = self._elements[row]
        self._by_id = {id: row for row, id in enumerate(self._ids)}
        self._by_element = {element: row for row, element in enumerate(self._elements)}
        self._named = dict(named)
        self._search = NameSearch.build((name, row) for name, rows in sorted(named.items()) for row in rows)

    def elements(self, ids: Iterable[str]) -> list[str]:
        wanted = dict.fromkeys(ids)
        known = [self._elements[self._by_id[id]] for id in wanted if id in self._by_id]
        return known + [id for id in wanted if id not in self._by_id and ELEMENT.fullmatch(id)]  # it may be new

    def id_of(self, element: str) -> str:
        row = self._by_element.get(element)
        return element if row is None else self._ids[row]

    def ids(self) -> list[str] | None:
        return sorted(self._ids)

    def lookup(self, connection: Connection, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return {n: tuple(sorted(self._ids[row] for row in self._named[n])) for n in folded if n in self._named}

    def search(self, connection: Connection, text: str) -> list[tuple[str, str, float]]:
        return [(self._ids[row], name, score) for row, name, score in self._search.search(text, CANDIDATES)]


class NamesIndexed:
    """Names in the database's full-text indexes; ids are element ids."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile

    def elements(self, ids: Iterable[str]) -> list[str]:
        return [id for id in dict.fromkeys(ids) if ELEMENT.fullmatch(id)]

    def id_of(self, element: str) -> str:
        return element

    def ids(self) -> list[str] | None:
        return None

    def lookup(self, connection: Connection, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        found = {}
        for name in folded:
            called = sorted(
                node.element for node in self._like(connection, f'"{name}"') if name in map(fold, node.spoken)
            )
            if called:
                found[name] = tuple(called)
        return found

    def search(self, connection: Connection, text: str) -> list[tuple[str, str, float]]:
        folded = fold(text[:LONGEST])
        hits = []
        for node in self._like(connection, " ".join(f"{word}~" for word in folded.split())):
            score, name = max((similarity(folded, name), name) for name in map(fold, node.spoken))
            hits.append((node.element, name, score))
        return hits

    def _like(self, connection: Connection, words: str) -> Iterator[Described]:
        words = re.sub(r'[^\w\s"~]', " ", words)  # what is left means nothing to Lucene but words, phrases and likeness
        if not words.strip('"~ '):
            return
        given = {"indexes": list(self.profile.fulltext), "words": words.lower(), "limit": CANDIDATES}
        for row in connection.read(LIKE, given | {"keys": self.profile.told}):
            node = described(self.profile, row)
            if node.spoken:
                yield node
