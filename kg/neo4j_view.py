"""Neo4j's graph as a scope or a time has it. A time is a condition of statements; of scopes see :mod:`kg.neo4j_scopes`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kg import neo4j_read, neo4j_scopes, neo4j_search
from kg.cypher import to_cypher
from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Schema
from kg.history import Change
from kg.neo4j_connection import Connection
from kg.neo4j_layout import nodes_in_order
from kg.neo4j_scopes import ScopedConnection
from kg.overlay import Entry, Overlay
from kg.plan import Plan, Result, kind_of
from kg.scope_writing import UNWRITABLE, ScopeWriting
from kg.store import Frontier, GraphStore, NameHit, Step
from kg.validity import Period


def executed(connection: Connection, plan: Plan, period: Period | None = None) -> Result:
    """What a plan gives: one statement."""
    compiled = to_cypher(plan, period)
    kind = kind_of(plan)
    rows = connection.read(compiled.statement, compiled.parameters)
    if kind == "set":
        return Result(kind, nodes_in_order([(id, value, of, language) for id, value, of, language in rows]))
    value = rows[0][0]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return Result(kind, value=value)


class Neo4jView(ScopeWriting):
    """See :class:`kg.store.GraphView`."""

    def __init__(self, store: GraphStore, connection: Connection, scope: str | None, period: Period | None) -> None:
        self.store, self.scope, self._period = store, scope, period
        self._base = connection
        self._connection = connection if scope is None else ScopedConnection(connection, scope)
        self._schema: tuple[int, Schema] | None = None
        self._scope_revision()

    def _scope_revision(self) -> int:
        return 0 if self.scope is None else neo4j_scopes.revision(self._base, self.scope)

    @property
    def location(self) -> str:
        return self.store.location

    @property
    def revision(self) -> int:
        return (self.store.revision << 48) + self._scope_revision()

    @property
    def period(self) -> Period | None:
        return self._period

    @property
    def overlay(self) -> Overlay:
        return self._connection.overlay if isinstance(self._connection, ScopedConnection) else Overlay("")

    def _append(self, entries: Sequence[Entry]) -> None:
        if self.scope is None:
            raise StoreError(UNWRITABLE)
        neo4j_scopes.append(self._base, self.scope, entries)

    # read ------------------------------------------------------------------------------------------------------------

    def history(self, id: str) -> list[Change]:
        return self.store.history(id)

    def schema(self) -> Schema:
        if self.scope is None:  # what the graph speaks of does not depend on a time
            return self.store.schema()
        now = self.revision
        if self._schema is None or self._schema[0] != now:
            self._schema = now, neo4j_read.schema(self._connection)
        return self._schema[1]

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        return neo4j_read.entities(self._connection, ids)

    def all_entities(self) -> Iterator[Entity]:
        return neo4j_read.all_entities(self._connection)

    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]:
        return neo4j_read.facts(self._connection, heads, relation, tails, limit, self._period)

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        return neo4j_read.frontier(self._connection, nodes)

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        return neo4j_read.expand(self._connection, frontiers, cap, self._period)

    def execute(self, plan: Plan) -> Result:
        return executed(self._connection, plan, self._period)

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return neo4j_search.lookup(self._connection, folded)

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        return neo4j_search.search(self._connection, text, limit)

    # scopes and times ------------------------------------------------------------------------------------------------

    def view(self, *, scope: str | None = None, as_of: str | None = None) -> Neo4jView:
        period = self._period if as_of is None else Period.of(as_of)
        return Neo4jView(self.store, self._base, scope or self.scope, period)

    def open_scope(self, name: str, expires: str | None = None) -> None:
        self.store.open_scope(name, expires)

    def scopes(self) -> list[str]:
        return self.store.scopes()

    def drop_scope(self, name: str, revision: int | None = None) -> bool:
        return self.store.drop_scope(name, revision)

    def close(self) -> None:
        """The store stays open."""
