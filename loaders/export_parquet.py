"""A graph as Parquet, which :mod:`loaders.parquet` reads back without a loss: entities, relations that are worded, facts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kg.graph import Entity, Fact, Relation
from kg.store import GraphStore
from loaders.exported import Written, worded_relations

ROWS = 16_384  # of a row group, which is made in memory
TEXTS = pa.list_(pa.string())
ENTITIES = pa.schema(
    [("id", pa.string()), ("label", pa.string()), ("types", TEXTS),
     ("aliases", pa.list_(pa.struct([("text", pa.string()), ("language", pa.string())])))]
)  # fmt: skip
RELATIONS = pa.schema([("relation", pa.string()), ("name", pa.string()), ("aliases", TEXTS), ("unit", pa.string())])
FACTS = pa.schema(
    [("head", pa.string()), ("relation", pa.string()), ("tail", pa.string()), ("tail_kind", pa.string()),
     ("tail_language", pa.string()), ("weight", pa.float64()), ("sources", TEXTS), ("start", pa.string()),
     ("end", pa.string())]
)  # fmt: skip


def write_parquet(store: GraphStore, folder: Path) -> Written:
    """Write the files into a folder; one without rows is left out."""
    written = Written()
    _write(folder / "entities.parquet", ENTITIES, map(_entity, store.all_entities()), written)
    _write(folder / "relations.parquet", RELATIONS, map(_relation, worded_relations(store)), written)
    _write(folder / "facts.parquet", FACTS, map(_fact, store.facts()), written)
    return written


def _write(path: Path, schema: Any, rows: Iterable[dict[str, Any]], written: Written) -> None:
    walk = iter(rows)
    part = list(islice(walk, ROWS))
    if not part:
        return
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while part:
            writer.write_table(pa.Table.from_pylist(part, schema=schema))
            written.add(path.stem, len(part))
            part = list(islice(walk, ROWS))


def _entity(entity: Entity) -> dict[str, Any]:
    aliases = [{"text": name.text, "language": name.language} for name in entity.aliases]
    return {"id": entity.id, "label": entity.label, "types": list(entity.types), "aliases": aliases}


def _relation(relation: Relation) -> dict[str, Any]:
    return {"relation": relation.id, "name": relation.name, "aliases": list(relation.aliases), "unit": relation.unit}


def _fact(fact: Fact) -> dict[str, Any]:
    tail = fact.tail
    told = (tail, "entity", "") if isinstance(tail, str) else (tail.text, tail.kind, tail.language)
    return {
        "head": fact.head, "relation": fact.relation, "tail": told[0], "tail_kind": told[1], "tail_language": told[2],
        "weight": fact.weight, "sources": list(fact.sources), "start": fact.start, "end": fact.end,
    }  # fmt: skip
