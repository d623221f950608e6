"""The seam: what a graph store can do, in our nouns. Two stores stand behind it, and both pass one contract suite.

The one deliberate read primitive is :meth:`GraphStore.expand`, batched by frontier: one hop is one call (on Neo4j one round
trip), and what lies behind a hub is counted and kept on the store's side, never listed into Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from typing import Protocol

from kg.graph import Entity, Fact, Node, Relation, Schema
from kg.history import Change
from kg.overlay import Overlay
from kg.plan import Plan, Result
from kg.triples import Triples
from kg.validity import Period
from kg.votes import Vote


class Frontier(Sized, Protocol):
    """A set of nodes in the store's own form (ids, row numbers). Only its store can read it; ``len`` is its size."""


@dataclass(frozen=True, slots=True)
class Step:
    """One relation in one direction, leaving a frontier.

    :param edges: facts that leave the frontier so
    :param frontier: the nodes reached, at most the cap that was asked for
    """

    relation: str
    inverse: bool
    edges: int
    frontier: Frontier


@dataclass(frozen=True, slots=True)
class NameHit:
    """A name found by a search: whose it is, the name as the graph has it, and its likeness to the text (1.0: the same)."""

    id: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What a write did. ``facts`` and ``entities`` are new ones; ``known`` were there already (their sources united)."""

    batch: str
    facts: int = 0
    known: int = 0
    entities: int = 0
    retracted: int = 0


class GraphStore(Protocol):
    """A graph that answers plans. Every method is atomic: a write is there as a whole or not at all.

    :raises StoreError: from any method, when the store cannot be read or written
    """

    @property
    def location(self) -> str:
        """The path or address it was opened with; ``":memory:"`` where it has none."""

    @property
    def revision(self) -> int:
        """Grows with every write; caches hang on it."""

    @property
    def period(self) -> Period | None:
        """The time that it shows (:meth:`view`); None: all facts, whenever they hold."""

    # write
    def add(
        self,
        facts: Iterable[Fact | Triples],
        entities: Iterable[Entity] = (),
        relations: Iterable[Relation] = (),
        *,
        batch: str,
        retracting: Iterable[Fact] = (),
    ) -> WriteReport:
        """Add facts (in columns, where there are many); heads and tails that are not there become entities.

        A known entity's names and types are united.

        :param retracting: facts that the batch takes away in the same write, kept under it as by :meth:`retract`
        """

    def retract(self, facts: Iterable[Fact], *, batch: str | None = None) -> int:
        """Remove facts by their key; the number removed. Entities stay.

        :param batch: the facts stay in the history, and undoing this batch brings them back; None: they are forgotten
        """

    def undo(self, batch: str) -> int:
        """Take back what a batch did: what it added goes (a fact that another batch added too stays), what it retracted
        comes back with all that was known of it; the number of facts that went or came."""

    def history(self, id: str) -> list[Change]:
        """What has happened to the facts that an entity is in, newest first."""

    # what people said of answers
    @property
    def votes_revision(self) -> int:
        """Grows with every vote, and with every one that is taken back; :attr:`revision` does not."""

    def vote(self, vote: Vote) -> None:
        """Keep a vote.

        :raises StoreError: there is one of that id
        """

    def unvote(self, id: str) -> bool:
        """Take a vote back; whether there was one of that id."""

    def votes(self) -> tuple[Vote, ...]:
        """All votes, in the order in which they came."""

    # read
    def schema(self) -> Schema:
        """What is in the graph, counted."""

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        """The entities by id; unknown ids are left out."""

    def all_entities(self) -> Iterator[Entity]:
        """Every entity, by id."""

    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]:
        """The facts that match all that is given, ordered by key."""

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        """The nodes in the store's own form; unknown ones are left out."""

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        """For each frontier, every (relation, direction) that leaves it, sorted by relation, forward first."""

    def execute(self, plan: Plan) -> Result:
        """Run a plan.

        :raises PlanError: the plan is not well typed
        """

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Entities that have one of the names, compared by :func:`kg.names.fold`; ids sorted; names without any left out."""

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        """Entities with a name like the text (typos, accents, word order), by character n-grams; best first, then by id."""

    # scopes and times
    def view(self, *, scope: str | None = None, as_of: str | None = None) -> GraphView:
        """The graph as a scope has it, or as it was at a time, or both. It lives as long as the store is open.

        :param scope: the name of a scope, as :meth:`open_scope` made it
        :param as_of: an ISO 8601 date: only facts that hold then are there; a year or month stands for all of it
        :raises StoreError: there is no such scope, or it is no date
        """

    def open_scope(self, name: str, expires: str | None = None) -> None:
        """Have a scope of that name. It stays until it is dropped, or until it expires (an ISO 8601 time in UTC)."""

    def scopes(self) -> list[str]:
        """The scopes that are there, by name."""

    def drop_scope(self, name: str, revision: int | None = None) -> bool:
        """Throw a scope away; whether it was there.

        :param revision: of its overlay, as it was merged; what was written to the scope since stays
        """

    def close(self) -> None:
        """Release files and connections. Closing twice is fine."""


class GraphView(GraphStore, Protocol):
    """A graph as a scope or a time has it. What is written to it goes into its scope and nowhere else.

    :raises StoreError: from any method, when its scope is there no more; from those that write, when it has none
    """

    @property
    def overlay(self) -> Overlay:
        """What its scope changes."""

    def reweigh(self, facts: Iterable[Fact]) -> int:
        """Have facts weigh as these do; the number of those that are there."""

    def merge(self, *, batch: str) -> WriteReport:
        """Have the graph as its scope has it, as one write; then the scope is dropped."""
