"""Which reader reads a source: recognised by content, and by the file's name where the content leaves it open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kg.errors import LoadError
from loaders.mapping import Mapping
from loaders.records import Reader
from loaders.tables import TriplesReader
from loaders.text import check_file

FORMATS = ("triples",)
Paths = str | Path | Sequence[str | Path]


def open_readers(source: Any, *, nodes: Paths | None, format: str | None, mapping: Mapping) -> list[Reader]:
    """The readers of a source, in order. Every file is looked at before anything is read.

    :raises LoadError: a file is missing, empty, binary, or of an unknown format
    """
    paths = paths_of(source)
    if paths is None:
        raise LoadError(f"{type(source).__name__} is no source; give a path")
    for path in paths:
        check_file(path)
    return [TriplesReader(path, mapping) for path in paths]


def paths_of(source: Any) -> list[Path] | None:
    """The paths that a source consists of; None: it is something else."""
    if isinstance(source, str | Path):
        return [Path(source)]
    if isinstance(source, list | tuple) and source and all(isinstance(path, str | Path) for path in source):
        return [Path(path) for path in source]
    return None
