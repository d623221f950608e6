"""What batches have retracted in Neo4j, kept so that it can be told of and brought back (the layout: :mod:`kg.neo4j_layout`).

A retracted fact's relationship becomes a node of its own, ``AskGraphRetracted``, with all its tellings and the batch that took
it away. Undoing a batch that told it deletes its tellings for good, undoing the one that retracted it brings it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from neo4j import ManagedTransaction

from kg.graph import Fact, Literal
from kg.history import Change, in_order
from kg.neo4j_connection import Connection
from kg.neo4j_layout import RETOLD, WEIGHTS, literal_properties, node_from
from kg.neo4j_rows import FactRow

NOW = "toString(datetime.truncate('second', datetime()))"
DATED = "MATCH (g:AskGraph) MERGE (b:AskGraphBatch {id: $batch}) ON CREATE SET b.number = g.revision, b.time = " + NOW
FORGOTTEN = "MATCH (b:AskGraphBatch {id: $batch}) DELETE b"
BETWEEN = "MATCH (h)-[f:$(row[2])]->(t) WHERE coalesce(f.start, '') = row[3] AND coalesce(f.end, '') = row[4] "
ENDS = {
    True: "UNWIND $rows AS row MATCH (h:Entity {id: row[0]}) MATCH (t:Entity {id: row[1]}) ",
    False: "UNWIND $rows AS row MATCH (h:Entity {id: row[0]}) MATCH (t:Literal {key: row[1]}) ",
}
WITHDRAWN = (
    "CALL (row, h, t) { " + BETWEEN + "CREATE (:AskGraphRetracted {head: row[0], tail: row[1], relation: row[2],"
    " start: row[3], end: row[4], tail_id: t.id, value: t.value, kind: t.kind, language: t.language, told: f.told,"
    " weights: " + WEIGHTS + ", by: $batch, by_write: $write, time: " + NOW + "}) DELETE f }"
)
UNTOLD = (
    "MATCH (r:AskGraphRetracted) WHERE any(n IN r.told WHERE n IN $tellers)"
    " WITH r, [i IN range(0, size(r.told) - 1) WHERE NOT r.told[i] IN $tellers] AS kept"
    " SET r += {told: [i IN kept | r.told[i]], weights: [i IN kept | r.weights[i]]}"
    " WITH r WHERE size(r.told) = 0 DELETE r"
)
BACK = (
    "MATCH (r:AskGraphRetracted) WHERE r[$by] = $teller RETURN r.head, r.tail, r.relation, r.start, r.end, r.told,"
    " r.weights, r.tail_id, r.value, r.kind, r.language ORDER BY elementId(r)"
)
GONE = "MATCH (r:AskGraphRetracted) WHERE r[$by] = $teller DELETE r"
LITERALS = "UNWIND $rows AS row MERGE (l:Literal {key: row.key}) ON CREATE SET l = row"
UNITED = (
    "CALL (row, h, t) { " + BETWEEN + "WITH f, row, COLLECT { UNWIND row[5] AS n MATCH (who:AskGraphTeller {number: n})"
    " RETURN who.key } AS back"
    " WITH f, row, [i IN range(0, size(f.told) - 1) WHERE NOT EXISTS {"
    " MATCH (who:AskGraphTeller {number: f.told[i]}) WHERE who.key IN back }] AS own"
    " WITH f, row[5] + [i IN own | f.told[i]] AS told, row[6] + [i IN own | "
    + WEIGHTS
    + "[i]] AS weights "
    + RETOLD
    + " RETURN f } RETURN row[0], row[1], row[2], row[3], row[4]"
)
ANEW = (
    "CREATE (h)-[f:$(row[2]) {start: nullIf(row[3], ''), end: nullIf(row[4], '')}]->(t)"
    " WITH f, row[5] AS told, row[6] AS weights " + RETOLD
)
CHANGES = (
    "CALL () {"
    " MATCH (h:Entity {id: $id})-[f]->(t) RETURN h.id AS head, type(f) AS relation, t, f, null AS by, null AS at UNION ALL"
    " MATCH (h:Entity)-[f]->(t:Entity {id: $id}) WHERE h.id <> $id RETURN h.id AS head, type(f) AS relation, t, f, null AS by,"
    " null AS at UNION ALL"
    " MATCH (f:AskGraphRetracted) WHERE f.head = $id OR f.tail_id = $id"
    " RETURN f.head AS head, f.relation AS relation, {id: f.tail_id, value: f.value, kind: f.kind, language: f.language} AS t,"
    " f, f.by AS by, f.time AS at }"
    " UNWIND range(0, size(f.told) - 1) AS i MATCH (who:AskGraphTeller {number: f.told[i]})"
    " OPTIONAL MATCH (b:AskGraphBatch {id: who.batch}) OPTIONAL MATCH (a:AskGraphBatch {id: by})"
    " RETURN head, relation, t.id, t.value, t.kind, t.language, f.start, f.end, "
    + WEIGHTS
    + "[i], who.source, who.batch,"
    " b.number, b.time, by, a.number, at"
)


def withdraw(tx: ManagedTransaction, rows: Sequence[FactRow], batch: str, write: str) -> int:
    """Take facts away and keep them under the batch; the number of those that were there."""
    removed = 0
    for to_entity in (True, False):
        named = [row[:5] for row in rows if row.to_entity == to_entity]
        if named:
            result = tx.run(ENDS[to_entity] + WITHDRAWN, rows=named, batch=batch, write=write)
            removed += result.consume().counters.relationships_deleted
    return removed


def bring_back(tx: ManagedTransaction, of: str, teller: str, tellers: Sequence[int]) -> int:
    """Undo what a batch (``of="batch"``) or one write (``of="write"``) has retracted; the number of facts that are back.

    :param tellers: its numbers

    What it had told itself of facts that others have retracted is forgotten.
    """
    by = "by" if of == "batch" else "by_write"
    tx.run(UNTOLD, tellers=tellers).consume()
    rows: dict[tuple[Any, ...], list[Any]] = {}
    literals = []
    for *row, id, value, kind, language in tx.run(BACK, by=by, teller=teller).values():
        known = rows.setdefault(tuple(row[:5]), [*row[:5], [], [], id is not None])
        for place in (5, 6):
            known[place] += row[place]
        tail = node_from(id, value, kind, language)
        if isinstance(tail, Literal):
            literals.append(literal_properties(tail))
    if literals:
        tx.run(LITERALS, rows=literals).consume()
    for to_entity in (True, False):
        named = [row[:7] for row in rows.values() if row[7] == to_entity]
        if named:
            present = {tuple(key) for key in tx.run(ENDS[to_entity] + UNITED, rows=named).values()}
            new = [row for row in named if tuple(row[:5]) not in present]
            tx.run(ENDS[to_entity] + ANEW, rows=new).consume()
    if rows:
        tx.run(GONE, by=by, teller=teller).consume()
    if of == "batch":
        tx.run(FORGOTTEN, batch=teller).consume()
    return len(rows)


def changes(connection: Connection, id: str) -> list[Change]:
    """What has happened to an entity's facts, oldest first."""
    found: list[tuple[int, Change]] = []
    for row in connection.read(CHANGES, {"id": id}):
        head, relation, tail, value, kind, language, start, end, weight, source, batch, number, time, by, later, at = (
            row
        )
        node = node_from(tail, value, kind, language)
        sources = (source,) if source else ()
        fact = Fact(head, relation, node, weight, sources, batch, start or None, end or None)
        found.append((number or 0, Change("told", fact, batch, time or "")))
        if by is not None:
            found.append((later or 0, Change("retracted", fact, by, at)))
    return in_order(found)
