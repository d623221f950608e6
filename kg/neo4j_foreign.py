"""The store over a Neo4j database that we did not import, as it is: only read, never written.

Labels are types, relationship types and properties are relations, some properties are names: :mod:`kg.neo4j_foreign_profile`
finds out which. Plans are one read-only statement each, hops one round trip. Changes that others make are followed: plans see
them at once, names and the schema when they are next looked at (:data:`LOOK_EVERY`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NoReturn

from kg import neo4j_foreign_read
from kg.check import check
from kg.cypher_fragments import shown
from kg.errors import StoreError
from kg.graph import Entity, Fact, Literal, Node, Relation, Schema
from kg.history import Change
from kg.names import fold
from kg.neo4j_connection import Connection
from kg.neo4j_foreign_cypher import ForeignCompiler
from kg.neo4j_foreign_names import ALL, Names, NamesAtHand, NamesIndexed, described, read_these
from kg.neo4j_foreign_profile import AT_HAND, MAP, Profile, Wishes, read_profile, read_wishes
from kg.neo4j_foreign_read import ForeignFrontier
from kg.neo4j_foreign_schema import read_schema
from kg.neo4j_layout import node_from
from kg.plan import Plan, Result, Values, kind_of
from kg.store import Frontier, GraphView, NameHit, Step, WriteReport
from kg.triples import Triples
from kg.votes import Vote

log = logging.getLogger("askgraph")

LOOK_EVERY = 2.0  # seconds between looks for changes
SHARE = (
    20  # times as long as a look around took it is not looked again: following changes takes a twentieth of the time
)
OURS = "MATCH (g:AskGraph) RETURN 1 LIMIT 1"
ANYTHING = "MATCH (n) RETURN 1 LIMIT 1"


class ForeignStore:
    """See :class:`kg.store.GraphStore`. ``add``, ``retract`` and ``undo`` refuse.

    :param notes: what is left out of the graph, and which indexes would help, a sentence each
    """

    def __init__(self, connection: Connection, wishes: Wishes) -> None:
        self._connection, self._wishes = connection, wishes
        self._version: frozenset[str] = frozenset()
        self._revision, self._look_at = 0, 0.0
        self._schema: Schema | None = None
        self._look_around()
        for note in self.notes:
            log.info("%s: %s", connection.address, note)

    @classmethod
    def open(cls, address: str) -> ForeignStore | None:
        """Open the database at an address, if it holds something and nothing of ours; None: it does not.

        :raises StoreUnavailable: nobody answers there, or the login was refused
        :raises StoreError: it is too large for its names to be found, or the mapping file says nothing of use
        """
        connection = Connection(address)
        try:
            ours, anything = connection.read_all(OURS, ANYTHING)
            if not ours and anything:
                return cls(connection, read_wishes())
        except BaseException:
            connection.close()
            raise
        connection.close()
        return None

    @property
    def location(self) -> str:
        return self._connection.address

    @property
    def revision(self) -> int:
        """Grows when the server has committed anything since the database was last looked at."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            if self._connection.version() != self._version:
                self._look_around()
        return self._revision

    @property
    def notes(self) -> tuple[str, ...]:
        return self._profile.notes

    def _look_around(self) -> None:
        started = time.monotonic()
        self._version = self._connection.version()
        self._profile: Profile = read_profile(self._connection, self._wishes)
        self._names = self._find_names()
        self._schema = None
        self._revision += 1
        self._look_at = time.monotonic() + max(LOOK_EVERY, SHARE * (time.monotonic() - started))

    def _find_names(self) -> Names:
        profile = self._profile
        if profile.at_hand:
            walk = self._connection.streamed(ALL, {"keys": profile.told})
            return NamesAtHand(described(profile, row) for row in walk)
        if not profile.fulltext:
            named = sorted({keys[0] for keys in profile.names.values() if keys})
            raise StoreError(
                f"{self.location} has {profile.nodes:,} nodes, and names of up to {AT_HAND:,} are kept in memory; have"
                f" its administrator make a full-text index over its names ({', '.join(named) or f'named in {MAP}'}), see"
                " docs/neo4j.md"
            )
        log.info("%s: names are found by the full-text index %s", self.location, ", ".join(profile.fulltext))
        return NamesIndexed(profile)

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
        self._refuse()

    def retract(self, facts: Iterable[Fact], *, batch: str | None = None) -> int:
        self._refuse()

    def undo(self, batch: str) -> int:
        self._refuse()

    def history(self, id: str) -> list[Change]:
        self._refuse()

    # scopes and times: what would have to be kept in the database, and validity, which it does not know

    @property
    def period(self) -> None:
        return None

    def view(self, *, scope: str | None = None, as_of: str | None = None) -> GraphView:
        self._refuse()

    def open_scope(self, name: str, expires: str | None = None) -> None:
        self._refuse()

    def scopes(self) -> list[str]:
        return []

    def drop_scope(self, name: str, revision: int | None = None) -> bool:
        self._refuse()

    # votes: there is no place for them

    @property
    def votes_revision(self) -> int:
        return 0

    def vote(self, vote: Vote) -> None:
        self._refuse()

    def unvote(self, id: str) -> bool:
        self._refuse()

    def votes(self) -> tuple[Vote, ...]:
        return ()

    def _refuse(self) -> NoReturn:
        raise StoreError(
            f"the database at {self.location} was not made by AskGraph and is only read, as it is now; "
            "import into an empty one (NEO4J_DATABASE) or into a file"
        )

    # read ------------------------------------------------------------------------------------------------------------

    def schema(self) -> Schema:
        if self._schema is None:
            self._schema = read_schema(self._connection, self._profile)
        return self._schema

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        wanted = set(ids)
        found = read_these(self._connection, self._profile, self._names.elements(wanted))
        named = ((self._names.id_of(node.element), node) for node in found)
        return {id: node.entity(id) for id, node in sorted(named) if id in wanted}

    def all_entities(self) -> Iterator[Entity]:
        """In the order of their ids, where these are at hand; else as the database has them."""
        ids = self._names.ids()
        if ids is None:
            for row in self._connection.streamed(ALL, {"keys": self._profile.told}):
                node = described(self._profile, row)
                yield node.entity(self._names.id_of(node.element))
            return
        for start in range(0, len(ids), neo4j_foreign_read.PAGE):
            page = ids[start : start + neo4j_foreign_read.PAGE]
            found = self.entities(page)
            yield from (found[id] for id in page if id in found)

    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]:
        return neo4j_foreign_read.facts(self._connection, self._profile, self._names, heads, relation, tails, limit)

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        wanted = set(nodes)
        literals = tuple(node for node in wanted if isinstance(node, Literal))
        there = self.execute(Values(literals)).nodes if literals else ()
        found = read_these(
            self._connection, self._profile, self._names.elements(node for node in wanted if isinstance(node, str))
        )
        elements = tuple(sorted(node.element for node in found))
        return ForeignFrontier(elements, tuple(node for node in there if isinstance(node, Literal)))

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        return neo4j_foreign_read.expand(self._connection, self._profile, frontiers, cap)

    def execute(self, plan: Plan) -> Result:
        check(plan)
        compiled = ForeignCompiler(self._profile, self._names.elements).compiled(plan)
        rows = self._connection.read(compiled.statement, compiled.parameters)
        kind = kind_of(plan)
        if kind == "set":
            return Result(kind, self._in_order(rows))
        value = rows[0][0]
        if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
            value = int(value)
        return Result(kind, value=value)

    def _in_order(self, rows: Iterable[Sequence[Any]]) -> tuple[Node, ...]:
        entities: list[str] = []
        literals: dict[str, Literal] = {}
        for element, value, kind in rows:
            node = node_from(None if element is None else self._names.id_of(element), value, kind, None)
            if isinstance(node, str):
                entities.append(node)
            else:
                literals[node.key] = node
        return (*sorted(entities), *(literals[key] for key in sorted(literals)))

    def cypher(self, plan: Plan) -> str:
        """The plan's statement for people: with its values written in.

        :raises PlanError: the plan is not well typed
        """
        check(plan)
        return shown(ForeignCompiler(self._profile, self._names.elements).compiled(plan))

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return self._names.lookup(self._connection, folded)

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        found = sorted(self._names.search(self._connection, text), key=lambda hit: (-hit[2], hit[0]))[: max(0, limit)]
        nodes = read_these(self._connection, self._profile, self._names.elements(id for id, _, _ in found))
        spoken = {self._names.id_of(node.element): node.spoken for node in nodes}
        return [
            NameHit(id, next((text for text in spoken[id] if fold(text) == name), name), score)
            for id, name, score in found
            if id in spoken
        ]

    def close(self) -> None:
        self._connection.close()
