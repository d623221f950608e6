"""What is in a database that we did not import, counted. Counts of nodes and relationships are the server's own statistics;
what is counted one by one, in more than is looked at, is an estimate from that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kg.cypher_fragments import fill, quoted
from kg.graph import NodeKind, Relation, Schema
from kg.names import words_of
from kg.neo4j_connection import Connection
from kg.neo4j_foreign_cypher import ForeignCompiler
from kg.neo4j_foreign_profile import SAMPLE, Profile, start_of

COUNTED = 1_000_000  # relationships of a type whose ends are counted
EACH = "MATCH (n) WITH n LIMIT $sample "
VALUES = "UNWIND [key IN keys(n) WHERE key IN $keys] AS key UNWIND [] + n[key] AS <y> WITH n, key, "
SEEN = " AS x WHERE x IS NOT NULL WITH DISTINCT n, key, x"
TOTALS = " RETURN key, count(*), count(DISTINCT n), count(DISTINCT x), collect(DISTINCT x.kind)"
BY_LABEL = " RETURN key, count(*)"
ENDS = (
    "MATCH (h)-[:<r>]->(t) WITH h, t LIMIT $most WITH count(*) AS seen, count(DISTINCT h) AS heads, count(DISTINCT t) AS tails"
    " RETURN seen, heads, tails, COUNT { ()-[:<r>]->() }"
)
Typed = tuple[tuple[str, int], ...]


def read_schema(connection: Connection, profile: Profile) -> Schema:
    """See :meth:`kg.store.GraphStore.schema`."""
    relations = {type: _of_relationship(connection, profile, type) for type in profile.relationships}
    literals = _of_properties(connection, profile)
    for key, told in literals.items():
        relations[key] = _united(relations[key], told) if key in relations else told
    there = {id: relation for id, relation in sorted(relations.items()) if relation.facts}
    types = {label: count for label, count in sorted(profile.labels.items()) if label}
    facts = sum(relation.facts for relation in there.values())
    return Schema(profile.nodes, sum(told.tails for told in literals.values()), facts, there, types)


def _of_relationship(connection: Connection, profile: Profile, type: str) -> Relation:
    builder = ForeignCompiler(profile, list)
    r = builder.name(type)
    ends = connection.read(fill(ENDS, r=r), {"most": COUNTED} | builder.parameters)
    seen, heads, tails, facts = ends[0]
    labels = [label for label in profile.labels if quoted(label)]
    counts = [
        fill("COUNT { (:<l>)-[:<r>]->() }, COUNT { ()-[:<r>]->(:<l>) }", l=quoted(label), r=r) for label in labels
    ]
    row: Sequence[Any] = ()
    if counts and facts:
        row = connection.read("RETURN " + ", ".join(counts), builder.parameters)[0]
    wider = facts / max(1, seen)
    return Relation(
        type, words_of(type), facts=facts, heads=round(heads * wider), tails=round(tails * wider),
        domain=_ranked(zip(labels, row[::2], strict=False)), range=_ranked(zip(labels, row[1::2], strict=False)),
    )  # fmt: skip


def _of_properties(connection: Connection, profile: Profile) -> dict[str, Relation]:
    if not profile.literals:
        return {}
    sample = profile.nodes if profile.at_hand else SAMPLE
    named = {"keys": sorted(profile.literals), "sample": sample}
    values = fill(VALUES, y="y1") + ForeignCompiler(profile, list).made("y1", profile.literals) + SEEN
    wider = profile.nodes / max(1, min(profile.nodes, sample))
    domains: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for label, nodes in profile.labels.items():
        of_label = nodes / min(nodes, sample)
        for key, facts in connection.read(start_of(label) + values + BY_LABEL, named):
            domains[key] += [(label, round(facts * of_label))] if label else []
    found = {}
    for key, facts, heads, tails, kinds in connection.read(EACH + values + TOTALS, named):
        kind: NodeKind = kinds[0] if len(kinds) == 1 else "mixed"
        found[key] = Relation(
            key, words_of(key), facts=round(facts * wider), heads=round(heads * wider), tails=round(tails * wider),
            kind=kind, domain=_ranked(domains[key]),
        )  # fmt: skip
    return found


def _ranked(counted: Any) -> Typed:
    return tuple(sorted(((type, n) for type, n in counted if n), key=lambda pair: (-pair[1], pair[0])))


def _united(a: Relation, b: Relation) -> Relation:
    """Of a relationship type and a property that are called the same."""
    domain: dict[str, int] = defaultdict(int)
    for type, count in (*a.domain, *b.domain):
        domain[type] += count
    return replace(
        a, facts=a.facts + b.facts, heads=max(a.heads, b.heads), tails=a.tails + b.tails, kind="mixed",
        domain=_ranked(domain.items()),
    )  # fmt: skip
