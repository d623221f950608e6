"""Parquet: facts (``head``, ``relation``, ``tail`` or what else such columns are called) or nodes (``id`` and what is told of
them), batch by batch.

A column of numbers, dates or truth values holds literals; a tail that is text is an entity, unless ``tail_kind`` (as
``askgraph export`` writes it) or a mapping file says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kg.errors import LoadError
from kg.graph import Entity, Fact, Literal, Name, Node, Relation
from loaders.exported import read_literal
from loaders.mapping import Mapping, node_as
from loaders.nodes import LABELS
from loaders.records import FileReader, Tally
from loaders.tables import HEADERS
from loaders.values import literal_from, several

BROKEN = (pa.ArrowException, OSError, MemoryError, ValueError, TypeError, KeyError, OverflowError)
BATCH = 8_192  # rows at a time
NAMING = ("label", "name", "title")
TYPES = ("type", "types", "labels")
ALIASES = ("alias", "aliases")
OWN = ("weight", "start", "end", "source", "sources")
KIND, LANGUAGE = "tail_kind", "tail_language"
PARTS = (HEADERS[0] | {"src"}, HEADERS[1], HEADERS[2] | {"dst"})
SHARED = frozenset({"start", "end", "label", "type"})  # names that something else of a fact or of a node may have, too
PLAIN = frozenset(
    {"head", "subject", "source", "src", "tail", "object", "target", "dst"}
)  # names of ends, and of nothing else


class ParquetReader(FileReader):
    """A file of facts, of nodes, or of relations' wordings.

    :raises LoadError: it is no Parquet, or its columns are none of these
    """

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.mapping = mapping
        with self._opened() as file:
            self.columns = {str(name).casefold(): str(name) for name in file.schema_arrow.names}
        self.triple = _triple(self.columns)
        self.of_relations = not self.triple and {"relation", "name"} <= self.columns.keys()
        if not self.triple and not self.of_relations and "id" not in self.columns:
            what = "columns head, relation and tail (or subject, predicate, object; source, type, target), or id"
            raise LoadError(f"needs {what}; found: {', '.join(self.columns)[:200]}", str(path))

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        try:
            with pq.ParquetFile(self.path) as file:
                yield file
        except BROKEN as error:
            raise LoadError(f"no Parquet that can be read: {' '.join(str(error).split())}", str(self.path)) from error

    def _rows(self, advance: Callable[[int], object] = lambda size: None) -> Iterator[tuple[int, dict[str, Any]]]:
        """(number from 1, values by the columns' names in small letters)."""
        names = list(self.columns)
        with self._opened() as file:
            number, told, total = 0, 0, max(1, file.metadata.num_rows)
            for batch in file.iter_batches(BATCH, columns=list(self.columns.values())):
                columns = [column.to_pylist() for column in batch.columns]
                for values in zip(*columns, strict=True):
                    number += 1
                    yield number, dict(zip(names, values, strict=True))
                done = self.size * number // total
                advance(done - told)
                told = done

    # nodes and relations ---------------------------------------------------------------------------------------------

    def relations(self) -> Iterator[Relation]:
        if self.of_relations:
            for _, row in self._rows():
                aliases = tuple(map(str, several(row.get("aliases"))))
                yield Relation(str(row["relation"]), row["name"] or "", aliases, row.get("unit") or "")

    def entities(self, tally: Tally) -> Iterator[Entity]:
        if self.triple:
            return
        for number, row in self._rows(tally.advance):
            tally.read += 1
            if self.of_relations:
                tally.described += 1
            elif row["id"] in (None, ""):
                tally.reject(str(self.path), number, "no id", str(row)[:1000])
            else:
                tally.described += 1
                yield _entity(row)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        if self.triple:
            return self._facts(tally)
        return iter(()) if self.of_relations else self._properties(tally)

    def _properties(self, tally: Tally) -> Iterator[Fact]:
        telling = [
            key for key in self.columns if key != "id" and key not in (*NAMING, *TYPES) and _language(key) is None
        ]
        meanings = {name.casefold(): meaning for name, meaning in self.mapping.relations.items()}
        telling = [key for key in telling if meanings.get(key) != "skip"]
        for number, row in self._rows() if telling else ():
            if row["id"] in (None, ""):
                continue
            for key in telling:
                for value in several(row[key]):
                    tally.read += 1
                    try:
                        tail = _mapped(meanings.get(key, ""), value)
                    except (TypeError, ValueError) as error:
                        tally.reject(str(self.path), number, f"column {self.columns[key]}: {error}", str(row)[:1000])
                        continue
                    tally.told += 1
                    yield Fact(str(row["id"]), self.columns[key], tail, sources=(self.name,))

    # facts -----------------------------------------------------------------------------------------------------------

    def _facts(self, tally: Tally) -> Iterator[Fact]:
        used = {*self.triple, *OWN, KIND, LANGUAGE}
        left_out = [name for key, name in self.columns.items() if key not in used]
        if left_out:
            what = "a fact carries weight, start, end and source only"
            tally.notes.append(f"{self.path}: left out the columns {', '.join(left_out)}; {what}")
        for number, row in self._rows(tally.advance):
            tally.read += 1
            try:
                fact = self._fact(row)
            except (TypeError, ValueError) as error:
                tally.reject(str(self.path), number, str(error), str(row)[:1000])
                continue
            if fact is None:
                tally.skipped += 1
                continue
            tally.told += 1
            yield fact

    def _fact(self, row: dict[str, Any]) -> Fact | None:
        head, relation, tail = (row[key] for key in self.triple)
        if any(value is None or value == "" for value in (head, relation)) or tail is None:
            raise ValueError("an empty head, relation or tail")
        meaning = self.mapping.relations.get(str(relation), "")
        if meaning == "skip":
            return None
        own = {key: row[key] for key in OWN if key in row and key not in self.triple}
        weight = 1.0 if own.get("weight") is None else float(own["weight"])
        if not math.isfinite(weight):
            raise ValueError(f"the weight {weight} is no finite number")
        sources = [str(s) for key in ("sources", "source") for s in several(own.get(key))]
        if "sources" not in own:  # where the file says whose its facts are, it says it of all
            sources.insert(0, self.name)
        start, end = (literal_from(own[key]).text if own.get(key) else None for key in ("start", "end"))
        start, end = (Literal(text, "date").text if text else None for text in (start, end))
        node = _told(row[KIND], tail, row.get(LANGUAGE) or "") if row.get(KIND) else _tail(meaning, tail)
        return Fact(str(head), str(relation), node, weight, tuple(dict.fromkeys(sources)), start=start, end=end)


def _triple(columns: dict[str, str]) -> tuple[str, ...]:
    """The columns of head, relation and tail; none: it has not all of them, or is a table of nodes."""
    found: list[str] = []
    for names in PARTS:
        here = sorted((names & columns.keys()) - set(found), key=lambda name: (name in SHARED, name))
        found += here[:1]
    if len(found) < 3 or ("id" in columns and not (found[0] in PLAIN and found[2] in PLAIN)):
        return ()
    return tuple(found)


def _told(kind: str, text: Any, language: str) -> Node:
    """A tail of the kind that the file says it is of.

    :raises ValueError: the text is not of the kind
    """
    return str(text) if kind == "entity" else read_literal(kind, str(text), language)


def _tail(meaning: str, value: Any) -> Node:
    if meaning or not isinstance(value, str):
        return _mapped(meaning, value)
    if not value:
        raise ValueError("an empty head, relation or tail")
    return value


def _mapped(meaning: str, value: Any) -> Node:
    """A value as the mapping file wants it, or as a literal."""
    return node_as(meaning, str(value)) if meaning in ("number", "date", "string", "entity") else literal_from(value)


def _language(key: str) -> str | None:
    """The language of a column that holds further names, "" where it says none; None: it holds something else."""
    found = LABELS.fullmatch(key)
    return found.group(1).replace("_", "-") if found else "" if key in ALIASES else None


def _entity(row: dict[str, Any]) -> Entity:
    label = next((str(row[key]) for key in NAMING if row.get(key)), "")
    aliases = [
        Name(str(alias["text"]), str(alias.get("language") or ""))
        if isinstance(alias, dict)
        else Name(str(alias), language)
        for key in row
        if (language := _language(key)) is not None
        for alias in several(row[key])
    ]
    types = [str(told) for key in TYPES for told in several(row.get(key))]
    return Entity(str(row["id"]), label, tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys(types)))
