"""Which reader reads a source: recognised by content, and by the file's name where the content leaves it open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import networkx as nx

from kg.errors import LoadError
from loaders.mapping import Mapping
from loaders.neo4j_csv import Neo4jReader, columns_of, share_groups
from loaders.nodes import KNOWN, NodesReader, header_of
from loaders.nquads import NQuadsReader
from loaders.ntriples import NTriplesReader
from loaders.objects import FactsReader, NetworkxReader, RdflibReader, is_rdflib
from loaders.packed import bare_name
from loaders.rdf_files import SYNTAXES, RdfReader
from loaders.records import FileReader, Reader
from loaders.tables import SAMPLE, TriplesReader, detect_delimiter
from loaders.text import check_file, open_text

FORMATS = ("triples", "tsv", "csv", "ntriples", "turtle", "neo4j", "nodes")
OTHER_NAMES = {"nt": "ntriples", "ttl": "turtle", "neo4j-csv": "neo4j"}
DIRECTIVE = re.compile(r"\s*(?:@prefix|@base|PREFIX|BASE)\s", re.IGNORECASE)
NTRIPLE = re.compile(r'\s*(?:<[^>]*>|_:\S+)\s*<[^>]*>\s*(?:<[^>]*>|_:\S+|".*)\s*\.\s*(?:#.*)?')
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
    readers += [_open(path, _format(path, format, mapping), mapping) for path in paths]
    share_groups([reader for reader in readers if isinstance(reader, Neo4jReader)])
    return readers


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
        case "nodes":
            return NodesReader(path, mapping)
    raise LoadError(f"unknown format {format!r}; known: {', '.join(FORMATS)}", str(path))


def _format(path: Path, format: str | None, mapping: Mapping) -> str:
    if format:
        return OTHER_NAMES.get(format, format)
    return "triples" if mapping.delimiter else recognise(path)


def recognise_nodes(path: Path) -> str:
    """A node table's format: typed headers or plain ones."""
    return "neo4j" if columns_of(next(iter(_sample(path)), ""))[0] else "nodes"


def recognise(path: Path) -> str:
    """The format of a file, one of :data:`FORMATS`.

    :raises LoadError: it is none of them
    """
    sample = _sample(path)
    first = next(iter(sample), "")
    ending = bare_name(path).suffix.casefold()
    header, _ = header_of(first)
    if columns_of(first)[0]:
        return "neo4j"
    if len(set(header) & KNOWN) > 1:
        return "nodes"
    lines = [line for line in sample if not line.lstrip().startswith("#")]
    if any(DIRECTIVE.match(line) for line in lines):
        return "turtle"
    if sum(bool(NTRIPLE.fullmatch(line)) for line in lines) * 2 > len(lines):
        return "turtle" if ending in (".ttl", ".turtle") else "ntriples"
    if ending == ".nt" and any(line.lstrip().startswith(("<", "_:")) for line in lines):
        return "ntriples"
    if not first.startswith(("{", "[{", "<?xml", "<rdf:RDF")):
        if detect_delimiter(sample):
            return "triples"
        if ending in (".ttl", ".turtle"):
            return "turtle"
    what = "triples in three columns, N-Triples, Turtle, Neo4j's CSV, node tables; other RDF by way of an rdflib graph"
    raise LoadError(
        f"unknown format. Read are: {what}. Insist with --format. The first line is: {first[:80]}", str(path)
    )


def _sample(path: Path) -> list[str]:
    with open_text(path, mark_bad=True) as lines:
        return [line.rstrip("\r\n") for line in islice(lines, SAMPLE) if line.strip()]
