"""Node tables: CSV or TSV with a header: ``id``, ``name`` or ``label``, ``type``, ``aliases``, ``zh_labels`` (any language)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Entity, Fact, Name
from loaders.mapping import Mapping, node_as
from loaders.records import FileReader, Tally
from loaders.rows import Row, cut_rows, fields_of
from loaders.text import open_text

LABELS = re.compile(r"([a-z]{2,3}(?:[-_][a-z]{2,4})?)_labels?")
KNOWN = frozenset({"id", "name", "label", "type", "types", "alias", "aliases"})
TELLING = ("number", "date", "string", "entity")


def header_of(line: str) -> tuple[list[str], str]:
    """(names of the columns, delimiter) of a node table's first line; no names: it is none."""
    delimiter = "\t" if "\t" in line else ","
    header = [field.casefold() for field in fields_of(line, delimiter)]
    return (header, delimiter) if "id" in header and len(set(header)) == len(header) else ([], delimiter)


class NodesReader(FileReader):
    """A node table. Several values in a cell are separated by ``|``.

    A further column becomes facts where the mapping file says what it is (number, date, string or entity), else it is left out.

    :raises LoadError: no header with a column ``id``
    """

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        with open_text(path, mark_bad=True) as lines:
            first = next((line for line in islice(lines, 100) if line.strip()), "").rstrip("\r\n")
        self.header, self.delimiter = header_of(first)
        if not self.header:
            raise LoadError(f"a node table needs a header with a column id; found: {first[:80]}", str(path), 1)
        further = [c for c in self.header if c and c not in KNOWN and not LABELS.fullmatch(c)]
        meanings = {name.casefold(): (name, meaning) for name, meaning in mapping.relations.items()}
        self.telling = {c: meanings[c] for c in further if c in meanings and meanings[c][1] in TELLING}
        skipped = {c for c in further if c in meanings and meanings[c][1] == "skip"}
        self.left_out = [c for c in further if c not in self.telling and c not in skipped]

    @contextmanager
    def _rows(self, tally: Tally | None = None) -> Iterator[Iterator[tuple[Row, dict[str, str]]]]:
        with open_text(self.path, tally.advance if tally else None, mark_bad=True) as lines:
            rows = cut_rows(lines, self.delimiter)
            next(rows, None)
            yield ((row, self._cells(row)) for row in map(self._checked, rows))

    def _checked(self, row: Row) -> Row:
        if not row.reason and len(row.fields) > len(self.header):
            return replace(row, reason=f"{len(row.fields)} fields for {len(self.header)} columns")
        return row

    def _cells(self, row: Row) -> dict[str, str]:
        return dict(zip(self.header, row.fields, strict=False))

    def entities(self, tally: Tally) -> Iterator[Entity]:
        if self.left_out:
            columns = ", ".join(self.left_out)
            tally.notes.append(f"{self.path}: left out the columns {columns}; a mapping file can say what they are")
        with self._rows(tally) as rows:
            for row, cells in rows:
                tally.read += 1
                reason = row.reason or ("" if cells.get("id") else "no id")
                if reason:
                    tally.reject(str(self.path), row.number, reason, row.text)
                    continue
                tally.described += 1
                yield _entity(cells)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        if not self.telling:
            return
        with self._rows() as rows:
            for row, cells in rows:
                if row.reason or not cells.get("id"):
                    continue
                for column, (relation, meaning) in self.telling.items():
                    for text in _several(cells.get(column, "")):
                        tally.read += 1
                        try:
                            fact = Fact(cells["id"], relation, node_as(meaning, text), sources=(self.name,))
                        except ValueError as error:
                            tally.reject(str(self.path), row.number, f"column {column}: {error}", row.text)
                            continue
                        tally.told += 1
                        yield fact


def _entity(cells: dict[str, str]) -> Entity:
    label = cells.get("label") or cells.get("name") or ""
    aliases = [Name(text) for text in _several(cells.get("alias", "")) + _several(cells.get("aliases", ""))]
    if cells.get("label") and cells.get("name", label) not in ("", label):
        aliases.append(Name(cells["name"]))
    for column, cell in cells.items():
        language = LABELS.fullmatch(column)
        if language:
            aliases += [Name(text, language.group(1).replace("_", "-")) for text in _several(cell)]
    types = _several(cells.get("types", "")) + _several(cells.get("type", ""))
    return Entity(cells["id"], label, tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys(types)))


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()] if "|" in cell else [cell] if cell else []
