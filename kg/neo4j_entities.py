"""Writing entities and the names they are found by, inside a transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from neo4j import ManagedTransaction

from kg.neo4j_bulk import Numbers, placed
from kg.neo4j_layout import shortened
from kg.neo4j_rows import name_rows
from kg.neo4j_told import TOLD, Told

KNOWN = "MATCH (e:Entity) WHERE e.id IN $ids RETURN collect([" + TOLD + "])"
NEW = (
    "CYPHER 5 UNWIND range(0, size($rows) - 1) AS i WITH i, $rows[i] AS row CREATE (e:Entity)"
    " SET e = row.properties, e:$(row.labels) RETURN collect(i), collect(id(e))"
)
CHANGED = (
    "UNWIND $rows AS row MATCH (e:Entity {id: row.properties.id})"
    " SET e += row.properties REMOVE e:$(row.gone) SET e:$(row.labels)"
)
GONE = "MATCH (e:Entity) WHERE e.id IN $ids DETACH DELETE e"
NEW_NAMES = (
    "UNWIND $rows AS row CREATE (n:AskGraphName) SET n.folded = row.folded, n.grams = row.grams, n.entities = row.ids"
)
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
    rows = tx.run(KNOWN, ids=ids).single(strict=True)[0] if ids else []
    return {row[0]: Told.of_row(*row) for row in rows}


def create(tx: ManagedTransaction, new: Sequence[Told]) -> Numbers:
    """Make entities that are not there; names are another matter (:func:`name_entities`)."""
    rows = [{"properties": told.properties, "labels": told.labels} for told in new]
    return placed(tx, NEW, [told.id for told in new], rows=rows) if rows else {}


def change(tx: ManagedTransaction, changes: Sequence[tuple[Told, Told]]) -> None:
    """Write what is told now of entities that are there, given with what was told before; without tellings they go."""
    changed = [(before, now) for before, now in changes if before != now]
    retold = [
        {"properties": now.properties, "labels": now.labels, "gone": sorted({*before.labels} - {*now.labels})}
        for before, now in changed
        if now.tellings
    ]
    if retold:
        tx.run(CHANGED, rows=retold).consume()
    gone = [now.id for _, now in changed if not now.tellings]
    if gone:
        tx.run(GONE, ids=gone).consume()
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
    name_entities(tx, named, {})


def name_entities(
    tx: ManagedTransaction, named: Mapping[str, list[str]], grams: Mapping[str, str], new: Collection[str] = ()
) -> None:
    """Have entities found by further folded names.

    :param grams: n-grams of names (:func:`kg.neo4j_rows.grams_of`) for which they are known already
    :param new: names that no entity has, for sure
    """
    for statement, is_new in ((NEW_NAMES, True), (NAMED, False)):
        some = {name: ids for name, ids in named.items() if (name in new) == is_new}
        if some:
            tx.run(statement, rows=name_rows(some, grams)).consume()
