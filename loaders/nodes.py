"""Node tables: CSV or TSV with a header: ``id``, ``name`` or ``label``, ``type``, ``aliases``, ``zh_labels`` (any language)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Entity, Name
from loaders.records import Records, Reject
from loaders.text import open_text

LABELS = re.compile(r"([a-z]{2,3}(?:[-_][A-Za-z]{2,4})?)_labels?")


def read_nodes(path: Path) -> Records:
    """The entities of a node table; several values in a cell are separated by ``|``.

    :raises LoadError: no header with a column ``id``
    """
    with open_text(path) as lines:
        first = next(lines, "").rstrip("\r\n")
        delimiter = "\t" if "\t" in first else ","
        header = [h.strip().casefold() for h in next(csv.reader([first], delimiter=delimiter), [])]
        if "id" not in header:
            raise LoadError(
                f"a node table needs a header with a column id; found: {', '.join(header)[:80]}", str(path), 1
            )
        for number, raw in enumerate(lines, 2):
            line = raw.rstrip("\r\n")
            if not line.strip():
                continue
            cells = next(csv.reader([line], delimiter=delimiter)) if '"' in line else line.split(delimiter)
            if len(cells) > len(header) or not cells[header.index("id")].strip():
                yield Reject(str(path), number, f"{len(cells)} fields for {len(header)} columns, or no id", line)
                continue
            row = dict(zip(header, (c.strip() for c in cells), strict=False))
            yield _entity(row)


def _entity(row: dict[str, str]) -> Entity:
    aliases = [Name(a) for a in _several(row.get("aliases", ""))]
    for column, cell in row.items():
        language = LABELS.fullmatch(column)
        if language:
            aliases += [Name(a, language.group(1)) for a in _several(cell)]
    label = row.get("label") or row.get("name") or ""
    types = _several(row.get("types", "")) + _several(row.get("type", ""))
    return Entity(row["id"], label, tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys(types)))


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]
