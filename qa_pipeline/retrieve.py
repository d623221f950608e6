"""Retrieval as a relation-gated walk: from the linked seeds, hop by hop, along the relations that the question asks for.

Nodes reached by the same relation path from the same seed share one slot, so the memory is bounded by the schema and not by
the size of the graph. A slot's weight is the product of its relations' scores along the path; the heaviest are walked on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kg.defined import Defined
from kg.graph import Node, NodeKind, Schema
from kg.plan import Count, Ends, Entities, Join, Plan
from kg.question import Link, Slot, Subgraph
from kg.store import Frontier, GraphStore
from qa_pipeline.periods import find_dated, period_said, relations_to_dates

Direction = tuple[str, bool]


@dataclass(frozen=True)
class RetrievalConfig:
    """Bounds of the walk.

    :param hops: length of the longest path
    :param slots: most slots in all
    :param beam: how many slots are walked on after each hop, heaviest first
    :param cap: most nodes of a slot that are walked on (degree cap)
    :param literal_cap: literals are walked on only where a slot has at most so many
    :param absent: most relations of a named entity's type that are shown though this entity has none ("how many … does X have")
    :param dates: most relations over which what is dated in a year or a month is looked for
    :param absent_score: they are asked for by so much at least
    """

    hops: int = 3
    slots: int = 130
    beam: tuple[int, ...] = (8, 10)
    cap: int = 5_000
    literal_cap: int = 20
    absent: int = 4
    absent_score: float = 0.2
    dates: int = 4


class _Walk:
    """The slots of one retrieval, with the frontier where each stands."""

    def __init__(
        self,
        store: GraphStore,
        schema: Schema,
        scores: Mapping[Direction, float],
        config: RetrievalConfig,
        defined: Mapping[str, Defined],
    ) -> None:
        self.store, self.schema, self.scores, self.config = store, schema, scores, config
        self.defined = defined
        self.slots: list[Slot] = []
        self.frontiers: list[Frontier | None] = []
        self.links: dict[int, Link] = {}

    def seed(self, index: int, link: Link) -> None:
        self.links[index] = link
        mention = link.mention
        kind: NodeKind = "entity"
        frontier: Frontier | None = None
        types: tuple[str, ...] = ()
        nodes = len(link.candidates)
        if mention.literal is not None:
            kind = mention.literal.kind
            frontier = self.store.frontier([mention.literal])
            nodes = 1
        elif mention.kind == "type" and link.candidates[0].side is not None:
            members = self._members(Ends(link.candidates[0].id, link.candidates[0].side))
            frontier, nodes = self.store.frontier(members), len(members)
        elif mention.kind == "type":
            types = tuple(c.id for c in link.candidates)
            nodes = sum(self.schema.types.get(t, 0) for t in types)
        else:
            ids: list[Node] = [c.id for c in link.candidates]
            frontier = self.store.frontier(ids)
            if self.schema.types:
                entities = self.store.entities([c.id for c in link.candidates])
                types = tuple(dict.fromkeys(t for e in entities.values() for t in e.types))[:3]
        self.slots.append(Slot(index, (), -1, max(1, nodes), 0, kind, types))
        self.frontiers.append(frontier)

    def _members(self, ends: Ends) -> list[Node]:
        """The members of a class; of a large one those of its first facts."""
        relation = self.schema.relations[ends.relation]
        if (relation.heads if ends.side == "head" else relation.tails) <= self.config.cap:
            return list(self.store.execute(ends).nodes)
        facts = self.store.facts(relation=ends.relation, limit=self.config.cap)
        return list(dict.fromkeys(f.head if ends.side == "head" else f.tail for f in facts))

    def hop(self, at: Sequence[int]) -> list[int]:
        """Walk one hop on from the slots; the new slots, heaviest first."""
        standing = [(i, f) for i in at if (f := self.frontiers[i]) is not None and len(f)]
        found: list[tuple[Slot, Frontier | None]] = []
        if standing:
            answers = self.store.expand([f for _, f in standing], self.config.cap)
            for (i, _), steps in zip(standing, answers, strict=True):
                found += [(self._slot(i, s.relation, s.inverse, len(s.frontier), s.edges), s.frontier) for s in steps]
        for i in at:
            days = self._days(i)
            dated_as = {(slot.parent, slot.path) for slot, _ in days}
            found = [pair for pair in found if (pair[0].parent, pair[0].path) not in dated_as] + days
            found += self._defined_steps(i)
            if self.frontiers[i] is None:
                found += [(slot, None) for slot in self._schema_steps(i)]
        found.sort(key=lambda pair: (-pair[0].weight, pair[0].parent, pair[0].path))
        new = []
        for slot, frontier in found[: max(0, self.config.slots - len(self.slots))]:
            new.append(len(self.slots))
            self.slots.append(slot)
            self.frontiers.append(frontier)
        return new

    def _days(self, at: int) -> list[tuple[Slot, Frontier | None]]:
        """What has a date within the year, month or day that is a seed, by the relations that are asked for most."""
        seed = self.slots[at]
        if seed.path or seed.kind not in ("number", "date"):
            return []
        if (period := period_said(self.links[seed.seed].mention)) is None:
            return []
        found: list[tuple[Slot, Frontier | None]] = []
        dates = sorted(relations_to_dates(self.schema), key=lambda r: (-self.scores.get((r, True), 0.0), r))
        for relation in dates[: self.config.dates]:
            plan = find_dated(relation, period)
            if many := int(self.store.execute(Count(plan)).value or 0):
                heads = self.store.execute(plan).nodes if many <= self.config.cap else ()
                found.append((self._slot(at, relation, True, many, many), self.store.frontier(heads)))
        return found

    def _defined_steps(self, at: int) -> list[tuple[Slot, Frontier | None]]:
        """What relations lead to that the graph has only as walks, from a name and from what is one hop from it."""
        slot = self.slots[at]
        if not self.defined or self.links[slot.seed].mention.kind != "entity" or slot.kind != "entity" or slot.path[1:]:
            return []
        if slot.nodes > self.config.cap:
            return []
        start: Plan = Entities(tuple(sorted(c.id for c in self.links[slot.seed].candidates)))
        for relation, inverse in slot.path:
            known = self.defined.get(relation)
            start = Join(start, relation, inverse) if known is None else known.join(start, inverse)
        found: list[tuple[Slot, Frontier | None]] = []
        empty: dict[str, tuple[Slot, Frontier | None]] = {}
        for relation, defined in self.defined.items():
            for inverse in defined.ways:
                walk = defined.join(start, inverse)
                many = int(self.store.execute(Count(walk)).value or 0)
                nodes = self.store.execute(walk).nodes if 0 < many <= self.config.cap else ()
                pair = self._slot(at, relation, inverse, many, many), self.store.frontier(nodes)
                if many:
                    found.append(pair)
                elif not inverse and not slot.path:
                    empty.setdefault(defined.name, pair)
        told = {self.defined[slot.path[-1][0]].name for slot, _ in found}
        none = [pair for name, pair in empty.items() if name not in told]  # that a name has no siblings is seen, too
        return found + none

    def absent(self, seeds: Sequence[int]) -> None:
        """Slots of nothing: what things of a seed's type have and it has not, where the question asks for it."""
        for at in seeds:
            seed = self.slots[at]
            if self.frontiers[at] is None or not seed.types or seed.nodes != 1:
                continue
            here = {s.path[-1] for s in self.slots if s.parent == at}
            lacking = [
                (-self.scores.get((r.id, inverse), 0.0), r.id, inverse)
                for r in self.schema.relations.values()
                for inverse in (False, True)
                if r.id not in self.defined and self.scores.get((r.id, inverse), 0.0) >= self.config.absent_score
                if (r.id, inverse) not in here and dict(r.range if inverse else r.domain).keys() & set(seed.types)
            ]
            for _, relation, inverse in sorted(lacking)[: self.config.absent]:
                if len(self.slots) < self.config.slots:
                    self.slots.append(self._slot(at, relation, inverse, 0, 0))
                    self.frontiers.append(self.store.frontier([]))

    def _slot(self, parent: int, relation: str, inverse: bool, nodes: int, edges: int) -> Slot:
        above = self.slots[parent]
        known = self.schema.relations.get(relation)
        kind: NodeKind = "entity" if inverse or known is None else known.kind
        types: tuple[str, ...] = ()
        if known is not None and kind == "entity":
            types = tuple(t for t, _ in (known.domain if inverse else known.range)[:3])
        weight = above.weight * self.scores.get((relation, inverse), 0.5)
        return Slot(above.seed, (*above.path, (relation, inverse)), parent, nodes, edges, kind, types, weight)

    def _schema_steps(self, parent: int) -> list[Slot]:
        """What leaves all entities of a type: told by the schema, without touching them."""
        here = set(self.slots[parent].types)
        out = []
        for relation in self.schema.relations.values():
            for inverse in self.defined[relation.id].ways if relation.id in self.defined else (False, True):
                ends = dict(relation.range if inverse else relation.domain)
                edges = sum(ends.get(t, 0) for t in here)
                if edges:
                    reached = relation.heads if inverse else relation.tails
                    out.append(self._slot(parent, relation.id, inverse, min(reached, edges), edges))
        return out


