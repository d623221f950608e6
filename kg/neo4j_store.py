"""The store over a Neo4j server: every plan is one read-only statement, every hop one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kg import neo4j_read, neo4j_search, neo4j_undo, neo4j_votes, neo4j_write
from kg.cypher import to_cypher
from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation, Schema
from kg.neo4j_connection import Connection
from kg.neo4j_layout import SCHEMA, VERSION, nodes_in_order
from kg.plan import Plan, Result, kind_of
from kg.store import Frontier, NameHit, Step, WriteReport
from kg.votes import Vote

GRAPH = "MATCH (g:AskGraph) RETURN g.version"
ANYTHING = "MATCH (n) RETURN 1 LIMIT 1"


class Neo4jStore:
    """See :class:`kg.store.GraphStore`. How far writes are atomic, says :mod:`kg.neo4j_write`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._schema: tuple[int, Schema] | None = None

    @classmethod
    def open(cls, address: str) -> Neo4jStore:
        """Open the graph at an address (``neo4j://host:7687``), or make an empty database one.

        The login is in the environment: NEO4J_USERNAME, NEO4J_PASSWORD, NEO4J_DATABASE.

        :raises StoreUnavailable: nobody answers there, or the login was refused
        :raises StoreError: the database holds something else
        """
        connection = Connection(address)
        try:
            _prepare(connection)
            neo4j_undo.mend(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    @property
    def location(self) -> str:
        return self._connection.address

    @property
    def revision(self) -> int:
        return neo4j_read.revision(self._connection)

    # write -----------------------------------------------------------------------------------------------------------

    def add(
        self,
        facts: Iterable[Fact],
        entities: Iterable[Entity] = (),
        relations: Iterable[Relation] = (),
        *,
        batch: str,
    ) -> WriteReport:
        return neo4j_write.add(self._connection, facts, entities, relations, batch)

    def retract(self, facts: Iterable[Fact]) -> int:
        return neo4j_undo.retract(self._connection, facts)

    def undo(self, batch: str) -> int:
        return neo4j_undo.undo(self._connection, batch)

    # votes -----------------------------------------------------------------------------------------------------------

    @property
    def votes_revision(self) -> int:
        return neo4j_votes.counter(self._connection)

    def vote(self, vote: Vote) -> None:
        neo4j_votes.vote(self._connection, vote)

    def unvote(self, id: str) -> bool:
        return neo4j_votes.unvote(self._connection, id)

    def votes(self) -> tuple[Vote, ...]:
        return neo4j_votes.votes(self._connection)

    # read ------------------------------------------------------------------------------------------------------------

    def schema(self) -> Schema:
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
        return neo4j_read.facts(self._connection, heads, relation, tails, limit)

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        return neo4j_read.frontier(self._connection, nodes)

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        return neo4j_read.expand(self._connection, frontiers, cap)

    def execute(self, plan: Plan) -> Result:
        compiled = to_cypher(plan)
        kind = kind_of(plan)
        rows = self._connection.read(compiled.statement, compiled.parameters)
        if kind == "set":
            return Result(kind, nodes_in_order([(id, value, of, language) for id, value, of, language in rows]))
        value = rows[0][0]
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        return Result(kind, value=value)

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return neo4j_search.lookup(self._connection, folded)

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        return neo4j_search.search(self._connection, text, limit)

    def close(self) -> None:
        self._connection.close()


def _prepare(connection: Connection) -> None:
    """Make an empty database a graph; refuse what is none."""
    found = connection.read(GRAPH)
    if not found:
        if connection.read(ANYTHING):
            raise StoreError(
                f"the database at {connection.address} holds something else; give an empty one (NEO4J_DATABASE)"
            )
        for statement in SCHEMA:
            connection.run(statement, {"version": VERSION})
    elif found[0][0] != VERSION:
        raise StoreError(
            f"the graph at {connection.address} is of format {found[0][0]}, this program reads format {VERSION};"
            " import it again"
        )
