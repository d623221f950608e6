"""How a graph lies in Neo4j (docs/decisions/0003-neo4j-layout.md): labels, properties, and what may be a key.

- ``(:AskGraphTeller {number, batch, write, source, key})``, who tells: a batch, in one write, of one source ("": of none); what
  was told carries the numbers of its tellers;
- ``(:Entity {id, label, aliases, types, told, tellings})``, its types as further labels; ``told`` (numbers) and ``tellings``
  are parallel lists of who told what (:mod:`kg.neo4j_told`); without ``tellings`` only its existence was told;
- ``(:Literal {key, value, kind, language, order})``, one node per distinct literal;
- ``(:Entity)-[:<relation> {told, weights, weight, start, end}]->(:Entity|:Literal)``, one for each fact; ``told`` (numbers) and
  ``weights`` are parallel lists, ``weight`` is the first of these; weights of 1 and no ``start`` or ``end`` are left away;
- ``(:AskGraphName {folded, grams, entities})``, one per folded name, its n-grams as words of a full-text index;
- ``(:AskGraphWording)``, one per telling of how a relation is worded;
- ``(:AskGraphRetracted {head, relation, tail, start, end, told, weights, by, by_write, time, ...})``, one for each retraction of
  a fact (:mod:`kg.neo4j_history`); ``(:AskGraphBatch {id, time})``, when a batch was first written;
- ``(:AskGraphScope {name, ...})``, what a scope changes, as text (:mod:`kg.neo4j_scopes`);
- ``(:AskGraphVote)``, one per vote on an answer (:class:`kg.votes.Vote`), in the order of ``number``;
- ``(:AskGraph {version, revision, votes, tellers, pending})``, the graph itself; ``tellers``: the last number; ``pending``:
  whose tellings a write that was broken off has left to be taken back;
  ``(:AskGraphTurn)``, what writers lock to take turns. None of these has relationships.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from kg.errors import StoreError
from kg.graph import Literal, LiteralKind, Node

VERSION = 2  # of the layout
RESERVED = frozenset(
    {
        "Entity", "Literal", "AskGraph", "AskGraphBatch", "AskGraphName", "AskGraphRetracted", "AskGraphScope",
        "AskGraphTeller", "AskGraphTurn", "AskGraphVote", "AskGraphWording",
    }
)  # no type's label  # fmt: skip
HISTORY = (
    "CREATE CONSTRAINT askgraph_batch IF NOT EXISTS FOR (b:AskGraphBatch) REQUIRE b.id IS UNIQUE",
    "CREATE CONSTRAINT askgraph_scope IF NOT EXISTS FOR (s:AskGraphScope) REQUIRE s.name IS UNIQUE",
    "CREATE INDEX askgraph_retracted_head IF NOT EXISTS FOR (r:AskGraphRetracted) ON (r.head)",
    "CREATE INDEX askgraph_retracted_tail IF NOT EXISTS FOR (r:AskGraphRetracted) ON (r.tail_id)",
)
NAMES_INDEX = (
    "CREATE FULLTEXT INDEX askgraph_names IF NOT EXISTS FOR (n:AskGraphName) ON EACH [n.grams]"
    " OPTIONS {indexConfig: {`fulltext.analyzer`: 'whitespace'}}"
)
SCHEMA = (
    "CREATE CONSTRAINT askgraph_entity IF NOT EXISTS FOR (e:Entity) REQUIRE e.id IS UNIQUE",
    "CREATE CONSTRAINT askgraph_literal IF NOT EXISTS FOR (l:Literal) REQUIRE l.key IS UNIQUE",
    "CREATE CONSTRAINT askgraph_name IF NOT EXISTS FOR (n:AskGraphName) REQUIRE n.folded IS UNIQUE",
    "CREATE CONSTRAINT askgraph_graph IF NOT EXISTS FOR (g:AskGraph) REQUIRE g.one IS UNIQUE",
    "CREATE CONSTRAINT askgraph_turn IF NOT EXISTS FOR (t:AskGraphTurn) REQUIRE t.one IS UNIQUE",
    *HISTORY,
    "CREATE INDEX askgraph_teller IF NOT EXISTS FOR (t:AskGraphTeller) ON (t.number)",
    "CREATE INDEX askgraph_teller_key IF NOT EXISTS FOR (t:AskGraphTeller) ON (t.key)",
    NAMES_INDEX,
    "CALL db.awaitIndexes(300)",
    "MERGE (:AskGraphTurn {one: true})",
    "MERGE (g:AskGraph {one: true}) ON CREATE SET g.version = $version, g.revision = 0",
)
# a fact's tellings: of each its weight, and how changed lists are written
WEIGHTS = "coalesce(f.weights, [n IN f.told | 1.0])"
RETOLD = (
    "SET f += {told: told, weights: CASE WHEN all(w IN weights WHERE w = 1.0) THEN null ELSE weights END,"
    " weight: nullIf(weights[0], 1.0)}"
)
LONGEST_KEY = 2_000  # characters; an index of Neo4j takes keys of 8 kB
INTEGERS = range(-(2**63), 2**63)
Value = int | float | str
Columns = tuple[str | None, Value | None, LiteralKind | None, str | None]


def literal_key(literal: Literal) -> str:
    """The literal's :attr:`~kg.graph.Literal.key`; of a very long one its beginning and a hash of it all."""
    return shortened(literal.key)


def shortened(key: str) -> str:
    """A text that an index can hold; different texts stay different."""
    if len(key) <= LONGEST_KEY:
        return key
    return key[:LONGEST_KEY] + "…" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def literal_properties(literal: Literal) -> dict[str, Value | None]:
    """The properties of a literal's node; a whole number beyond 64 bits is kept as text."""
    value: Value = literal.value
    if isinstance(value, int) and value not in INTEGERS:
        value = str(value)
    return {
        "key": literal_key(literal), "value": value, "kind": literal.kind, "language": literal.language or None,
        "order": literal.order,
    }  # fmt: skip


def node_from(id: str | None, value: Value | None, kind: LiteralKind | None, language: str | None) -> Node:
    """The node of a row ``id, value, kind, language``: an entity has an id, a literal has the rest."""
    if id is not None:
        return id
    if kind is None or value is None:
        raise StoreError("a node is neither an entity nor a literal; the database has been changed by something else")
    if kind == "number" and isinstance(value, str):
        value = int(value)
    return Literal(value, kind, language or "")


def nodes_in_order(rows: Sequence[Columns]) -> tuple[Node, ...]:
    """The nodes of rows as a :class:`kg.plan.Result` has them: entities by id, then literals by key."""
    nodes = [node_from(*row) for row in rows]
    entities = sorted(node for node in nodes if isinstance(node, str))
    literals = sorted((node for node in nodes if isinstance(node, Literal)), key=lambda literal: literal.key)
    return (*entities, *literals)
