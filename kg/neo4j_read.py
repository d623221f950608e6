"""Reading entities, facts, the schema and neighbourhoods from Neo4j. A long walk is read in pages, each as of its own time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from kg.cypher_fragments import HOLDS
from kg.errors import StoreError
from kg.graph import Entity, Fact, Node, NodeKind, Relation, Schema
from kg.names import words_of
from kg.neo4j_connection import Connection
from kg.neo4j_layout import node_from
from kg.neo4j_rows import node_key
from kg.neo4j_told import TOLD, Told
from kg.store import Frontier, Step
from kg.validity import Period

PAGE = 2_000  # entities
NO_LIMIT = 2**62

ENTITIES = "MATCH (e:Entity) WHERE e.id IN $ids RETURN " + TOLD
FIRST_IDS = "MATCH (e:Entity) WHERE e.id >= '' RETURN e.id ORDER BY e.id LIMIT $page"
NEXT_IDS = "MATCH (e:Entity) WHERE e.id > $after RETURN e.id ORDER BY e.id LIMIT $page"
NODES = (
    "CALL () { MATCH (n:Entity) WHERE n.id IN $ids RETURN n UNION ALL MATCH (n:Literal) WHERE n.key IN $keys RETURN n }"
    " RETURN n.id, n.key"
)

FROM_HEADS = "MATCH (h:Entity) WHERE h.id IN $heads "
FROM_TAILS = "CALL () { MATCH (t:Entity) WHERE t.id IN $ids RETURN t UNION ALL MATCH (t:Literal) WHERE t.key IN $keys RETURN t } "
FACTS = {False: "MATCH (h)-[f]->(t) ", True: "MATCH (h)-[f:$($relation)]->(t) "}
AMONG_TAILS = "WHERE t.id IN $ids OR t.key IN $keys "
TELLERS = (  # of each telling of a fact its source and batch
    "COLLECT { UNWIND f.told AS number MATCH (who:AskGraphTeller {number: number}) USING INDEX who:AskGraphTeller(number)"
    " RETURN [who.source, who.batch] }"
)
FACT = (
    "RETURN h.id, type(f), t.id, t.value, t.kind, t.language, coalesce(f.weight, 1.0), f.start, f.end, "
    + TELLERS
    + " ORDER BY h.id, type(f), coalesce('entity@:' + t.id, t.key), coalesce(f.start, ''), coalesce(f.end, '') LIMIT $limit"
)

HELD = HOLDS.replace("<e>", "f").replace("<b>", "$begin").replace("<u>", "$until")
EXPAND = (
    "UNWIND range(0, size($frontiers) - 1) AS i"
    " CALL (i) { MATCH (n:Entity) WHERE n.id IN $frontiers[i].ids RETURN n"
    "   UNION ALL MATCH (n:Literal) WHERE n.key IN $frontiers[i].keys RETURN n }"
    " CALL (n) { MATCH (n)-[f]->(m) RETURN type(f) AS relation, false AS inverse, m"
    "   UNION ALL MATCH (n)<-[f]-(m) RETURN type(f) AS relation, true AS inverse, m }"
    " WITH i, relation, inverse, count(*) AS edges, collect(DISTINCT m)[..$cap] AS reached"
    " RETURN i, relation, inverse, edges, [m IN reached | m.id], [m IN reached WHERE m.id IS NULL | m.key]"
    " ORDER BY i, relation, inverse"
)
EXPAND_HELD = EXPAND.replace("[f]->(m) RETURN", "[f]->(m) WHERE " + HELD + " RETURN").replace(
    "[f]-(m) RETURN", "[f]-(m) WHERE " + HELD + " RETURN"
)

REVISION = "MATCH (g:AskGraph) RETURN g.revision"
COUNTS = "RETURN COUNT { (:Entity) }, COUNT { (:Literal) }, COUNT { ()-->() }"
TYPES = "MATCH (e:Entity) UNWIND e.types AS type RETURN type, count(*)"
RELATIONS = (
    "MATCH (h)-[f]->(t) RETURN type(f), count(f), count(DISTINCT h), count(DISTINCT t),"
    " collect(DISTINCT coalesce(t.kind, 'entity'))"
)
DOMAINS = "MATCH (h:Entity)-[f]->() UNWIND h.types AS type RETURN type(f), type, count(*)"
RANGES = "MATCH ()-[f]->(t:Entity) UNWIND t.types AS type RETURN type(f), type, count(*)"
WORDINGS = "MATCH (w:AskGraphWording) RETURN w.relation, w.name, w.aliases, w.unit ORDER BY w.revision, w.position"


@dataclass(frozen=True, slots=True)
class NodeFrontier:
    """A frontier as sorted ids of entities and keys of literals."""

    ids: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ids) + len(self.keys)


# entities and facts --------------------------------------------------------------------------------------------------


def entities(connection: Connection, ids: Iterable[str]) -> dict[str, Entity]:
    """See :meth:`kg.store.GraphStore.entities`."""
    wanted = sorted(set(ids))
    rows = connection.read(ENTITIES, {"ids": wanted}) if wanted else []
    return {row[0]: Told.of_row(*row).entity for row in rows}


def all_entities(connection: Connection) -> Iterator[Entity]:
    """See :meth:`kg.store.GraphStore.all_entities`."""
    for ids in _pages(connection):
        found = entities(connection, ids)
        yield from (found[id] for id in ids if id in found)


def _pages(connection: Connection) -> Iterator[list[str]]:
    """The ids of all entities, in order."""
    ids = [id for (id,) in connection.read(FIRST_IDS, {"page": PAGE})]
    while ids:
        yield ids
        ids = [id for (id,) in connection.read(NEXT_IDS, {"page": PAGE, "after": ids[-1]})]


def facts(
    connection: Connection,
    heads: Iterable[str] | None,
    relation: str | None,
    tails: Iterable[Node] | None,
    limit: int | None,
    period: Period | None = None,
) -> Iterator[Fact]:
    """See :meth:`kg.store.GraphStore.facts`. Read at once where heads or tails are given, else page by page."""
    parameters: dict[str, Any] = {"relation": relation, "limit": NO_LIMIT if limit is None else max(0, limit)}
    walk, last = FACTS[relation is not None], FACT
    if period is not None:
        last = "WITH h, f, t WHERE " + HELD + " " + FACT
        parameters |= {"begin": period.begin, "until": period.end}
    if heads is None and tails is None:
        found = _walk(connection, FROM_HEADS + walk + last, parameters)
        return found if limit is None else islice(found, max(0, limit))
    if relation == "" or limit == 0:
        return iter(())
    if tails is not None:
        parameters |= _keys(tails)
    if heads is None:
        statement = FROM_TAILS + walk + last
    else:
        parameters["heads"] = sorted(set(heads))
        statement = FROM_HEADS + walk + (AMONG_TAILS if tails is not None else "") + last
    return map(_fact, connection.read(statement, parameters))


def _walk(connection: Connection, statement: str, parameters: dict[str, Any]) -> Iterator[Fact]:
    for heads in _pages(connection):
        yield from map(_fact, connection.read(statement, parameters | {"heads": heads}))


def _fact(row: Sequence[Any]) -> Fact:
    head, relation, id, value, kind, language, weight, start, end, tellers = row
    sources = tuple(dict.fromkeys(source for source, _ in tellers if source))
    return Fact(head, relation, node_from(id, value, kind, language), weight, sources, tellers[0][1], start, end)


# neighbourhoods ------------------------------------------------------------------------------------------------------


def frontier(connection: Connection, nodes: Iterable[Node]) -> NodeFrontier:
    """See :meth:`kg.store.GraphStore.frontier`."""
    wanted = _keys(nodes)
    rows = connection.read(NODES, wanted) if wanted["ids"] or wanted["keys"] else []
    ids = sorted(id for id, _ in rows if id is not None)
    return NodeFrontier(tuple(ids), tuple(sorted(key for id, key in rows if id is None)))


def expand(
    connection: Connection, frontiers: Sequence[Frontier], cap: int, period: Period | None = None
) -> list[list[Step]]:
    """See :meth:`kg.store.GraphStore.expand`: one round trip. Which nodes stay under the cap is up to the server."""
    given = []
    for leaving in frontiers:
        if not isinstance(leaving, NodeFrontier):
            raise StoreError(f"{leaving!r} is no frontier of this store; make it with its frontier() or expand()")
        given.append({"ids": leaving.ids, "keys": leaving.keys})
    out: list[list[Step]] = [[] for _ in given]
    parameters: dict[str, Any] = {"frontiers": given, "cap": cap}
    if period is not None:
        parameters |= {"begin": period.begin, "until": period.end}
    statement = EXPAND if period is None else EXPAND_HELD
    rows = connection.read(statement, parameters) if any(map(len, frontiers)) else []
    for i, relation, inverse, edges, ids, keys in rows:
        reached = NodeFrontier(tuple(sorted(id for id in ids if id is not None)), tuple(sorted(keys)))
        out[i].append(Step(relation, inverse, edges, reached))
    return out


def _keys(nodes: Iterable[Node]) -> dict[str, list[str]]:
    """The nodes as the parameters ``ids`` and ``keys``."""
    wanted = set(nodes)
    ids = sorted(node_key(node) for node in wanted if isinstance(node, str))
    return {"ids": ids, "keys": sorted(node_key(node) for node in wanted if not isinstance(node, str))}


# the schema ----------------------------------------------------------------------------------------------------------


def revision(connection: Connection) -> int:
    """See :attr:`kg.store.GraphStore.revision`."""
    return int(connection.read(REVISION)[0][0])


def schema(connection: Connection) -> Schema:
    """See :meth:`kg.store.GraphStore.schema`."""
    counts, types, relations, domains, ranges, wordings = connection.read_all(
        COUNTS, TYPES, RELATIONS, DOMAINS, RANGES, WORDINGS
    )
    found = _worded(wordings)
    by_domain, by_range = _by_relation(domains), _by_relation(ranges)
    for id, told, heads, tails, kinds in relations:
        known = found.get(id, Relation(id))
        kind: NodeKind = kinds[0] if len(kinds) == 1 else "mixed"
        found[id] = Relation(
            id, known.name, known.aliases, known.unit, told, heads, tails, kind, by_domain[id], by_range[id]
        )
    named = {id: _named(relation) for id, relation in sorted(found.items())}
    (entity_count, literal_count, fact_count), *_ = counts
    return Schema(entity_count, literal_count, fact_count, named, dict(sorted(types)))


def _worded(wordings: Iterable[Sequence[Any]]) -> dict[str, Relation]:
    """The relations as they were described: the last name and unit told, all aliases."""
    found: dict[str, Relation] = {}
    for id, name, aliases, unit in wordings:
        known = found.get(id, Relation(id))
        united = tuple(dict.fromkeys([*known.aliases, *aliases]))
        found[id] = Relation(id, name or known.name, united, unit or known.unit)
    return found


def _named(relation: Relation) -> Relation:
    if relation.name:
        return relation
    return Relation(
        relation.id, words_of(relation.id), relation.aliases, relation.unit, relation.facts, relation.heads,
        relation.tails, relation.kind, relation.domain, relation.range,
    )  # fmt: skip


def _by_relation(rows: Iterable[Sequence[Any]]) -> dict[str, tuple[tuple[str, int], ...]]:
    """(type, facts) by relation, commonest first."""
    counted: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for relation, type, count in rows:
        counted[relation].append((type, count))
    ordered = {id: tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))) for id, pairs in counted.items()}
    return defaultdict(tuple, ordered)
