"""The embedded store's graph as a scope or a time has it: the tables and arrays of the graph, and what is other over them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from kg import sqlite_read, sqlite_scopes
from kg.array_executor import ArrayExecutor
from kg.array_schema import Counted
from kg.array_view import ArrayView, TimedFacts
from kg.arrays import Arrays, Rows
from kg.check import check
from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation, Schema
from kg.graph_image import GraphImage
from kg.history import Change
from kg.names import words_of
from kg.overlay import Entry, Overlay, no_scope
from kg.overlay_names import OverlayNames
from kg.plan import Plan, Result, kind_of
from kg.scope_writing import UNWRITABLE, ScopeWriting
from kg.sqlite_file import SqliteFile
from kg.store import Frontier, GraphStore, NameHit, Step
from kg.validity import Period


@dataclass(frozen=True, slots=True)
class RowFrontier:
    """A frontier as sorted row numbers."""

    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)


def steps_of(arrays: Arrays, relations: Mapping[int, str], frontier: Frontier, cap: int) -> list[Step]:
    """What leaves a frontier."""
    if not isinstance(frontier, RowFrontier):
        raise StoreError(f"{frontier!r} is no frontier of this store; make it with its frontier() or expand()")
    steps = [
        Step(relations[code], inverse, edges, RowFrontier(rows[:cap]))
        for inverse in (False, True)
        for code, edges, rows in arrays.expand(frontier.rows, inverse)
    ]
    return sorted(steps, key=lambda step: (step.relation, step.inverse))


class NetworkXView(ScopeWriting):
    """See :class:`kg.store.GraphView`."""

    def __init__(
        self,
        store: GraphStore,
        file: SqliteFile,
        follow: Callable[[], GraphImage],
        timed: Callable[[], TimedFacts],
        scope: str | None,
        period: Period | None,
    ) -> None:
        self.store, self.scope, self._period = store, scope, period
        self._file, self._follow_image, self._timed = file, follow, timed
        self._seen: tuple[GraphImage, int, int] | None = None
        self._overlay = Overlay(scope or "")
        self._schema: Schema | None = None
        self._view: ArrayView
        self._names: OverlayNames
        if scope is not None:
            self._scope_revision()

    @property
    def location(self) -> str:
        return self.store.location

    @property
    def revision(self) -> int:
        with self._file.reading():
            return (self.store.revision << 32) + self._scope_revision()

    def _scope_revision(self) -> int:
        if self.scope is None:
            return 0
        found = sqlite_scopes.revision(self._file, self.scope)
        if found is None:
            raise StoreError(no_scope(self.scope))
        return found

    def _follow(self) -> ArrayView:
        """Bring the view up to the present revisions. Use it inside ``file.reading()``."""
        image = self._follow_image()
        now = (image, self.store.revision, self._scope_revision())
        if self._seen != now:
            if self.scope is not None and (self._seen is None or self._seen[2] != now[2]):
                self._overlay = sqlite_scopes.overlay(self._file, self.scope) or self._overlay
            timed = self._timed() if self._period is not None else None
            self._view = ArrayView(self._file, image, self._overlay, self._period, timed)
            self._names = OverlayNames(self._overlay, (n for n in self._view.new if isinstance(n, str)))
            self._schema, self._seen = None, now
        return self._view

    @property
    def period(self) -> Period | None:
        return self._period

    @property
    def overlay(self) -> Overlay:
        with self._file.reading():
            self._follow()
            return self._overlay

    def _append(self, entries: Sequence[Entry]) -> None:
        if self.scope is None:
            raise StoreError(UNWRITABLE)
        sqlite_scopes.append(self._file, self.scope, entries)

    # read ------------------------------------------------------------------------------------------------------------

    def history(self, id: str) -> list[Change]:
        return self.store.history(id)

    def schema(self) -> Schema:
        with self._file.reading():
            view = self._follow()
            if self.scope is None:  # what the graph speaks of does not depend on a time
                return self.store.schema()
            if self._schema is None:
                self._schema = self._counted(self.store.schema(), view)
            return self._schema

    def _counted(self, base: Schema, view: ArrayView) -> Schema:
        relations = dict(base.relations)
        for told in self._overlay.relations:
            known = relations.get(told.id, Relation(told.id))
            aliases = tuple(dict.fromkeys((*known.aliases, *told.aliases)))
            relations[told.id] = replace(
                known, name=told.name or known.name or words_of(told.id), aliases=aliases, unit=told.unit or known.unit
            )
        worded = sqlite_read.relations(self._file)
        for code, counts in view.recounted().items():
            id = view.relations[code]
            known = relations.get(id, Relation(id, words_of(id)))
            if counts is not None:
                relations[id] = replace(
                    known, facts=counts.facts, heads=counts.heads, tails=counts.tails, kind=counts.kind,
                    domain=_by_name(counts.domain, view), range=_by_name(counts.range, view),
                )  # fmt: skip
            elif id in worded and (worded[id].name or worded[id].aliases or worded[id].unit):
                relations[id] = Relation(id, known.name, known.aliases, known.unit)
            else:
                relations.pop(id, None)
        types = dict(base.types)
        for type in {type for entity in self._overlay.entities for type in entity.types if type}:
            types[type] = len(view.arrays.members(view.type_code(type) or 0))
        entities = sum(isinstance(node, str) for node in view.new)
        return Schema(
            base.entities + entities, base.literals + len(view.new) - entities, len(view.arrays.forward.target),
            dict(sorted(relations.items())), dict(sorted(types.items())),
        )  # fmt: skip

    def entities(self, ids: Iterable[str]) -> dict[str, Entity]:
        wanted = sorted(set(ids))
        with self._file.reading():
            self._follow()
            return self._names.described(self.store.entities(wanted), wanted)

    def all_entities(self) -> Iterator[Entity]:
        with self._file.reading():
            self._follow()
            names = self._names
        new = iter([e for _, e in sorted(names.described({}, names.new).items())])
        known = (names.described({e.id: e}, [e.id])[e.id] for e in self.store.all_entities())
        return heapq.merge(known, new, key=lambda entity: entity.id)

    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]:
        heads = None if heads is None else set(heads)
        tails = None if tails is None else set(tails)
        with self._file.reading():
            self._follow()
            overlay = self._overlay
            most = None if limit is None else limit + len(overlay.hidden)
            base = sqlite_read.facts(self._file, heads, relation, tails, most, self._period)
        known = (_also(overlay.weighed(f), overlay.added.get(f.key)) for f in base if f.key not in overlay.hidden)
        own = sorted(
            (f for f in overlay.added.values() if _matches(f, heads, relation, tails)
             and (self._period is None or self._period.has(f))),
            key=lambda fact: fact.key,
        )  # fmt: skip
        found = _once(heapq.merge(known, own, key=lambda fact: fact.key)) if own else known
        return found if limit is None else islice(found, max(0, limit))

    def frontier(self, nodes: Iterable[Node]) -> Frontier:
        with self._file.reading():
            return RowFrontier(self._follow().node_rows(nodes))

    def expand(self, frontiers: Sequence[Frontier], cap: int = 10_000) -> list[list[Step]]:
        with self._file.reading():
            view = self._follow()
        return [steps_of(view.arrays, view.relations, frontier, cap) for frontier in frontiers]

    def execute(self, plan: Plan) -> Result:
        check(plan)
        with self._file.reading():
            view = self._follow()
            executor = ArrayExecutor(view.arrays, view)
            kind = kind_of(plan)
            if kind == "set":
                return Result(kind, view.nodes_of(executor.rows(plan).tolist()))
            return Result(kind, value=executor.value(plan))

    def lookup(self, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        with self._file.reading():
            self._follow()
            return self._names.lookup(self.store.lookup(folded), folded)

    def search(self, text: str, limit: int = 10) -> list[NameHit]:
        with self._file.reading():
            self._follow()
            return self._names.search(self.store.search(text, limit), text, limit)

    # scopes and times ------------------------------------------------------------------------------------------------

    def view(self, *, scope: str | None = None, as_of: str | None = None) -> NetworkXView:
        period = self._period if as_of is None else Period.of(as_of)
        return NetworkXView(self.store, self._file, self._follow_image, self._timed, scope or self.scope, period)

    def open_scope(self, name: str, expires: str | None = None) -> None:
        self.store.open_scope(name, expires)

    def scopes(self) -> list[str]:
        return self.store.scopes()

    def drop_scope(self, name: str, revision: int | None = None) -> bool:
        return self.store.drop_scope(name, revision)

    def close(self) -> None:
        """The store stays open."""


def _by_name(counted: Counted, view: ArrayView) -> tuple[tuple[str, int], ...]:
    named = [(view.types[type], count) for type, count in counted]
    return tuple(sorted(named, key=lambda pair: (-pair[1], pair[0])))


def _matches(fact: Fact, heads: set[str] | None, relation: str | None, tails: set[Node] | None) -> bool:
    return (
        (heads is None or fact.head in heads)
        and (relation is None or fact.relation == relation)
        and (tails is None or fact.tail in tails)
    )


def _also(fact: Fact, told: Fact | None) -> Fact:
    """A fact of the graph that the scope tells too."""
    return fact if told is None else replace(fact, sources=tuple(dict.fromkeys((*fact.sources, *told.sources))))


def _once(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Of facts in order the first of each key."""
    last = None
    for fact in facts:
        if fact.key != last:
            yield fact
        last = fact.key
