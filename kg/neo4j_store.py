"""The store over a Neo4j server: every plan is one read-only statement, every hop one round trip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kg import neo4j_history, neo4j_read, neo4j_scopes, neo4j_search, neo4j_undo, neo4j_votes, neo4j_write
from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation, Schema
from kg.history import Change, newest_first
from kg.neo4j_connection import Connection
from kg.neo4j_layout import SCHEMA, VERSION
from kg.neo4j_unfinished import Unfinished, read_unfinished
from kg.neo4j_view import Neo4jView, executed
from kg.plan import Plan, Result
from kg.store import Frontier, GraphView, NameHit, Step, WriteReport
from kg.triples import Triples
from kg.validity import Period
from kg.votes import Vote

GRAPH = "MATCH (g:AskGraph) RETURN g.version"
ANYTHING = "MATCH (n) RETURN 1 LIMIT 1"


class Neo4jStore:
    """See :class:`kg.store.GraphStore`. How far writes are atomic, says :mod:`kg.neo4j_write`."""

    def __init__(self, connection: Connection, unfinished: Unfinished | None = None) -> None:
        self._connection, self._unfinished = connection, unfinished
        self._schema: tuple[int, Schema] | None = None

    @classmethod
    def open(cls, address: str, *, resume: bool = False) -> Neo4jStore:
        """Open the graph at an address (``neo4j://host:7687``), or make an empty database one.

        The login is in the environment: NEO4J_USERNAME, NEO4J_PASSWORD, NEO4J_DATABASE.

        :param resume: a write that was broken off is not taken back: adding to its batch goes on with it
        :raises StoreUnavailable: nobody answers there, or the login was refused
        :raises StoreError: the database holds something else
        """
        connection = Connection(address)
        try:
            _prepare(connection)
            unfinished = read_unfinished(connection) if resume else None
            if unfinished is None:
                neo4j_undo.mend(connection)
        except BaseException:
            connection.close()
            raise
        return cls(connection, unfinished)

    @property
    def unfinished(self) -> str | None:
        """The batch of the write that is gone on with, where the store was opened for that and there is one."""
        return self._unfinished.batch if self._unfinished is not None else None

    @property
    def location(self) -> str:
        return self._connection.address

    @property
    def revision(self) -> int:
        return neo4j_read.revision(self._connection)

    @property
    def period(self) -> Period | None:
        return None

    # write -----------------------------------------------------------------------------------------------------------

    def add(
        self,
        facts: Iterable[Fact | Triples],
        entities: Iterable[Entity] = (),
        relations: Iterable[Relation] = (),
        *,
        batch: str,
        retracting: Iterable[Fact] = (),
    ) -> WriteReport:
        unfinished = self._unfinished if self.unfinished == batch else None
        report = neo4j_write.add(self._connection, facts, entities, relations, batch, retracting, unfinished)
        self._unfinished = None
        return report

    def retract(self, facts: Iterable[Fact], *, batch: str | None = None) -> int:
        return neo4j_undo.retract(self._connection, facts, batch)

    def undo(self, batch: str) -> int:
        return neo4j_undo.undo(self._connection, batch)

    def history(self, id: str) -> list[Change]:
        return newest_first(neo4j_history.changes(self._connection, id))

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
        return executed(self._connection, plan)

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return neo4j_search.lookup(self._connection, folded)

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        return neo4j_search.search(self._connection, text, limit)

    # scopes and times ------------------------------------------------------------------------------------------------

    def view(self, *, scope: str | None = None, as_of: str | None = None) -> GraphView:
        return Neo4jView(self, self._connection, scope, None if as_of is None else Period.of(as_of))

    def open_scope(self, name: str, expires: str | None = None) -> None:
        neo4j_scopes.make(self._connection, name, expires)

    def scopes(self) -> list[str]:
        return neo4j_scopes.names(self._connection)

    def drop_scope(self, name: str, revision: int | None = None) -> bool:
        return neo4j_scopes.drop(self._connection, name, revision)

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
            " export it with the AskGraph that made it (askgraph export), and import that into an empty database"
        )
