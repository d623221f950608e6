"""What reading comes to, whatever the format: readers, the count of what they read, and what they had to set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from kg.errors import LoadError
from kg.graph import Entity, Fact, Relation
from kg.triples import Triples
from loaders.descriptions import Descriptions


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of input that was set aside. ``line`` counts from 1; 0: the format has no lines."""

    path: str
    line: int
    reason: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"

    @property
    def where(self) -> str:
        """``path:line``, or the path where there are no lines."""
        return f"{self.path}:{self.line}" if self.line else self.path


def ignore(_: object) -> None:
    """For what nobody wants to know."""


@dataclass
class Tally:
    """What one source came to. Every statement is counted once: ``read == told + described + skipped + rejected``.

    A statement is a line of a table of triples or of N-Triples, a triple of other RDF, an edge; in a table of nodes a row,
    and besides each of its values that becomes a fact.

    :param told: statements that are facts
    :param described: statements that became an entity's names and types, or a relation's wording
    :param skipped: statements that the mapping file leaves out
    :param first: the first reject, in words
    :param sink: gets every reject
    :param advance: gets the bytes read from the file as they are read
    """

    sink: Callable[[Reject], None] = ignore
    advance: Callable[[int], object] = ignore
    read: int = 0
    told: int = 0
    described: int = 0
    skipped: int = 0
    rejected: int = 0
    first: str = ""
    notes: list[str] = field(default_factory=list)

    def reject(self, path: str, line: int, reason: str, text: str = "") -> None:
        """Set a statement aside. It counts as read already or is counted by the caller."""
        self.rejected += 1
        reject = Reject(path, line, reason, text)
        self.first = self.first or str(reject)
        self.sink(reject)


class Reader:
    """A source that is read in passes: what describes entities and relations first, then the facts, as they come.

    Each pass may be asked for once; a source says nothing in a pass that it does not override.
    """

    name: str = ""
    size: int = 0  # bytes to read; 0: not known

    def describe(self, told: Descriptions) -> None:
        """Gather names and types that stand scattered over the source. Nothing is counted here."""

    def relations(self) -> Iterable[Relation]:
        """Wordings of relations."""
        return ()

    def entities(self, tally: Tally) -> Iterable[Entity]:
        """Entities that the source describes as a whole."""
        return ()

    def facts(self, tally: Tally) -> Iterable[Fact | Triples]:
        """The facts."""
        return ()

    def check(self, tally: Tally) -> None:
        """After the last pass: refuse a source of which nothing could be read.

        :raises LoadError: it is a file without anything in it, or with nothing but broken lines
        """


class FileReader(Reader):
    """A source that is a file."""

    def __init__(self, path: Path) -> None:
        self.path, self.name = path, path.name
        self.size = path.stat().st_size

    def check(self, tally: Tally) -> None:
        if not tally.read:
            raise LoadError("there is nothing to import in it", str(self.path))
        if tally.rejected == tally.read:
            what = f"none of its {tally.read:,} lines can be read; the first: {tally.first}"
            raise LoadError(f"{what}. Is it another format? Name it with --format", str(self.path))
