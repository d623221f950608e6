"""Writing a graph to files, as a stream: N-Triples, Neo4j's tables, GraphML, Parquet.

    report = export_graph(store, "world.parquet")

What is written is there as a whole or, on any error, not at all. What a format cannot hold is named in the report.
"""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from kg.errors import LoadError
from kg.rdf import ntriples
from kg.store import GraphStore
from loaders.export_csv import write_tables
from loaders.export_graphml import write_graphml
from loaders.export_parquet import write_parquet
from loaders.exported import Written

FORMATS = ("ntriples", "neo4j-csv", "graphml", "parquet")
ENDINGS = {".nt": "ntriples", ".graphml": "graphml", ".parquet": "parquet"}
FOLDERS: dict[str, Callable[[GraphStore, Path], Written]] = {"neo4j-csv": write_tables, "parquet": write_parquet}
TABLES = frozenset({".csv", ".parquet"})  # what lies in a folder that an export has made


@dataclass(frozen=True)
class ExportReport:
    """What an export wrote.

    :param path: the file, or the folder of several files
    :param counts: what was written, counted
    :param notes: what the format cannot hold, a sentence each
    """

    path: str
    format: str
    counts: dict[str, int]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        told = ", ".join(f"{count:,} {what}" for what, count in self.counts.items())
        return "\n".join([f"{told} in {self.path}", *self.notes])


def write_ntriples(store: GraphStore, file: TextIO) -> Written:
    """The lines of :func:`kg.rdf.ntriples`."""
    count = sum(bool(file.write(line + "\n")) for line in ntriples(store))
    return Written({"triples": count}, ["N-Triples hold no weights, sources, times and units; those were left out"])


FILES: dict[str, Callable[[GraphStore, TextIO], Written]] = {"ntriples": write_ntriples, "graphml": write_graphml}


def export_graph(store: GraphStore, path: str | Path, format: str | None = None) -> ExportReport:
    """Write all of a graph.

    :param path: a file (``.nt``, ``.graphml``; ``.gz`` behind it packs it), or a folder for ``neo4j-csv`` and ``parquet``
    :param format: one of :data:`FORMATS`; by the path's ending when not given
    :raises LoadError: the format is unknown, or something else is at the path
    :raises OSError: the files cannot be written
    """
    path = Path(path)
    format = format or format_of(path)
    if format in FOLDERS:
        with whole_folder(path) as folder:
            written = FOLDERS[format](store, folder)
    elif format in FILES:
        with whole_file(path) as file:
            written = FILES[format](store, file)
    else:
        raise LoadError(f"unknown format {format!r} to export; known: {', '.join(FORMATS)}", str(path))
    return ExportReport(str(path), format, written.counts, tuple(written.notes))


def format_of(path: Path) -> str:
    """The format that a path's ending says.

    :raises LoadError: it says none
    """
    ending = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.casefold()
    if ending not in ENDINGS:
        known = ", ".join(f"{ending} ({format})" for ending, format in ENDINGS.items())
        raise LoadError(f"its ending says no format; name it with --format, or use {known}", str(path))
    return ENDINGS[ending]


@contextmanager
def whole_file(path: Path) -> Iterator[TextIO]:
    """A file that is there as a whole or, on any error, not at all."""
    part = Path(f"{path}.part")
    try:
        with _opened(part, path.suffix == ".gz") as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path, packed: bool) -> TextIO:
    if packed:
        return gzip.open(path, "wt", encoding="utf-8", newline="\n")
    return path.open("w", encoding="utf-8", newline="\n")


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder that is there with all of its files or, on any error, as it was.

    :raises LoadError: there is something else at the path
    """
    if path.exists() and not (
        path.is_dir() and all(file.suffix in TABLES and file.is_file() for file in path.iterdir())
    ):
        raise LoadError("is there already, and is no folder of an earlier export; give another path", str(path))
    part, old = Path(f"{path}.part"), Path(f"{path}.old")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    try:
        yield part
        if path.exists():
            path.rename(old)
        part.rename(path)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
