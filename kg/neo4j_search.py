"""Finding entities in Neo4j by their names: exactly, and by n-grams in a full-text index, scored as the embedded store does."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

from kg.errors import StoreError
from kg.name_search import CANDIDATES, LONGEST, similarity
from kg.names import fold
from kg.neo4j_connection import Connection
from kg.neo4j_layout import NAMES_INDEX, shortened
from kg.neo4j_rows import sought
from kg.neo4j_told import TOLD, Told
from kg.store import NameHit

NAMED = "MATCH (n:AskGraphName) WHERE n.folded IN $folded RETURN n.folded, n.entities"
LIKE = (
    "CALL db.index.fulltext.queryNodes('askgraph_names', $grams, {limit: $limit}) YIELD node, score RETURN node.folded"
)
INDEX = "SHOW FULLTEXT INDEXES YIELD name, state WHERE name = 'askgraph_names' RETURN state"
READY = [["ONLINE"]]
NO_INDEX = "DROP INDEX askgraph_names IF EXISTS"
HITS = (
    "UNWIND $ranked AS row MATCH (n:AskGraphName {folded: row[0]}) UNWIND n.entities AS id"
    " WITH id, row ORDER BY row[1] DESC, row[0] DESC WITH id, collect(row)[0] AS best"
    " ORDER BY best[1] DESC, id LIMIT $limit"
    " MATCH (e:Entity {id: id}) RETURN best[0], best[1], "
) + TOLD


def lookup(connection: Connection, folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """See :meth:`kg.store.GraphStore.lookup`."""
    names: dict[str, list[str]] = defaultdict(list)
    for name in folded:
        names[shortened(name)].append(name)
    rows = connection.read(NAMED, {"folded": sorted(names)}) if names else []
    return {name: tuple(sorted(ids)) for key, ids in rows for name in names[key]}


def search(connection: Connection, text: str, limit: int) -> list[NameHit]:
    """See :meth:`kg.store.GraphStore.search`."""
    grams, folded = sought(text), fold(text[:LONGEST])
    if not grams or limit <= 0:
        return []
    names = _like(connection, grams)
    ranked = sorted(((similarity(folded, name), name) for name in names), reverse=True)
    worst = ranked[limit - 1][0] if limit <= len(ranked) else 0.0
    best = [[name, score] for score, name in ranked if score >= worst and score > 0]
    rows = connection.read(HITS, {"ranked": best, "limit": limit}) if best else []
    hits = [NameHit(told[0], _spoken(Told.of_row(*told), name), score) for name, score, *told in rows]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))


def _like(connection: Connection, grams: str) -> set[str]:
    try:
        return {name for (name,) in connection.read(LIKE, {"grams": grams, "limit": CANDIDATES})}
    except StoreError as error:
        if connection.read(INDEX):
            raise
        told = "names can be searched when the first import into it is done; try again then"
        raise StoreError(f"{connection.address}: {told} (or import with --resume, if it was broken off)") from error


def have_names_index(connection: Connection) -> None:
    """Have the index of names there and up to date; it is left away while an empty graph is filled."""
    if connection.read(INDEX) == READY:
        return
    connection.run(NAMES_INDEX)
    pause = 0.02
    while (state := connection.read(INDEX)) != READY:
        if state == [["FAILED"]]:
            raise StoreError(f"{connection.address} cannot index names; its log (debug.log) says why")
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


def without_names_index(connection: Connection) -> None:
    """Leave it away: row by row it costs several times as much as made at once (:func:`have_names_index`)."""
    connection.run(NO_INDEX)


def _spoken(told: Told, folded: str) -> str:
    """The name as the graph has it."""
    return next((name for name in told.spoken if shortened(fold(name)) == folded), folded)
