"""Writing entities and the names they are found by, inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence

from neo4j import ManagedTransaction

from kg.neo4j_layout import shortened
from kg.neo4j_rows import name_rows
from kg.neo4j_told import TOLD, Told

KNOWN = "MATCH (e:Entity) WHERE e.id IN $ids RETURN " + TOLD
NEW = "UNWIND $rows AS row CREATE (e:Entity) SET e = row.properties, e:$(row.labels)"
CHANGED = (
    "UNWIND $rows AS row MATCH (e:Entity {id: row.properties.id})"
    " SET e += row.properties REMOVE e:$(row.gone) SET e:$(row.labels)"
)
GONE = "MATCH (e:Entity) WHERE e.id IN $ids DETACH DELETE e"
NAMED = (
    "UNWIND $rows AS row MERGE (n:AskGraphName {folded: row.folded})"
    " ON CREATE SET n.grams = row.grams, n.entities = row.ids"
    " ON MATCH SET n.entities = n.entities + [id IN row.ids WHERE NOT id IN n.entities]"
)
UNNAMED = (
    "UNWIND $rows AS row MATCH (n:AskGraphName {folded: row.folded})"
    " SET n.entities = [id IN n.entities WHERE NOT id IN row.ids]"
    " WITH n WHERE size(n.entities) = 0 DELETE n"
)


def known(tx: ManagedTransaction, ids: Sequence[str]) -> dict[str, Told]:
    """What is told of those entities that are there."""
    return {row[0]: Told.of_row(*row) for row in tx.run(KNOWN, ids=ids).values()} if ids else {}


def change(tx: ManagedTransaction, changes: Sequence[tuple[Told, Told]]) -> None:
    """Write what is told of entities now, given with what was told before; without tellings an entity is not there."""
    changed = [(before, now) for before, now in changes if before != now]
    new = [{"properties": now.properties, "labels": now.labels} for before, now in changed if not before.tellings]
    if new:
        tx.run(NEW, rows=new).consume()
    retold = [
        {"properties": now.properties, "labels": now.labels, "gone": sorted({*before.labels} - {*now.labels})}
        for before, now in changed
        if before.tellings and now.tellings
    ]
    if retold:
        tx.run(CHANGED, rows=retold).consume()
    gone = [now.id for _, now in changed if not now.tellings]
    if gone:
        tx.run(GONE, ids=gone).consume()
    rename(tx, changed)


def rename(tx: ManagedTransaction, changed: Sequence[tuple[Told, Told]]) -> None:
    """Have entities found by the names that they have now, and by no others that they had."""
    named: dict[str, list[str]] = {}
    unnamed: dict[str, list[str]] = {}
    for before, now in changed:
        for name in now.names - before.names:
            named.setdefault(name, []).append(now.id)
        for name in before.names - now.names:
            unnamed.setdefault(name, []).append(now.id)
    if unnamed:
        tx.run(
            UNNAMED, rows=[{"folded": shortened(name), "ids": ids} for name, ids in sorted(unnamed.items())]
        ).consume()
    if named:
        tx.run(NAMED, rows=name_rows(named)).consume()
