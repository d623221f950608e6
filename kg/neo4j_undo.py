"""A writer's turn, retracting facts, and taking back what a batch or a write that failed has told."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from neo4j import READ_ACCESS, ManagedTransaction, SummaryCounters

from kg.graph import Fact
from kg.neo4j_connection import Connection
from kg.neo4j_entities import change, known
from kg.neo4j_history import BETWEEN, DATED, ENDS, bring_back, withdraw
from kg.neo4j_layout import HISTORY, RETOLD, WEIGHTS
from kg.neo4j_rows import FactRow, key_rows
from kg.neo4j_search import have_names_index
from kg.neo4j_tellers import forget, numbers

Item = TypeVar("Item")
CHUNK = 10_000  # facts or entities a transaction

TURN = "MATCH (t:AskGraphTurn) SET t.held = true"
HAS_HISTORY = "SHOW CONSTRAINTS YIELD name WHERE name = 'askgraph_scope' RETURN name"
PENDING = "MATCH (g:AskGraph) WHERE g.pending IS NOT NULL RETURN g.pending"
SET_PENDING = "MATCH (g:AskGraph) SET g.pending = $pending"
REVISE = "MATCH (g:AskGraph) SET g.revision = g.revision + 1"

# In a subquery both ends are given: Neo4j looks from the one with fewer facts. A plan made while the graph was small would
# read all facts for each row, so many rows are planned anew.
RETRACTED = "CALL (row, h, t) { " + BETWEEN + "DELETE f }"
MANY, REPLAN = 100, "CYPHER replan=force "
LONE_LITERALS = "MATCH (l:Literal) WHERE l.key IN $keys AND NOT EXISTS { (l)--() } DELETE l"
FACTS_TOLD = "MATCH ()-[f]->() WHERE any(n IN f.told WHERE n IN $tellers) RETURN elementId(f)"
ENTITIES_TOLD = "MATCH (e:Entity) WHERE any(n IN e.told WHERE n IN $tellers) RETURN e.id"
FACTS_UNTOLD = (
    "MATCH ()-[f]->() WHERE elementId(f) IN $ids"
    " WITH f, [i IN range(0, size(f.told) - 1) WHERE NOT f.told[i] IN $tellers] AS kept WHERE size(kept) > 0"
    " WITH f, [i IN kept | f.told[i]] AS told, [i IN kept | " + WEIGHTS + "[i]] AS weights " + RETOLD
)
FACTS_GONE = (
    "MATCH ()-[f]->(t) WHERE elementId(f) IN $ids AND any(n IN f.told WHERE n IN $tellers)"
    " WITH f, t.key AS key DELETE f RETURN DISTINCT key"
)
WORDINGS_UNTOLD = "MATCH (w:AskGraphWording) WHERE w[$of] = $teller DELETE w"


@contextmanager
def turn(connection: Connection, write: str = "") -> Iterator[None]:
    """Be the only writer; what one that died has left is taken back first, unless it is this write.

    :raises StoreLocked: another writer is at it for longer than a write waits
    """
    prepare(connection)
    with connection.holding(TURN):
        for (pending,) in connection.read(PENDING):
            if pending[1] != write:
                take_back(connection, *pending)
        yield


def prepare(connection: Connection) -> None:
    """Have the indexes of histories and scopes, which a graph of an earlier version lacks."""
    if not connection.has_history and not connection.read(HAS_HISTORY):
        for statement in HISTORY:
            connection.run(statement)
    connection.has_history = True


def mend(connection: Connection) -> None:
    """Take back what a writer that died has left, if there is anything; one that is alive is waited for."""
    if connection.read(PENDING):
        with turn(connection):
            pass


def retract(connection: Connection, facts: Iterable[Fact], batch: str | None = None) -> int:
    """See :meth:`kg.store.GraphStore.retract`. Atomic up to :data:`CHUNK` facts, else in several transactions."""
    rows = key_rows(facts)
    write = secrets.token_hex(8)
    with turn(connection):
        return sum(connection.write(partial(retract_rows, part, batch, write)) for part in chunks(rows))


def retract_rows(rows: Sequence[FactRow], batch: str | None, write: str, tx: ManagedTransaction) -> int:
    """Remove the facts; with a batch they are kept under it."""
    removed = 0
    if batch is not None:
        removed = withdraw(tx, rows, batch, write)
    else:
        for to_entity in (True, False):
            named = [row[:5] for row in rows if row.to_entity == to_entity]
            if named:
                deleted = counters(tx, planned(ENDS[to_entity] + RETRACTED, named), rows=named)
                removed += deleted.relationships_deleted
    counters(tx, LONE_LITERALS, keys=[row.tail for row in rows if not row.to_entity])
    if removed:
        counters(tx, REVISE)
    if removed and batch is not None:
        counters(tx, DATED, batch=batch)
    return removed


def undo(connection: Connection, batch: str) -> int:
    """See :meth:`kg.store.GraphStore.undo`. One that takes several transactions and is broken off is finished later."""
    with turn(connection):
        return take_back(connection, "batch", batch)


def take_back(connection: Connection, of: str, teller: str) -> int:
    """Take back what a batch (``of="batch"``) or one write (``of="write"``) has told; the number of facts removed."""
    tellers = numbers(connection, of, teller)
    facts, entities = (
        [id for (id,) in connection.read(told + " LIMIT $limit", {"tellers": tellers, "limit": CHUNK + 1})]
        for told in (FACTS_TOLD, ENTITIES_TOLD)
    )
    if max(len(facts), len(entities)) <= CHUNK:
        have_names_index(connection)
        return connection.write(partial(_take_back_all, of, teller, tellers, facts, entities))
    connection.run(SET_PENDING, {"pending": [of, teller]})
    removed = 0
    for part in _streamed(connection, FACTS_TOLD, tellers):
        removed += connection.write(partial(_untell_facts, tellers, part))
    for part in _streamed(connection, ENTITIES_TOLD, tellers):
        connection.write(partial(_untell_entities, tellers, part))
    have_names_index(connection)
    connection.write(partial(_take_back_all, of, teller, tellers, [], []))
    return removed


def _take_back_all(
    of: str, teller: str, tellers: list[int], facts: Sequence[str], entities: Sequence[str], tx: ManagedTransaction
) -> int:
    """Take back few facts and entities, and all wordings; then nothing is pending."""
    removed = _untell_facts(tellers, facts, tx)
    _untell_entities(tellers, entities, tx)
    if counters(tx, WORDINGS_UNTOLD, of=of, teller=teller).nodes_deleted:
        counters(tx, REVISE)
    back = bring_back(tx, of, teller, tellers)
    if back:
        counters(tx, REVISE)
    forget(tx, of, teller)
    counters(tx, SET_PENDING, pending=None)
    return removed + back


def _untell_facts(tellers: list[int], ids: Sequence[str], tx: ManagedTransaction) -> int:
    if not ids:
        return 0
    counters(tx, FACTS_UNTOLD, ids=ids, tellers=tellers)
    gone = tx.run(FACTS_GONE, {"ids": ids, "tellers": tellers})
    keys = [key for (key,) in gone.values() if key is not None]
    counters(tx, LONE_LITERALS, keys=keys)
    counters(tx, REVISE)
    return gone.consume().counters.relationships_deleted


def _untell_entities(tellers: list[int], ids: Sequence[str], tx: ManagedTransaction) -> None:
    if ids:
        gone = frozenset(tellers)
        change(tx, [(told, told.without(gone)) for told in known(tx, ids).values()])
        counters(tx, REVISE)


def _streamed(connection: Connection, statement: str, tellers: list[int]) -> Iterator[list[str]]:
    """The ids that a statement gives, in parts, while what they name is changed by other transactions."""
    with connection.session(READ_ACCESS) as session, session.begin_transaction() as tx:
        for part in chunks(tx.run(statement, tellers=tellers)):
            yield [id for (id,) in part]


def counters(tx: ManagedTransaction, statement: str, **parameters: Any) -> SummaryCounters:
    """Run a statement and say what it did."""
    return tx.run(statement, parameters).consume().counters


def planned(statement: str, rows: Sequence[Any]) -> str:
    """The statement, planned anew where many rows make that worth while."""
    return REPLAN + statement if len(rows) > MANY else statement


def chunks(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists of up to :data:`CHUNK`."""
    walk = iter(items)
    while part := list(islice(walk, CHUNK)):
        yield part
