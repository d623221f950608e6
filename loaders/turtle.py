"""Turtle. An error in it makes all that follows doubtful, so it fails the import, with its line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox

from kg.errors import LoadError
from kg.graph import Fact
from loaders.descriptions import Descriptions
from loaders.mapping import Mapping
from loaders.ntriples import reason_of, statements_in
from loaders.rdf import BlankNodes, Meanings, Statement, text_of
from loaders.records import FileReader, Tally
from loaders.text import bare_name, open_bytes


class TurtleReader(FileReader):
    """A file of Turtle."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        super().__init__(path)
        self.meanings = Meanings(mapping, self.name)

    def _statements(self, tally: Tally | None = None) -> Iterator[Statement]:
        blank = BlankNodes(bare_name(self.path).name)
        with open_bytes(self.path, tally.advance if tally else None) as stream:
            try:
                yield from statements_in(stream, blank, ox.RdfFormat.TURTLE)
            except SyntaxError as error:
                reason = (
                    f"no Turtle: {reason_of(error)}; mend the file, or import N-Triples, where bad lines are set aside"
                )
                raise LoadError(reason, str(self.path), error.lineno) from error
            except ValueError as error:
                raise LoadError(str(error), str(self.path)) from error

    def describe(self, told: Descriptions) -> None:
        self.meanings.describe(self._statements(), told)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        yield from facts_of(self._statements(tally), self.meanings, tally, str(self.path))


def facts_of(statements: Iterator[Statement], meanings: Meanings, tally: Tally, path: str) -> Iterator[Fact]:
    """The facts of statements that have no line numbers, counted."""
    for statement in statements:
        tally.read += 1
        try:
            fact = meanings.fact(statement)
        except ValueError as error:
            tally.reject(path, 0, str(error), text_of(statement))
            continue
        if isinstance(fact, Fact):
            tally.told += 1
            yield fact
        elif fact == "described":
            tally.described += 1
        else:
            tally.skipped += 1
