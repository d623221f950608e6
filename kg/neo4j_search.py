"""Finding entities in Neo4j by their names: exactly, and by n-grams in a full-text index, scored as the embedded store does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from kg.name_search import CANDIDATES, LONGEST, similarity
from kg.names import fold
from kg.neo4j_connection import Connection
from kg.neo4j_layout import shortened
from kg.neo4j_rows import sought
from kg.neo4j_told import TOLD, Told
from kg.store import NameHit

NAMED = "MATCH (n:AskGraphName) WHERE n.folded IN $folded RETURN n.folded, n.entities"
LIKE = (
    "CALL db.index.fulltext.queryNodes('askgraph_names', $grams, {limit: $limit}) YIELD node, score RETURN node.folded"
)
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
    names = {name for (name,) in connection.read(LIKE, {"grams": grams, "limit": CANDIDATES})}
    ranked = sorted(((similarity(folded, name), name) for name in names), reverse=True)
    worst = ranked[limit - 1][0] if limit <= len(ranked) else 0.0
    best = [[name, score] for score, name in ranked if score >= worst and score > 0]
    rows = connection.read(HITS, {"ranked": best, "limit": limit}) if best else []
    hits = [NameHit(told[0], _spoken(Told.of_row(*told), name), score) for name, score, *told in rows]
    return sorted(hits, key=lambda hit: (-hit.score, hit.id))


def _spoken(told: Told, folded: str) -> str:
    """The name as the graph has it."""
    return next((name for name in told.spoken if shortened(fold(name)) == folded), folded)
