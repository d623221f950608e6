"""The memory that a retrieval over an invented graph would have shown."""

from __future__ import annotations

import random

from kg.graph import NodeKind
from kg.question import Slot
from qa_pipeline.synth.invent import InventedSchema, SchemaAttribute, SchemaRelation
from qa_pipeline.synth.sample import Edge

NOTHING = 0.05  # of the relations that an entity of a type could have lead to nothing from it


class MemoryBuilder:
    """The tree of slots around the seeds of one example."""

    def __init__(self, schema: InventedSchema, rng: random.Random, hidden: Edge | None, nothing: float) -> None:
        self.schema, self.rng, self.hidden = schema, rng, hidden
        self.nothing = nothing  # share of what the plan takes that leads to nothing
        self.slots: list[Slot] = []
        self.types: list[frozenset[str]] = []
        self.edges: list[Edge | None] = []  # what led to the slot
        self.children: list[dict[tuple[int, bool], int] | None] = []

    def add(self, slot: Slot, types: frozenset[str], edge: Edge | None) -> int:
        self.slots.append(slot)
        self.types.append(types)
        self.edges.append(edge)
        self.children.append(None)
        return len(self.slots) - 1

    def leaving(self, at: int) -> list[tuple[Edge, bool, frozenset[str]]]:
        """(edge, inverse, types reached) of all that leaves a slot."""
        edge, types = self.edges[at], self.types[at]
        if isinstance(edge, SchemaAttribute) and self.slots[at].kind != "entity":
            return [(edge, True, edge.of)]
        if self.slots[at].kind in ("number", "date"):
            return [(a, True, a.of) for a in self.schema.attributes]
        out: list[tuple[Edge, bool, frozenset[str]]] = []
        out += [(r, False, r.tail) for r in self.schema.relations if r.head & types]
        out += [(r, True, r.head) for r in self.schema.relations if r.tail & types]
        out += [(a, False, frozenset()) for a in self.schema.attributes if a.of & types]
        return out

    def expand(self, at: int, needed: tuple[Edge, bool] | None = None) -> None:
        """Give a slot its children, as the graph would; a few are missing at random, never the needed one."""
        known = self.children[at]
        if known is None:
            known = self.children[at] = {}
            for edge, inverse, reached in self.leaving(at):
                wanted = needed is not None and edge is needed[0] and inverse == needed[1]
                mutual = isinstance(edge, SchemaRelation) and edge.words.mutual
                if mutual and needed is not None and edge is needed[0] and not wanted:
                    continue  # "X's twin" may be said of either end: the graph has it one way
                if edge is self.hidden or (not wanted and self.rng.random() < 0.1):
                    continue
                known[id(edge), inverse] = self._child(at, edge, inverse, reached, wanted)
        elif needed is not None and (id(needed[0]), needed[1]) not in known and needed[0] is not self.hidden:
            for edge, inverse, reached in self.leaving(at):
                if edge is needed[0] and inverse == needed[1]:
                    known[id(edge), inverse] = self._child(at, edge, inverse, reached, wanted=True)

    def _child(self, at: int, edge: Edge, inverse: bool, reached: frozenset[str], wanted: bool) -> int:
        parent, ends = self.slots[at], reached
        kind: NodeKind = "entity"
        if isinstance(edge, SchemaAttribute) and not inverse:
            kind = "date" if edge.words.is_date and self.rng.random() < 0.6 else "number"
        edges, many = self._counts(parent.nodes, edge, inverse)
        alone = self.schema.typed and not parent.path and parent.nodes == 1 and parent.kind == "entity"
        if alone and self.rng.random() < (self.nothing if wanted else NOTHING):
            edges, many, reached = 0, 0, frozenset()  # things of its type have it, this one does not
        types = tuple(sorted(ends)) if self.schema.typed and kind == "entity" else ()
        path = (*parent.path, (edge.name, inverse))
        return self.add(Slot(parent.seed, path, at, many, edges, kind, types, 1.0), reached, edge)

    def _counts(self, nodes: int, edge: Edge, inverse: bool) -> tuple[int, int]:
        """Edges that are walked and nodes that are reached: what most bring is shared where many set out."""
        per = edge.reach(inverse) if isinstance(edge, SchemaRelation) else 1 + 20 * self.rng.random() * inverse
        spread = 1.0 if per == 1 else self.rng.lognormvariate(0, 0.6)
        edges = max(1, round(nodes * per * spread))
        return edges, max(1, round(edges ** (1.0 if nodes == 1 else self.rng.uniform(0.4, 1.0))))
