"""What the command line shows of a graph, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from kg.graph import Relation, Schema
from kg.names import words_of

TYPES = 3  # of a relation's heads and tails that are shown


def schema_lines(schema: Schema, location: str) -> Iterator[str]:
    """Counts, types and relations of a graph, commonest first."""
    yield f"{location}: {counts(schema)}"
    if schema.types:
        yield "types"
        for type, count in sorted(schema.types.items(), key=lambda item: (-item[1], item[0])):
            yield f"  {count:>10,}  {type}"
    if schema.relations:
        yield "relations (facts, name, from → to)"
        for relation in sorted(schema.relations.values(), key=lambda r: (-r.facts, r.id)):
            yield f"  {relation.facts:>10,}  {_relation(relation)}"


def counts(schema: Schema) -> str:
    """A graph's size in words."""
    return (
        f"{schema.facts:,} facts, {schema.entities:,} entities, {schema.literals:,} values, "
        f"{len(schema.relations):,} relations, {len(schema.types):,} types"
    )


def _relation(relation: Relation) -> str:
    name = relation.name or words_of(relation.id)
    shown = name if name.casefold() == relation.id.casefold() else f"{name} ({relation.id})"
    heads = "/".join(type for type, _ in relation.domain[:TYPES]) or "entity"
    tails = "/".join(type for type, _ in relation.range[:TYPES]) or relation.kind
    unit = f", in {relation.unit}" if relation.unit else ""
    also = f"; also: {', '.join(relation.aliases)}" if relation.aliases else ""
    return f"{shown}  {heads} → {tails}{unit}{also}"
