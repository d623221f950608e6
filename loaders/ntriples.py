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
from loaders import guards
from loaders.descriptions import Descriptions
from loaders.mapping import Mapping
from loaders.packed import bare_name
from loaders.rdf import BlankNodes, Meanings, Statement, Value, id_from
from loaders.records import FileReader, Tally
from loaders.text import SHOWN, open_lines, too_long

CHUNK = 1 << 18
BOM = b"\xef\xbb\xbf"


class NTriplesReader(FileReader):
    """A file of N-Triples."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.blank = BlankNodes(bare_name(path).name)
        self.meanings = Meanings(mapping, self.name)
        marks = [f"<{relation}>" for relation in self.meanings.describing]
        self.describing = [mark.encode() for mark in (*marks, "\\u", "\\U")]  # an escape may hide one of them

    def _chunks(self, tally: Tally | None = None) -> Iterator[tuple[int, list[bytes]]]:
        """(number of the first line, lines)."""
        number = 1
        with open_lines(self.path, tally.advance if tally else None, terms=True) as stream:
            while lines := stream.readlines(CHUNK):
                if number == 1:
                    lines[0] = lines[0].removeprefix(BOM)
                yield number, lines
                number += len(lines)

    def describe(self, told: Descriptions) -> None:
        for _, lines in self._chunks():
            content = b"".join(lines)
            marks = [mark for mark in self.describing if mark in content]
            if marks:
                chosen = [line for line in lines if any(mark in line for mark in marks)]
                self.meanings.describe(self._readable(chosen), told)

    def _readable(self, lines: list[bytes]) -> list[Statement]:
        """The statements of the lines; those that cannot be read are rejected when the facts are read."""
        try:
            return list(self._statements(b"".join(lines)))
        except (SyntaxError, ValueError):
            return [] if len(lines) == 1 else [statement for line in lines for statement in self._readable([line])]

    def _statements(self, content: bytes) -> Iterator[Statement]:
        return statements_in(content, self.blank)

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
                        self._reject(number + offset, line, error, tally)

    def _reject(self, number: int, line: bytes, error: Exception, tally: Tally) -> None:
        long = len(line.rstrip(b"\r\n")) > guards.LONGEST_LINE
        text = line[: SHOWN if long else None].decode("utf-8", "replace").rstrip("\r\n")
        tally.reject(str(self.path), number, too_long() if long else reason_of(error), text + "…" * long)

    def _chunk(self, content: bytes, tally: Tally) -> list[Fact]:
        """The facts of some lines; all of them or, on an error, none, and nothing counted."""
        known, sources, fact = self.meanings.known, self.meanings.sources, self.meanings.fact
        facts: list[Fact] = []
        others: list[str] = []
        for statement in statements_in(content, self.blank):
            head, relation, tail = statement
            if type(tail) is str and relation not in known:  # most are so
                facts.append(Fact(head, relation, tail, 1.0, sources))
            elif isinstance(told := fact(statement), str):
                others.append(told)
            else:
                facts.append(told)
        tally.read += len(facts) + len(others)
        tally.told += len(facts)
        tally.described += others.count("described")
        tally.skipped += others.count("skipped")
        return facts


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
