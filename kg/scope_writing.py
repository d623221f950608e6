"""Writing to a scope: what every store's view does alike. What is written becomes entries of the scope's overlay."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, Relation
from kg.overlay import Entry, Overlay, adding, hiding, weighing
from kg.store import GraphStore, WriteReport
from kg.triples import Triples, each_fact
from kg.votes import Vote

UNWRITABLE = "the graph as it was at a time cannot be written to; write to the graph, or to a scope"


class ScopeWriting(ABC):
    """The writes of :class:`kg.store.GraphView`, over its reads."""

    store: GraphStore

    @property
    @abstractmethod
    def overlay(self) -> Overlay: ...

    @abstractmethod
    def _append(self, entries: Sequence[Entry]) -> None:
        """Change the scope."""

    @abstractmethod
    def entities(self, ids: Iterable[str]) -> dict[str, Entity]: ...

    @abstractmethod
    def facts(
        self,
        heads: Iterable[str] | None = None,
        relation: str | None = None,
        tails: Iterable[Node] | None = None,
        limit: int | None = None,
    ) -> Iterator[Fact]: ...

    def add(
        self,
        facts: Iterable[Fact | Triples],
        entities: Iterable[Entity] = (),
        relations: Iterable[Relation] = (),
        *,
        batch: str,
        retracting: Iterable[Fact] = (),
    ) -> WriteReport:
        told = [replace(fact, batch=fact.batch or batch) for fact in each_fact(facts)]
        described, gone = list(entities), self._present(retracting)
        known = {fact.key for fact in self._present(told)} - {fact.key for fact in gone}
        ids = {n for f in told for n in (f.head, f.tail) if isinstance(n, str)} | {e.id for e in described}
        new = len(ids) - len(self.entities(ids))
        self._append([*hiding(gone), *adding(told, described, relations)])
        fresh = {fact.key for fact in told} - known
        return WriteReport(batch, len(fresh), len(told) - len(fresh), new, len(gone))

    def retract(self, facts: Iterable[Fact], *, batch: str | None = None) -> int:
        gone = self._present(facts)
        self._append(hiding(gone))
        return len(gone)

    def reweigh(self, facts: Iterable[Fact]) -> int:
        wanted = list(facts)
        weights = {fact.key: fact.weight for fact in wanted}
        there = self._present(wanted)
        self._append(weighing([replace(fact, weight=weights[fact.key]) for fact in there]))
        return len(there)

    def merge(self, *, batch: str) -> WriteReport:
        there = self.overlay
        old = dict(there.hidden)
        weighed = []
        for fact in self.store.facts({fact.head for fact, _ in there.weights.values()}):
            if fact.key in there.weights:
                old[fact.key] = fact
                weighed.append(there.weighed(fact))
        told = [*weighed, *there.added.values()]
        report = self.store.add(told, there.entities, there.relations, batch=batch, retracting=list(old.values()))
        self.store.drop_scope(there.name, there.revision)
        return report

    def undo(self, batch: str) -> int:
        raise StoreError("a scope has no batches; throw it away, or merge it and undo that")

    def _present(self, facts: Iterable[Fact]) -> list[Fact]:
        """Those of the facts that are there, by their keys, as they are."""
        wanted = {fact.key: fact for fact in facts}
        if not wanted:
            return []
        found = self.facts({fact.head for fact in wanted.values()})
        return [fact for fact in found if fact.key in wanted]

    # votes: those of the graph, which scopes and times share

    @property
    def votes_revision(self) -> int:
        return self.store.votes_revision

    def vote(self, vote: Vote) -> None:
        self.store.vote(vote)

    def unvote(self, id: str) -> bool:
        return self.store.unvote(id)

    def votes(self) -> tuple[Vote, ...]:
        return self.store.votes()
