"""Which reader reads a source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import networkx as nx

from kg.errors import LoadError
from loaders.conceptnet import ConceptNetReader
from loaders.graph_files import FORMATS as GRAPH_FILES
from loaders.graph_files import GraphFileReader
from loaders.mapping import Mapping
from loaders.neo4j_csv import Neo4jReader, columns_of, first_lines, share_groups
from loaders.neo4j_json import Neo4jJsonReader
from loaders.nodes import NodesReader
from loaders.nquads import NQuadsReader
from loaders.ntriples import NTriplesReader
from loaders.objects import FactsReader, NetworkxReader, RdflibReader, is_rdflib
from loaders.parquet import ParquetReader
from loaders.rdf_files import SYNTAXES, RdfReader
from loaders.recognise import recognise, recognise_nodes
from loaders.records import FileReader, Reader
from loaders.tables import TriplesReader
from loaders.text import check_file
from loaders.wikidata import WikidataReader

FORMATS = (
    "triples", "tsv", "csv", "ntriples", "nquads", "turtle", "trig", "rdfxml", "jsonld", "neo4j", "neo4j-json", "nodes",
    "graphml", "gexf", "node-link", "parquet", "wikidata", "conceptnet",
)  # fmt: skip
OTHER_NAMES = {
    "nt": "ntriples", "nq": "nquads", "ttl": "turtle", "rdf": "rdfxml", "json-ld": "jsonld", "neo4j-csv": "neo4j",
    "apoc": "neo4j-json",
}  # fmt: skip
Paths = str | Path | Sequence[str | Path]


def open_readers(source: Any, *, nodes: Paths | None, format: str | None, mapping: Mapping) -> list[Reader]:
    """The readers of a source, in order. Every file is looked at before anything is read.

    :raises LoadError: a file is missing, empty, binary, or of an unknown format
    """
    tables = [] if nodes is None else paths_of(nodes) or []
    paths = paths_of(source)
    for path in [*tables, *(paths or [])]:
        check_file(path)
    readers: list[Reader] = [_open(path, recognise_nodes(path), mapping) for path in tables]
    if paths is None:
        return [*readers, _of_object(source, mapping)]
    readers += _of_paths(paths, format, mapping)
    share_groups([reader for reader in readers if isinstance(reader, Neo4jReader)])
    return readers


def _of_paths(paths: Sequence[Path], format: str | None, mapping: Mapping) -> Iterator[FileReader]:
    """The readers of files. A file with nothing but the typed header of Neo4j's importer is that of the files behind it that
    have none.
    """
    header, waiting = "", None
    for path in paths:
        lines = first_lines(path) if format in (None, "neo4j", "neo4j-csv") and not mapping.delimiter else []
        typed = bool(lines) and bool(columns_of(lines[0])[0])
        if typed and len(lines) == 1 and waiting is None:
            header, waiting = lines[0], path
        elif header and not typed:
            waiting = None
            yield Neo4jReader(path, header)
        else:
            header = ""
            yield _open(path, _format(path, format, mapping), mapping)
    if waiting:
        raise LoadError("there is only a header in it; give the files that it is the header of behind it", str(waiting))


def paths_of(source: Any) -> list[Path] | None:
    """The paths that a source consists of; None: it is something else."""
    if isinstance(source, str | Path):
        return [Path(source)]
    if isinstance(source, list | tuple) and source and all(isinstance(path, str | Path) for path in source):
        return [Path(path) for path in source]
    return None


def _of_object(source: Any, mapping: Mapping) -> Reader:
    if isinstance(source, nx.Graph):
        return NetworkxReader(source)
    if is_rdflib(source):
        return RdflibReader(source, mapping)
    if isinstance(source, Iterable):
        return FactsReader(source)
    what = "a path, several paths, a networkx graph, an rdflib graph or an iterable of facts"
    raise LoadError(f"a {type(source).__name__} is no source; give {what}")


def _open(path: Path, format: str, mapping: Mapping) -> FileReader:
    match format:
        case "tsv":
            return TriplesReader(path, replace(mapping, delimiter="\t"))
        case "csv":
            return TriplesReader(path, replace(mapping, delimiter=","))
        case "triples":
            return TriplesReader(path, mapping)
        case "ntriples":
            return NTriplesReader(path, mapping)
        case "nquads":
            return NQuadsReader(path, mapping)
        case _ if format in SYNTAXES:
            return RdfReader(path, mapping, format)
        case "neo4j":
            return Neo4jReader(path)
        case "neo4j-json":
            return Neo4jJsonReader(path)
        case "parquet":
            return ParquetReader(path, mapping)
        case "wikidata":
            return WikidataReader(path, mapping)
        case "conceptnet":
            return ConceptNetReader(path, mapping)
        case _ if format in GRAPH_FILES:
            return GraphFileReader(path, format)
        case "nodes":
            return NodesReader(path, mapping)
    raise LoadError(f"unknown format {format!r}; known: {', '.join(FORMATS)}", str(path))


def _format(path: Path, format: str | None, mapping: Mapping) -> str:
    if format:
        return OTHER_NAMES.get(format, format)
    return "triples" if mapping.delimiter else recognise(path)
