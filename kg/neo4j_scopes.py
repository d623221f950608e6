"""Scopes in Neo4j: each is one node that holds its overlay as text, which no read of the graph looks at.

A scope is read by a transaction that is never committed: it does what the overlay says to the graph, runs the statement, and is
rolled back. So every statement is the graph's own and sees exactly the graph with the overlay, and nobody else sees any of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from neo4j import ManagedTransaction

from kg.errors import StoreError
from kg.graph import Fact
from kg.neo4j_connection import Connection, Parameters
from kg.neo4j_history import BETWEEN, ENDS
from kg.neo4j_rows import key_rows
from kg.neo4j_undo import RETRACTED, prepare
from kg.neo4j_write import BatchWriter, wording_rows
from kg.overlay import Entry, Overlay, is_over, no_scope

T = TypeVar("T")

MAKE = (
    "MERGE (s:AskGraphScope {name: $name}) ON CREATE SET s.revision = $revision, s.entries = []"
    " SET s.expires = coalesce($expires, s.expires)"
)
EXPIRED = "MATCH (s:AskGraphScope) WHERE s.expires IS NOT NULL RETURN s.name, s.expires"
NAMES = "MATCH (s:AskGraphScope) RETURN s.name, s.expires ORDER BY s.name"
REVISION = "MATCH (s:AskGraphScope {name: $name}) RETURN s.revision, s.expires"
OVERLAY = "MATCH (s:AskGraphScope {name: $name}) RETURN s.revision, s.expires, s.entries"
APPEND = (
    "MATCH (s:AskGraphScope {name: $name}) SET s.entries = s.entries + $entries, s.revision = s.revision + size($entries)"
    " RETURN s.revision"
)
DROP = "MATCH (s:AskGraphScope {name: $name}) DELETE s RETURN 1"
DROP_MERGED = (
    "MATCH (s:AskGraphScope {name: $name}) SET s.entries = s.entries[size(s.entries) - (s.revision - $revision)..]"
    " WITH s WHERE size(s.entries) = 0 DELETE s RETURN 1"
)
KNOWN = "MATCH (e:Entity) WHERE e.id IN $ids RETURN e.id"
WEIGHED = "CALL (row, h, t) { " + BETWEEN + "SET f.weight = row[5] }"


def make(connection: Connection, name: str, expires: str | None) -> None:
    """Have a scope of that name; one that is there goes on, with the new expiry if one is given."""
    prepare(connection)
    for old, over in connection.read(EXPIRED):
        if is_over(over):
            drop(connection, old)
    connection.run(MAKE, {"name": name, "expires": expires, "revision": time.time_ns() // 1_000_000})


def names(connection: Connection) -> list[str]:
    """The scopes that are there, by name."""
    return [name for name, expires in connection.read(NAMES) if not is_over(expires)]


def revision(connection: Connection, name: str) -> int:
    """The overlay's revision, without reading it.

    :raises StoreError: there is no such scope
    """
    found = connection.read(REVISION, {"name": name})
    if not found or is_over(found[0][1]):
        raise StoreError(no_scope(name))
    return int(found[0][0])


def overlay(connection: Connection, name: str) -> Overlay:
    """What a scope changes.

    :raises StoreError: there is no such scope
    """
    found = connection.read(OVERLAY, {"name": name})
    if not found or is_over(found[0][1]):
        raise StoreError(no_scope(name))
    now, expires, entries = found[0]
    return Overlay.of(name, now, entries, expires)


def append(connection: Connection, name: str, entries: Sequence[Entry]) -> None:
    """Change a scope.

    :raises StoreError: there is none of that name
    """
    if not connection.run(APPEND, {"name": name, "entries": list(entries)}):
        raise StoreError(no_scope(name))


def drop(connection: Connection, name: str, revision: int | None = None) -> bool:
    """See :meth:`kg.store.GraphStore.drop_scope`."""
    if revision is None:
        return bool(connection.run(DROP, {"name": name}))
    return bool(connection.run(DROP_MERGED, {"name": name, "revision": revision}))


class _Seen(Exception):  # no error: what a transaction that is not to be committed has read
    """Breaks a transaction off when everything has been read."""

    def __init__(self, values: Any) -> None:
        super().__init__()
        self.values = values


class ScopedConnection(Connection):
    """A connection that reads the graph as a scope has it. It is closed with the connection that it is made of."""

    def __init__(self, base: Connection, scope: str) -> None:
        self.base, self.scope, self.address = base, scope, base.address
        self._overlay: Overlay | None = None

    @property
    def overlay(self) -> Overlay:
        """What the scope changes now."""
        if self._overlay is None or self._overlay.revision != revision(self.base, self.scope):
            self._overlay = overlay(self.base, self.scope)
        return self._overlay

    def read(self, statement: str, parameters: Parameters | None = None) -> list[list[Any]]:
        return self._seeing(lambda tx: tx.run(statement, dict(parameters or {})).values())

    def read_all(self, *statements: str) -> list[list[list[Any]]]:
        return self._seeing(lambda tx: [tx.run(statement).values() for statement in statements])

    def close(self) -> None:
        """The connection that it is made of stays open."""

    def _seeing(self, read: Callable[[ManagedTransaction], T]) -> T:
        there = self.overlay

        def work(tx: ManagedTransaction) -> None:
            _apply(self.base, there, tx)
            raise _Seen(read(tx))

        try:
            self.base.write(work)
        except _Seen as seen:
            found: T = seen.values
            return found
        raise StoreError(f"Neo4j at {self.address} has not run a statement; try again")


def _apply(connection: Connection, overlay: Overlay, tx: ManagedTransaction) -> None:
    """Do to the graph what the overlay says, inside a transaction that is not to be committed."""
    _each(tx, RETRACTED, [(fact, 0.0) for fact in overlay.hidden.values()])
    writer = BatchWriter(connection, f"scope {overlay.name}", [], passing=True)
    facts, entities = list(overlay.added.values()), list(overlay.entities)
    ids = sorted({node for fact in facts for node in (fact.head, fact.tail) if isinstance(node, str)})
    if ids:  # those that are there need not be told again
        writer.settled = {id for (id,) in tx.run(KNOWN, ids=ids).values()}
    writer.told(writer.prepared(entities, facts), wording_rows(overlay.relations), tx)
    _each(tx, WEIGHED, list(overlay.weights.values()))


def _each(tx: ManagedTransaction, statement: str, weighed: Sequence[tuple[Fact, float]]) -> None:
    """Run a statement for facts, each once."""
    rows = [(key_rows([fact])[0], weight) for fact, weight in {fact.key: (fact, w) for fact, w in weighed}.values()]
    for to_entity in (True, False):
        named = [[*row[:5], weight] for row, weight in rows if row.to_entity == to_entity]
        if named:
            tx.run(ENDS[to_entity] + statement, rows=named).consume()
