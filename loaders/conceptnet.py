"""The assertions of ConceptNet 5: tab-separated, ``/a/[…]``, relation, start, end, and JSON with weight and dataset.

An entity's id is its URI (``/c/en/hot_dog/n``), its label the words of it, in their language.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from kg.graph import Fact
from loaders.descriptions import LABEL, Descriptions
from loaders.mapping import Mapping
from loaders.records import FileReader, Tally
from loaders.rows import Row, cut_rows
from loaders.text import open_text

ASSERTION = re.compile(r"/a/\[[^\t]*\t/r/[^\t]+\t[^\t]+\t[^\t]+\t\{.*\}\s*")
CONCEPT = re.compile(r"/c/(?P<language>[^/]+)/(?P<words>[^/]+)(?:/.*)?")
REMEMBERED = 1_000_000  # concepts whose names need not be told again


class ConceptNetReader(FileReader):
    """A file of assertions. Of the mapping file it takes what relations to skip."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.skipped = {relation for relation, meaning in mapping.relations.items() if meaning == "skip"}

    @contextmanager
    def _rows(self, tally: Tally | None = None) -> Iterator[Iterator[Row]]:
        with open_text(self.path, tally.advance if tally else None, mark_bad=True) as lines:
            yield (_checked(row) for row in cut_rows(lines, "\t"))

    def describe(self, told: Descriptions) -> None:
        seen: set[str] = set()
        with self._rows() as rows:
            for row in rows:
                if row.reason or row.fields[1] in self.skipped:
                    continue
                for id in row.fields[2:4]:
                    concept = None if id in seen else CONCEPT.fullmatch(id)
                    if concept:
                        told.tell(id, LABEL, concept["words"].replace("_", " "), concept["language"])
                        if len(seen) >= REMEMBERED:
                            seen.clear()
                        seen.add(id)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        with self._rows(tally) as rows:
            for row in rows:
                tally.read += 1
                if not row.reason and row.fields[1] in self.skipped:
                    tally.skipped += 1
                    continue
                try:
                    fact = _fact(row, self.name)
                except ValueError as error:
                    tally.reject(str(self.path), row.number, row.reason or str(error), row.text)
                    continue
                tally.told += 1
                yield fact


def _checked(row: Row) -> Row:
    if row.reason:
        return row
    if len(row.fields) != 5:
        return replace(row, reason=f"{len(row.fields)} fields instead of five, separated by tabs")
    return row if all(row.fields[1:4]) else replace(row, reason="an empty field")


def _fact(row: Row, source: str) -> Fact:
    """The fact of an assertion, with its weight and dataset.

    :raises ValueError: its last field is no JSON, or its weight no finite number
    """
    if row.reason:
        raise ValueError(row.reason)
    _, relation, head, tail, about = row.fields
    try:
        told = json.loads(about)
        weight = float(told.get("weight", 1.0))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise ValueError(f"the last field is no JSON object with a weight ({error})") from error
    if not math.isfinite(weight):
        raise ValueError(f"the weight {weight} is no finite number")
    dataset = told.get("dataset")
    return Fact(head, relation, tail, weight, (source, dataset) if isinstance(dataset, str) and dataset else (source,))
