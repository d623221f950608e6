"""N-Triples, in chunks of lines: fast where all is well, line by line where something is not, so that a broken line spoils
no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from kg.graph import Fact
from loaders.descriptions import Descriptions
from loaders.mapping import Mapping
from loaders.rdf import BlankNodes, Meanings, Statement, Value
from loaders.records import FileReader, Tally
from loaders.text import bare_name, open_bytes

CHUNK = 1 << 18
BOM = b"\xef\xbb\xbf"


class NTriplesReader(FileReader):
    """A file of N-Triples."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.blank = BlankNodes(bare_name(path).name)
        self.meanings = Meanings(mapping, self.name)
        wanted = "|".join(re.escape(relation) for relation in self.meanings.describing)
        self.describing = re.compile(rf"<(?:{wanted})>|\\[uU]".encode())  # an escape may hide one of them

    def _chunks(self, tally: Tally | None = None) -> Iterator[tuple[int, list[bytes]]]:
        """(number of the first line, lines)."""
        number = 1
        with open_bytes(self.path, tally.advance if tally else None) as stream:
            while lines := stream.readlines(CHUNK):
                if number == 1:
                    lines[0] = lines[0].removeprefix(BOM)
                yield number, lines
                number += len(lines)

    def describe(self, told: Descriptions) -> None:
        for _, lines in self._chunks():
            if self.describing.search(b"".join(lines)):
                chosen = [line for line in lines if self.describing.search(line)]
                try:
                    found = list(statements_in(b"".join(chosen), self.blank))
                except SyntaxError:
                    found = [statement for line in chosen for statement in self._readable(line)]
                self.meanings.describe(found, told)

    def _readable(self, line: bytes) -> list[Statement]:
        try:
            return list(statements_in(line, self.blank))
        except SyntaxError:
            return []  # it is rejected when the facts are read

    def facts(self, tally: Tally) -> Iterator[Fact]:
        for number, lines in self._chunks(tally):
            try:
                yield from self._chunk(b"".join(lines), tally)
            except (SyntaxError, ValueError):
                for offset, line in enumerate(lines):
                    try:
                        yield from self._chunk(line, tally)
                    except (SyntaxError, ValueError) as error:
                        tally.read += 1
                        text = line.decode("utf-8", "replace").rstrip("\r\n")
                        tally.reject(str(self.path), number + offset, reason_of(error), text)

    def _chunk(self, content: bytes, tally: Tally) -> list[Fact]:
        """The facts of some lines; all of them or, on an error, none, and nothing counted."""
        fact = self.meanings.fact
        found = [fact(statement) for statement in statements_in(content, self.blank)]
        facts = [told for told in found if not isinstance(told, str)]
        if len(facts) < len(found):
            tally.described += found.count("described")
            tally.skipped += found.count("skipped")
        tally.read += len(found)
        tally.told += len(facts)
        return facts


def statements_in(
    content: bytes | Any, blank: BlankNodes, format: ox.RdfFormat = ox.RdfFormat.N_TRIPLES
) -> Iterator[Statement]:
    """The statements of some text or of a binary stream.

    :raises SyntaxError: it is not in the format; ``lineno`` says where
    """
    iri = ox.NamedNode
    for quad in ox.parse(content, format=format):
        subject, tail = quad.subject, quad.object
        head = subject.value if type(subject) is iri else blank.id(subject.value)
        if type(tail) is iri:
            yield head, quad.predicate.value, tail.value
        elif type(tail) is ox.Literal:
            yield head, quad.predicate.value, Value(tail.value, tail.datatype.value, tail.language or "")
        elif type(tail) is ox.BlankNode:
            yield head, quad.predicate.value, blank.id(tail.value)
        else:
            raise SyntaxError("a triple about a triple; RDF 1.2 is not read")


def reason_of(error: Exception) -> str:
    """Why, without the position that the parser counts from the start of the chunk."""
    return re.sub(r"^Parser error at line \d+ (?:between columns \d+ and \d+|column \d+): ", "", error.args[0])
