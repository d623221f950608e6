"""Reading facts and neighbourhoods from a database that we did not import. Every statement is parameterised and only reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kg.cypher_fragments import fill
from kg.errors import StoreError
from kg.graph import Fact, Literal, Node
from kg.neo4j_connection import Connection
from kg.neo4j_foreign_cypher import ForeignCompiler, literal_map
from kg.neo4j_foreign_names import Names
from kg.neo4j_foreign_profile import Profile
from kg.neo4j_layout import node_from
from kg.store import Frontier, Step

PAGE = 2_000  # heads
NO_LIMIT = 2**62

EACH_NODE = (
    "UNWIND range(0, size($frontiers) - 1) AS i"
    " CALL (i) { UNWIND $frontiers[i].elements AS e MATCH (n) WHERE elementId(n) = e RETURN n } "
)
RELATED = (
    "CALL (n) { MATCH (n)-[f]->(m) RETURN type(f) AS relation, false AS inverse, m"
    "   UNION ALL MATCH (n)<-[f]-(m) RETURN type(f) AS relation, true AS inverse, m }"
    " WITH i, relation, inverse, m WHERE relation IN $relationships"
    " WITH i, relation, inverse, count(*) AS edges, collect(DISTINCT m)[..$cap] AS reached"
    " RETURN i, relation, inverse, edges, [m IN reached | elementId(m)] AS elements, [] AS literals"
)
VALUES = "UNWIND [key IN keys(n) WHERE key IN $keys] AS relation UNWIND [] + n[relation] AS <y> WITH DISTINCT i, relation, n, "
VALUED = (
    " AS x WHERE x IS NOT NULL"
    " WITH i, relation, count(*) AS edges, collect(DISTINCT [x.value, x.kind])[..$cap] AS reached"
    " RETURN i, relation, false AS inverse, edges, [] AS elements, reached AS literals"
)
HAVING = (
    " WITH i, relation, count(*) AS edges, collect(DISTINCT w)[..$cap] AS reached"
    " RETURN i, relation, true AS inverse, edges, [m IN reached | elementId(m)] AS elements, [] AS literals"
)
LINKED = (
    "RETURN DISTINCT elementId(h) AS head, type(f) AS relation, elementId(t) AS tail, null AS value, null AS kind"
    " LIMIT $limit"
)
OF_HEAD = "UNWIND [] + h[relation] AS <y> WITH DISTINCT h, relation, "
TOLD = (
    " AS x WHERE x IS NOT NULL AND ($literals IS NULL OR x IN $literals)"
    " RETURN elementId(h) AS head, relation, null AS tail, x.value AS value, x.kind AS kind LIMIT $limit"
)
ELEMENTS = "MATCH (n) RETURN elementId(n)"
HEADS = "MATCH (h) WHERE elementId(h) IN $heads "
TAILS = "MATCH (t) WHERE elementId(t) IN $tails "
WANTED = "MATCH (h)-[f]->(t) WHERE type(f) IN $relationships "
AMONG = "AND elementId(t) IN $tails "
OF_TYPE = "MATCH (h)-[f:<r>]->(t) "
OWN = "UNWIND [key IN keys(h) WHERE key IN $keys] AS relation "


@dataclass(frozen=True, slots=True)
class ForeignFrontier:
    """A frontier as element ids and literals."""

    elements: tuple[str, ...] = ()
    literals: tuple[Literal, ...] = ()

    def __len__(self) -> int:
        return len(self.elements) + len(self.literals)


def expand(connection: Connection, profile: Profile, frontiers: Sequence[Frontier], cap: int) -> list[list[Step]]:
    """See :meth:`kg.store.GraphStore.expand`: one round trip. Parallel relationships are counted one by one."""
    given: list[dict[str, Any]] = []
    for leaving in frontiers:
        if not isinstance(leaving, ForeignFrontier):
            raise StoreError(f"{leaving!r} is no frontier of this store; make it with its frontier() or expand()")
        maps = [made for literal in leaving.literals if (made := literal_map(literal)) is not None]
        given.append({"elements": list(leaving.elements), "literals": maps})
    if not any(map(len, frontiers)):
        return [[] for _ in given]
    builder = ForeignCompiler(profile, list)
    y = builder.variable("y")
    parts = [EACH_NODE + RELATED]
    if profile.literals:
        parts.append(EACH_NODE + fill(VALUES, y=y) + builder.made(y, profile.literals) + VALUED)
    having = _having(builder, {made["kind"] for one in given for made in one["literals"]})
    parts += [having] if having else []
    named = {
        "frontiers": given,
        "cap": cap,
        "keys": sorted(profile.literals),
        "relationships": list(profile.relationships),
    }
    steps: list[dict[tuple[str, bool], Step]] = [{} for _ in given]
    for i, relation, inverse, edges, elements, literals in connection.read(
        " UNION ALL ".join(parts), named | builder.parameters
    ):
        reached = ForeignFrontier(tuple(sorted(elements)), tuple(sorted(map(_literal, literals), key=_key)))
        known = steps[i].get((relation, inverse))
        if known is not None and isinstance(known.frontier, ForeignFrontier):  # a type and a property of one name
            both = (known.frontier.elements + reached.elements)[:cap]
            reached = ForeignFrontier(both, (known.frontier.literals + reached.literals)[: cap - len(both)])
            edges += known.edges
        steps[i][relation, inverse] = Step(relation, inverse, edges, reached)
    return [[found[key] for key in sorted(found)] for found in steps]


def _having(builder: ForeignCompiler, kinds: set[Any]) -> str:
    """From literals to those that have them; "" where nobody can."""
    ways = []
    for relation in sorted(builder.profile.literals) if kinds else ():
        for label, held in builder.holders(relation, kinds):
            v, w = builder.variable("v"), builder.variable("w")
            where = builder.of_label(w, label) + builder.equals(w, relation, held, v)
            told = fill(" RETURN <p> AS relation, <w> AS w, <v> AS v", p=builder.parameter(relation), w=w, v=v)
            ways.append(fill("UNWIND $frontiers[i].literals AS <v> ", v=v) + where + told)
    if not ways:
        return ""
    return "UNWIND range(0, size($frontiers) - 1) AS i CALL (i) { " + " UNION ".join(ways) + " }" + HAVING


def _literal(pair: Sequence[Any]) -> Literal:
    node = node_from(None, pair[0], pair[1], None)
    assert isinstance(node, Literal)  # it has no id
    return node


def _key(literal: Literal) -> str:
    return literal.key


# facts ---------------------------------------------------------------------------------------------------------------


def facts(
    connection: Connection,
    profile: Profile,
    names: Names,
    heads: Iterable[str] | None,
    relation: str | None,
    tails: Iterable[Node] | None,
    limit: int | None,
) -> Iterator[Fact]:
    """See :meth:`kg.store.GraphStore.facts`. Under a limit, which facts are read is up to the server; they come in order."""
    if limit is not None and limit <= 0:
        return iter(())
    reader = _Facts(connection, profile, names, relation, limit)
    if heads is None and tails is None and (relation is None or limit is None):
        return reader.walk()
    return iter(reader.read(None if heads is None else names.elements(heads), None if tails is None else list(tails)))


class _Facts:
    """One reading of facts."""

    def __init__(
        self, connection: Connection, profile: Profile, names: Names, relation: str | None, limit: int | None
    ) -> None:
        self.connection, self.profile, self.names = connection, profile, names
        self.relation, self.limit = relation, limit

    def walk(self) -> Iterator[Fact]:
        """All facts, head by head."""
        room = NO_LIMIT if self.limit is None else self.limit
        for elements in self._pages():
            for fact in self.read(elements, None):
                if room <= 0:
                    return
                room -= 1
                yield fact

    def _pages(self) -> Iterator[list[str]]:
        ids = self.names.ids()
        if ids is not None:
            for start in range(0, len(ids), PAGE):
                yield self.names.elements(ids[start : start + PAGE])
            return
        walk = self.connection.streamed(ELEMENTS, {})
        while page := [element for (element,) in islice(walk, PAGE)]:
            yield page

    def read(self, heads: list[str] | None, tails: list[Node] | None) -> list[Fact]:
        """The facts of some heads, to some tails, or of one relation, sorted."""
        builder = ForeignCompiler(self.profile, self.names.elements)
        elements = None if tails is None else self.names.elements(t for t in tails if isinstance(t, str))
        literals = None if tails is None else [m for t in tails if isinstance(t, Literal) and (m := literal_map(t))]
        parts = [*self._linked(builder, heads, elements), *self._told(builder, heads, literals)]
        if not parts:
            return []
        wanted = [self.relation] if self.relation is not None else None
        named = {
            "heads": heads, "tails": elements, "literals": literals,
            "limit": NO_LIMIT if self.limit is None else self.limit,
            "keys": [key for key in sorted(self.profile.literals) if wanted is None or key in wanted],
            "relationships": [type for type in self.profile.relationships if wanted is None or type in wanted],
        }  # fmt: skip
        rows = self.connection.read(" UNION ALL ".join(parts), named | builder.parameters)
        found = sorted((self._fact(row) for row in rows), key=lambda fact: fact.key)
        return found if self.limit is None else found[: self.limit]

    def _linked(self, builder: ForeignCompiler, heads: list[str] | None, tails: list[str] | None) -> Iterator[str]:
        """Facts that are relationships."""
        if (
            tails == []
            or heads == []
            or (self.relation is not None and self.relation not in self.profile.relationships)
        ):
            return
        if heads is not None:
            yield HEADS + WANTED + (AMONG if tails is not None else "") + LINKED
        elif tails is not None:
            yield TAILS + WANTED + LINKED
        elif self.relation is not None:
            yield fill(OF_TYPE, r=builder.name(self.relation)) + LINKED

    def _told(self, builder: ForeignCompiler, heads: list[str] | None, literals: list[Any] | None) -> Iterator[str]:
        """Facts that are properties."""
        if literals == [] or heads == [] or (self.relation is not None and self.relation not in self.profile.literals):
            return
        if heads is not None:
            keys = [self.relation] if self.relation is not None else list(self.profile.literals)
            if keys:
                yield HEADS + OWN + self._of_head(builder, keys)
            return
        by_label: dict[str, list[str]] = defaultdict(list)
        for relation in [self.relation] if self.relation is not None else sorted(self.profile.literals):
            for label, held in builder.holders(relation, None if literals is None else {m["kind"] for m in literals}):
                h, v = builder.variable("h"), builder.variable("v")
                if literals is None:
                    where = builder.of_label(h, label) + fill("<h><k> IS NOT NULL", h=h, k=builder.key(relation))
                else:
                    found = builder.of_label(h, label) + builder.equals(h, relation, held, v)
                    where = fill("UNWIND $literals AS <v> ", v=v) + found
                by_label[relation].append(where + fill(" RETURN <h> AS h", h=h))
        for relation, ways in by_label.items():
            named = fill(" WITH h, <p> AS relation ", p=builder.parameter(relation))
            yield "CALL () { " + " UNION ".join(ways) + " }" + named + self._of_head(builder, [relation])

    @staticmethod
    def _of_head(builder: ForeignCompiler, keys: Iterable[str]) -> str:
        y = builder.variable("y")
        return fill(OF_HEAD, y=y) + builder.made(y, keys) + TOLD

    def _fact(self, row: Sequence[Any]) -> Fact:
        head, relation, tail, value, kind = row
        return Fact(
            self.names.id_of(head), relation,
            node_from(None if tail is None else self.names.id_of(tail), value, kind, None),
        )  # fmt: skip
