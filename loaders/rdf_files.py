"""Turtle, TriG, RDF/XML and JSON-LD. An error in such a file makes all that follows doubtful, so it fails the import, with its
line where that is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote

import pyoxigraph as ox

from kg.errors import LoadError
from kg.graph import Fact
from loaders.descriptions import Descriptions
from loaders.guards import bounded_entities, bounded_json, bounded_terms
from loaders.mapping import Mapping
from loaders.nquads import Quad, fact_in, quads_in
from loaders.ntriples import reason_of
from loaders.packed import bare_name, open_bytes
from loaders.rdf import BlankNodes, Meanings, text_of
from loaders.records import FileReader, Tally

SYNTAXES = {
    "turtle": (ox.RdfFormat.TURTLE, "Turtle"),
    "trig": (ox.RdfFormat.TRIG, "TriG"),
    "rdfxml": (ox.RdfFormat.RDF_XML, "RDF/XML"),
    "jsonld": (ox.RdfFormat.JSON_LD, "JSON-LD"),
}
REMOTE = "LoadDocumentCallback"
ORDER = "must be the first key"  # what the parser says of JSON-LD that it cannot read as a stream
WHOLE = 1 << 22  # bytes of a file of JSON-LD that is read whole in any case


class RdfReader(FileReader):
    """A file of RDF in one of :data:`SYNTAXES`. Relative IRIs are relative to ``file:///<name>``; a named graph is kept as a
    source of its facts.
    """

    def __init__(self, path: Path, mapping: Mapping, syntax: str) -> None:
        super().__init__(path)
        self.syntax, self.called = SYNTAXES[syntax]
        self.meanings = Meanings(mapping, self.name)
        self.base = "file:///" + quote(bare_name(path).name)

    @contextmanager
    def _content(self, tally: Tally | None) -> Iterator[IO[bytes]]:
        """The bytes, bounded as the syntax needs it."""
        where = str(self.path)
        with open_bytes(self.path, tally.advance if tally else None) as stream:
            if self.syntax in (ox.RdfFormat.JSON_LD, ox.RdfFormat.STREAMING_JSON_LD):
                yield cast(IO[bytes], bounded_json(stream, where))
            elif self.syntax == ox.RdfFormat.RDF_XML:
                yield cast(IO[bytes], bounded_entities(stream, where))
            else:
                yield cast(IO[bytes], bounded_terms(stream, where))

    def _quads(self, tally: Tally | None = None) -> Iterator[Quad]:
        blank = BlankNodes(bare_name(self.path).name)
        with self._content(tally) as stream:
            try:
                yield from quads_in(stream, blank, self.syntax, self.base)
            except SyntaxError as error:
                raise LoadError(self._reason(error), str(self.path), error.lineno) from error
            except ValueError as error:
                raise LoadError(str(error), str(self.path)) from error

    def _reason(self, error: SyntaxError) -> str:
        if REMOTE in str(error):
            what = "its @context is somewhere else, and nothing is fetched"
            return f"{what}; put the context into the file, or expand it first (a JSON-LD processor does)"
        what = "mend the file, or import N-Triples, where bad lines are set aside"
        return f"no {self.called}: {' '.join(reason_of(error).split())}; {what}"

    def _settle(self) -> None:
        """Choose how JSON-LD is read: as a stream, where each object begins with its context, type and id; else whole."""
        if self.syntax != ox.RdfFormat.JSON_LD or self.size <= WHOLE:
            return
        self.syntax = ox.RdfFormat.STREAMING_JSON_LD
        try:
            for _ in self._quads():
                pass
        except LoadError as error:
            if ORDER not in error.reason:
                raise
            self.syntax = ox.RdfFormat.JSON_LD

    def describe(self, told: Descriptions) -> None:
        self._settle()
        self.meanings.describe((statement for statement, _ in self._quads()), told)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        yield from facts_of(self._quads(tally), self.meanings, tally, str(self.path))


def facts_of(quads: Iterable[Quad], meanings: Meanings, tally: Tally, path: str) -> Iterator[Fact]:
    """The facts of quads that have no line numbers, counted."""
    for quad in quads:
        tally.read += 1
        try:
            fact = fact_in(quad, meanings)
        except ValueError as error:
            tally.reject(path, 0, str(error), text_of(quad[0]))
            continue
        if isinstance(fact, Fact):
            tally.told += 1
            yield fact
        elif fact == "described":
            tally.described += 1
        else:
            tally.skipped += 1
