"""Votes in Neo4j, a node for each. The graph's node counts them on, which is what voters take turns by."""

from __future__ import annotations

from functools import partial

from neo4j import ManagedTransaction

from kg.errors import StoreError
from kg.neo4j_connection import Connection
from kg.votes import Vote, choices_json, facts_json, vote_from

LOCK = "MATCH (g:AskGraph) SET g.votes = coalesce(g.votes, 0)"
COUNT_ON = "MATCH (g:AskGraph) SET g.votes = coalesce(g.votes, 0) + 1 RETURN g.votes"
COUNTER = "MATCH (g:AskGraph) RETURN coalesce(g.votes, 0)"
KNOWN = "MATCH (v:AskGraphVote {id: $id}) RETURN 1"
KEEP = "CREATE (v:AskGraphVote) SET v = $vote"
REMOVE = "MATCH (v:AskGraphVote {id: $id}) DELETE v"
VOTES = (
    "MATCH (v:AskGraphVote) RETURN v.id, v.user, v.time, v.question, v.correct, v.choices, v.facts ORDER BY v.number"
)


def vote(connection: Connection, vote: Vote) -> None:
    """See :meth:`kg.store.GraphStore.vote`."""
    if not connection.write(partial(_keep, vote)):
        raise StoreError(f"{connection.address} has a vote {vote.id} already; give each vote an id of its own")


def _keep(vote: Vote, tx: ManagedTransaction) -> bool:
    tx.run(LOCK).consume()
    if tx.run(KNOWN, id=vote.id).single() is not None:
        return False
    number = tx.run(COUNT_ON).single(strict=True)[0]
    told = {
        "id": vote.id, "user": vote.user, "time": vote.time, "question": vote.question, "correct": vote.correct,
        "choices": choices_json(vote), "facts": facts_json(vote), "number": number,
    }  # fmt: skip
    tx.run(KEEP, vote=told).consume()
    return True


def unvote(connection: Connection, id: str) -> bool:
    """See :meth:`kg.store.GraphStore.unvote`."""
    return connection.write(partial(_remove, id))


def _remove(id: str, tx: ManagedTransaction) -> bool:
    if not tx.run(REMOVE, id=id).consume().counters.nodes_deleted:
        return False
    tx.run(COUNT_ON).consume()
    return True


def votes(connection: Connection) -> tuple[Vote, ...]:
    """See :meth:`kg.store.GraphStore.votes`."""
    return tuple(vote_from(*row) for row in connection.read(VOTES))


def counter(connection: Connection) -> int:
    """See :attr:`kg.store.GraphStore.votes_revision`."""
    return int(connection.read(COUNTER)[0][0])
