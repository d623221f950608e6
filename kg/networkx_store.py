"""The embedded store: durable in one SQLite file, executed over arrays, and a NetworkX graph whenever one is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import networkx as nx

from kg import sqlite_history, sqlite_read, sqlite_scopes, sqlite_votes, sqlite_write
from kg.array_executor import ArrayExecutor
from kg.array_schema import Counted, RelationCounts
from kg.array_view import TimedFacts
from kg.check import check
from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation, Schema
from kg.graph_image import CACHED, GraphImage
from kg.history import Change, newest_first
from kg.names import words_of
from kg.networkx_graph import entities_in, facts_in, make_graph, relations_in
from kg.networkx_view import NetworkXView, RowFrontier, steps_of
from kg.plan import Plan, Result, kind_of
from kg.sqlite_file import SqliteFile
from kg.store import Frontier, NameHit, Step, WriteReport
from kg.triples import Triples
from kg.validity import Period
from kg.votes import Vote

VIEWS = 8  # views that are kept at hand, with their arrays


class NetworkXStore:
    """See :class:`kg.store.GraphStore`. Reads see the last committed write, of other processes too; threads take turns."""

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._image = GraphImage(file)
        self._schema: Schema | None = None
        self._timed: tuple[int, TimedFacts] | None = None
        self._views: dict[tuple[str | None, str | None], NetworkXView] = {}
        self._described: dict[str, tuple[Relation, RelationCounts | None, Relation]] = {}
        self._bulk = self._closed = False

    @classmethod
    def open(cls, path: str | Path = ":memory:") -> NetworkXStore:
        """Open a store file, or make a new one.

        :raises StoreError: the folder does not exist, or the file is something else
        """
        if str(path) != ":memory:":
            path = Path(path)
            if path.is_dir():
                raise StoreError(f"{path} is a folder; give the path of a file")
            if not path.parent.exists():
                raise StoreError(f"there is no folder {path.parent}; make it first")
        return cls(SqliteFile(str(path)))

    @classmethod
    def from_networkx(cls, graph: nx.Graph, path: str | Path = ":memory:", *, batch: str = "networkx") -> NetworkXStore:
        """A store with all of a graph in it (see :mod:`kg.networkx_graph`).

        :raises LoadError: the graph has an edge without a relation, or an attribute that is no literal
        """
        store = cls.open(path)
        try:
            store.add(facts_in(graph), entities_in(graph), relations_in(graph), batch=batch)
        except BaseException:
            store.close()
            raise
        return store

    def to_networkx(self) -> nx.MultiDiGraph:
        """The whole graph (see :mod:`kg.networkx_graph`); costs some 700 bytes a fact."""
        with self._file.reading():
            described = [r for r in sqlite_read.relations(self._file).values() if r.name or r.aliases or r.unit]
            return make_graph(self.all_entities(), self.facts(), described)

    @property
    def location(self) -> str:
        return self._file.path

    @property
    def revision(self) -> int:
        return self._file.revision()

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
        self._image.discard()
        report, revision = sqlite_write.add(
            self._file, facts, entities, relations, batch, self._image.prepare, retracting
        )
        with self._file.reading():
            self._image.adopt(revision)
        self._schema = None
        self._bulk |= report.facts + report.entities > CACHED
        return report

    def retract(self, facts: Iterable[Fact], *, batch: str | None = None) -> int:
        return sqlite_write.retract(self._file, facts, batch)

    def undo(self, batch: str) -> int:
        return sqlite_write.undo(self._file, batch)

    def history(self, id: str) -> list[Change]:
        return newest_first(sqlite_history.changes(self._file, id))

    # votes -----------------------------------------------------------------------------------------------------------

    @property
    def votes_revision(self) -> int:
        return sqlite_votes.counter(self._file)

    def vote(self, vote: Vote) -> None:
        sqlite_votes.vote(self._file, vote)

    def unvote(self, id: str) -> bool:
        return sqlite_votes.unvote(self._file, id)

    def votes(self) -> tuple[Vote, ...]:
        return sqlite_votes.votes(self._file)

    # read ------------------------------------------------------------------------------------------------------------

    def _follow(self) -> GraphImage:
        if self._image.follow():
            self._schema = None
        return self._image

    def schema(self) -> Schema:
        with self._file.reading() as db:
            image = self._follow()
            if self._schema is None:
                nodes = db.execute("SELECT count(*) FROM nodes").fetchone()[0]
                literals = image.arrays.count_literals()
                sizes = {text: len(image.arrays.members(code)) for code, text in image.types.items()}
                self._schema = Schema(
                    nodes - literals,
                    literals,
                    len(image.arrays.forward.target),
                    self._relations(),
                    dict(sorted(sizes.items())),
                )
            return self._schema

    def _relations(self) -> dict[str, Relation]:
        """The relations as they were described and counted; those that are as before are not made anew."""
        counted = {self._image.relations[code]: counts for code, counts in self._image.counts.items()}
        before, self._described = self._described, {}
        found = {}
        for id, told in sqlite_read.relations(self._file).items():
            counts = counted.get(id)
            if counts is None and not (told.name or told.aliases or told.unit):
                continue
            known = before.get(id)
            if known is None or known[0] != told or known[1] is not counts:
                known = (told, counts, self._counted(replace(told, name=told.name or words_of(id)), counts))
            self._described[id] = known
            found[id] = known[2]
        return found

    def _counted(self, told: Relation, counts: RelationCounts | None) -> Relation:
        if counts is None:
            return told
        return replace(
            told, facts=counts.facts, heads=counts.heads, tails=counts.tails, kind=counts.kind,
            domain=self._by_name(counts.domain), range=self._by_name(counts.range),
        )  # fmt: skip

    def _by_name(self, counted: Counted) -> tuple[tuple[str, int], ...]:
        named = [(self._image.types[type], count) for type, count in counted]
        return tuple(sorted(named, key=lambda pair: (-pair[1], pair[0])))

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        return sqlite_read.entities(self._file, ids)

    def all_entities(self) -> Iterator[Entity]:
        return sqlite_read.all_entities(self._file)

    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]:
        return sqlite_read.facts(self._file, heads, relation, tails, limit)

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        with self._file.reading():
            return RowFrontier(self._follow().node_rows(nodes))

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        with self._file.reading():
            image = self._follow()
        return [steps_of(image.arrays, image.relations, frontier, cap) for frontier in frontiers]

    def execute(self, plan: Plan) -> Result:
        check(plan)
        with self._file.reading():
            image = self._follow()
            executor = ArrayExecutor(image.arrays, image)
            kind = kind_of(plan)
            if kind == "set":
                return Result(kind, sqlite_read.nodes_of(self._file, executor.rows(plan).tolist()))
            return Result(kind, value=executor.value(plan))

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        return sqlite_read.lookup(self._file, folded)

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        with self._file.reading():
            found = self._follow().names.search(text, limit)
            spoken = sqlite_read.spoken(self._file, {row: name for row, name, _ in found})
        hits = [NameHit(*spoken[row], score) for row, _, score in found]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:limit]

    # scopes and times ------------------------------------------------------------------------------------------------

    def view(self, *, scope: str | None = None, as_of: str | None = None) -> NetworkXView:
        known = self._views.pop((scope, as_of), None)
        if known is None:
            period = None if as_of is None else Period.of(as_of)
            known = NetworkXView(self, self._file, self._follow, self.timed_facts, scope, period)
        if scope is not None:
            known.revision  # noqa: B018  # its scope is still there
        self._views[scope, as_of] = known
        while len(self._views) > VIEWS:
            del self._views[next(iter(self._views))]
        return known

    def timed_facts(self) -> TimedFacts:
        """The facts with a validity, read once for each revision."""
        now = self.revision
        if self._timed is None or self._timed[0] != now:
            self._timed = now, TimedFacts.read(self._file)
        return self._timed[1]

    def open_scope(self, name: str, expires: str | None = None) -> None:
        sqlite_scopes.make(self._file, name, expires)

    def scopes(self) -> list[str]:
        return sqlite_scopes.names(self._file)

    def drop_scope(self, name: str, revision: int | None = None) -> bool:
        return sqlite_scopes.drop(self._file, name, revision)

    def close(self) -> None:
        if not self._closed:
            try:
                if self._bulk:  # have the caches ready for the next opening
                    with self._file.reading():
                        self._follow().names  # noqa: B018
            finally:
                self._closed = True
                self._file.close()