def retrieve(
    store: GraphStore,
    schema: Schema,
    links: Sequence[Link],
    scores: Mapping[Direction, float],
    config: RetrievalConfig | None = None,
    defined: Mapping[str, Defined] | None = None,
) -> Subgraph:
    """The neighbourhood of the links that the question is about.

    :param scores: how much each (relation, inverse) is asked for, 0 … 1; decides what is walked on first
    :param defined: relations that the graph has only as walks over others, walked like its own
    :return: slots, parents before children; seeds first, in the order of the links. NIL links have no slot.
    """
    config, defined = config or RetrievalConfig(), defined or {}
    if defined:
        known = schema.relations | {id: each.relation(schema) for id, each in defined.items()}
        schema = replace(schema, relations=known)
    walk = _Walk(store, schema, scores, config, defined)
    for index, link in enumerate(links):
        if not link.is_nil:
            walk.seed(index, link)
    standing = list(range(len(walk.slots)))
    for hop in range(config.hops):
        new = walk.hop(standing)
        if hop == 0:
            walk.absent(standing)
        standing = [i for i in new if _walkable(walk.slots[i], config)][: config.beam[min(hop, len(config.beam) - 1)]]
    return Subgraph(tuple(links), tuple(walk.slots), defined)


def _walkable(slot: Slot, config: RetrievalConfig) -> bool:
    return slot.kind in ("entity", "mixed") or slot.nodes <= config.literal_cap
