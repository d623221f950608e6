"""N-Triples, in chunks of lines: fast where all is well, line by line where something is not, so that a broken line spoils
no other.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyoxigraph as ox
from pyarrow import csv

from kg.graph import Fact
from kg.triples import Triples
from loaders import guards
from loaders.descriptions import Descriptions
from loaders.mapping import Mapping
from loaders.packed import bare_name
from loaders.rdf import BlankNodes, Meanings, Statement, Value, id_from
from loaders.records import FileReader, Tally
from loaders.text import SHOWN, open_lines, too_long

CHUNK = 1 << 22
COLUMNS = csv.ReadOptions(column_names=["head", "relation", "tail", "end"], use_threads=False, block_size=1 << 30)
SPACED = csv.ParseOptions(delimiter=" ", quote_char=False)
AS_CODES = csv.ConvertOptions(
    column_types=dict.fromkeys(COLUMNS.column_names, pa.dictionary(pa.int32(), pa.string())), strings_can_be_null=False
)
BOM = b"\xef\xbb\xbf"


class NTriplesReader(FileReader):
    """A file of N-Triples."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.blank = BlankNodes(bare_name(path).name)
        self.meanings = Meanings(mapping, self.name)
        self.typing = [f"<{relation}>".encode() for relation in self.meanings.describing({"type"})]
        marks = [f"<{relation}>".encode() for relation in self.meanings.describing()]
        marks += [b"\\u", b"\\U"]  # an escape may hide one of them
        self.describing = re.compile(b"^.*(?:%s).*$" % b"|".join(map(re.escape, marks)), re.MULTILINE)

    def _chunks(self, tally: Tally | None = None) -> Iterator[tuple[int, bytes]]:
        """(number of the first line, whole lines)."""
        number = 1
        with open_lines(self.path, tally.advance if tally else None, terms=True) as stream:
            while content := stream.read(CHUNK):
                content += stream.readline()
                yield number, content.removeprefix(BOM) if number == 1 else content
                number += content.count(b"\n")

    def describe(self, told: Descriptions) -> None:
        for _, content in self._chunks():
            if self._describes(content):
                self.meanings.describe(self._readable(self.describing.findall(content)), told)

    def _describes(self, content: bytes) -> bool:
        """Whether something in the lines may describe: a name is a text, only a type is an IRI."""
        return b'"' in content or b"\\" in content or any(mark in content for mark in self.typing)

    def _readable(self, lines: list[bytes]) -> list[Statement]:
        """The statements of the lines; those that cannot be read are rejected when the facts are read."""
        try:
            return list(self._statements(b"\n".join(lines)))
        except (SyntaxError, ValueError):
            return [] if len(lines) == 1 else [statement for line in lines for statement in self._readable([line])]

    def _statements(self, content: bytes) -> Iterator[Statement]:
        return statements_in(content, self.blank)

    def facts(self, tally: Tally) -> Iterator[Triples | Fact]:
        for number, content in self._chunks(tally):
            try:
                yield from self._chunk(content, tally)
            except (SyntaxError, ValueError):
                for offset, line in enumerate(io.BytesIO(content)):
                    try:
                        yield from self._chunk(line, tally)
                    except (SyntaxError, ValueError) as error:
                        tally.read += 1
                        self._reject(number + offset, line, error, tally)

    def _reject(self, number: int, line: bytes, error: Exception, tally: Tally) -> None:
        long = len(line.rstrip(b"\r\n")) > guards.LONGEST_LINE
        text = line[: SHOWN if long else None].decode("utf-8", "replace").rstrip("\r\n")
        tally.reject(str(self.path), number, too_long() if long else reason_of(error), text + "…" * long)

    def _chunk(self, content: bytes, tally: Tally) -> Sequence[Triples | Fact]:
        """The facts of some lines; all of them or, on an error, none, and nothing counted."""
        plain = _plain(content, self.meanings.sources) if b'"' not in content else None
        if plain is not None:
            parts, described, skipped = self.meanings.sorted_out(plain)
        else:
            told, described, skipped = self.meanings.columns(self._statements(content))
            parts = [told]
        facts = sum(map(len, parts))
        tally.read += facts + described + skipped
        tally.told += facts
        tally.described += described
        tally.skipped += skipped
        return [part for part in parts if part]


def _plain(content: bytes, sources: tuple[str, ...]) -> Triples | None:
    """Lines of three IRIs with a space between, told apart by Arrow; each term is then parsed only once.

    None: something else is there (or something wrong), which is left to the parser.
    """
    try:
        table = csv.read_csv(pa.py_buffer(content), COLUMNS, SPACED, AS_CODES)
    except pa.ArrowInvalid:
        return None
    head, relation, tail, end = (table.column(name).combine_chunks() for name in COLUMNS.column_names)
    if end.dictionary.to_pylist() != ["."]:
        return None
    nodes = pa.chunked_array([head.cast(pa.string()), tail.cast(pa.string())]).combine_chunks().dictionary_encode()
    try:
        ids, relations = _iris(nodes.dictionary), _iris(relation.dictionary)
    except (SyntaxError, ValueError):
        return None
    if ids is None or relations is None:
        return None
    pairs = nodes.indices.to_numpy()
    return Triples(
        ids, relations, np.stack([pairs[: len(head)], relation.indices.to_numpy(), pairs[len(head) :]]), sources
    )


def _iris(terms: pa.Array) -> list[str] | None:
    """The ids of terms; None: not all of them are IRIs."""
    lines = "".join([f"{term} <a:a> <a:a> .\n" for term in terms.to_pylist()])
    subjects = [quad.subject for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES)]
    if len(subjects) != len(terms) or set(map(type, subjects)) - {ox.NamedNode}:
        return None
    return [id_from(subject.value) for subject in subjects]


def statements_in(
    content: bytes | Any, blank: BlankNodes, format: ox.RdfFormat = ox.RdfFormat.N_TRIPLES
) -> Iterator[Statement]:
    """The statements of some text or of a binary stream.

    :raises SyntaxError: it is not in the format; ``lineno`` says where
    :raises ValueError: a statement that a graph cannot hold
    """
    iri, literal = ox.NamedNode, ox.Literal
    for quad in ox.parse(content, format=format):
        subject, tail = quad.subject, quad.object
        head = id_from(subject.value) if type(subject) is iri else blank.id(subject.value)
        relation = id_from(quad.predicate.value)
        if type(tail) is iri:
            yield head, relation, id_from(tail.value)
        elif type(tail) is literal:
            yield head, relation, Value(tail.value, tail.datatype.value, tail.language or "")
        elif type(tail) is ox.BlankNode:
            yield head, relation, blank.id(tail.value)
        else:
            raise ValueError("a triple about a triple; RDF 1.2 is not read")


def reason_of(error: Exception) -> str:
    """Why, without the position that the parser counts from the start of the chunk."""
    return re.sub(r"^Parser error at line \d+ (?:between columns \d+ and \d+|column \d+): ", "", error.args[0])
