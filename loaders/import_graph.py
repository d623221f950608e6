"""The import route: from a source to a store, in one atomic write.

    report = import_graph("kb.txt", store)

What cannot be read is set aside, line by line, in a rejects file; whatever makes an import fail leaves the store as it was.
"""

from __future__ import annotations

import gc
import os
import re
import secrets
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from kg.errors import LoadError, StoreError
from kg.graph import Entity, Fact, Relation
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.opening import open_store
from kg.store import GraphStore, WriteReport
from kg.triples import Triples
from loaders.ahead import Ahead, is_large
from loaders.descriptions import Descriptions
from loaders.formats import open_readers
from loaders.mapping import Mapping, read_map
from loaders.records import FileReader, Reader, Reject, Tally

MIX = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)  # odd numbers that spread hashes
SHOWN = 5  # rejects that a report carries
BESIDE = ("", "-wal", "-shm", "-journal", "-arrays", "-names", "-words")  # what an embedded store consists of


@dataclass(frozen=True)
class ImportReport:
    """What an import did: ``read == facts + known + duplicates + described + skipped + rejected``.

    :param batch: the name of the import; ``undo`` takes it back
    :param read: statements read (see :class:`loaders.records.Tally`)
    :param facts: new facts
    :param known: facts that were in the graph before; their sources are united
    :param duplicates: facts that this import told before
    :param described: statements that became names, types or wordings
    :param skipped: statements that the mapping file leaves out
    :param rejected: statements that could not be read; the first of them in ``first_rejects``, all in ``rejects``
    :param entities: new entities
    :param rejects: the path of the rejects file; None: nothing was rejected
    :param notes: what else is worth knowing, a sentence each
    """

    batch: str
    read: int
    facts: int
    known: int
    duplicates: int
    described: int
    skipped: int
    rejected: int
    entities: int
    first_rejects: tuple[Reject, ...]
    rejects: str | None
    notes: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        counted = [
            (self.facts, "new facts"), (self.known, "known"), (self.duplicates, "repeated"),
            (self.described, "names and types"), (self.skipped, "skipped"), (self.rejected, "rejected"),
        ]  # fmt: skip
        parts = ", ".join(f"{count:,} {what}" for count, what in counted if count or what == "new facts")
        lines = [
            f"{self.read:,} read: {parts}; {self.entities:,} new entities; {self.seconds:.1f} s",
            f"batch {self.batch}",
            *self.notes,
        ]
        if self.rejected:
            lines += [f"rejected, see {self.rejects}:", *(f"  {reject}" for reject in self.first_rejects)]
            lines += ["  …"] if self.rejected > len(self.first_rejects) else []
        return "\n".join(lines)


def import_graph(
    source: Any,
    store: GraphStore,
    *,
    nodes: str | Path | Sequence[str | Path] | None = None,
    format: str | None = None,
    batch: str | None = None,
    map: str | Path | Mapping | None = None,
    rejects: str | Path | None = None,
    max_bad: int | float | None = None,
    progress: bool = False,
) -> ImportReport:
    """Read a source into a store, all of it or, on any error, nothing.

    :param source: a path or several, a networkx graph, an rdflib graph, or an iterable of facts or (head, relation, tail)
    :param nodes: one or several node tables
    :param format: of the files, one of :data:`loaders.formats.FORMATS`; found by content and name when not given
    :param batch: the name of the import; a new one when not given
    :param map: a mapping file (:mod:`loaders.mapping`)
    :param rejects: where to write what could not be read. When not given: ``<target>-rejects-<batch>.tsv`` beside the
        store's file, or beside the source where the store has none, or in the current folder where neither is a file.
        Without rejects no file is written
    :param max_bad: how much may be rejected before the import fails as a whole: a number, or as a float a share (0.01)
    :param progress: show a bar on stderr
    :raises LoadError: the source cannot be read, or too much of it
    :raises StoreError: the store cannot be written
    """
    started = time.monotonic()
    mapping = map if isinstance(map, Mapping) else read_map(map) if map is not None else Mapping()
    readers = open_readers(source, nodes=nodes, format=format, mapping=mapping)
    batch = _batch(store, batch) or new_batch(readers)
    with ExitStack() as stack:
        stack.enter_context(uncollected())
        aside = stack.enter_context(_rejects_file(Path(rejects) if rejects else _beside(store, readers, batch)))
        told = stack.enter_context(_closing(Descriptions()))
        bar = stack.enter_context(progress_bar(readers, progress))
        aside.most = max_bad
        stream = _Stream(readers, told, aside, bar)
        stack.callback(stream.close)
        written = store.add(stream.facts(), stream.entities(), stream.relations(), batch=batch)
    return _report(written, stream, aside, time.monotonic() - started)


def _batch(store: GraphStore, batch: str | None) -> str | None:
    """The import's name: where one that was broken off is gone on with, that one's.

    :raises StoreError: it has another name
    """
    unfinished = store.unfinished if isinstance(store, Neo4jStore) else None
    if batch and unfinished and batch != unfinished:
        raise StoreError(f"the import to go on with is {unfinished!r}, not {batch!r}; leave --batch out")
    return batch or unfinished


def import_into(
    source: Any,
    to: str | Path,
    nodes: Any = None,
    format: str | None = None,
    *,
    resume: bool = False,
    **options: Any,
) -> ImportReport:
    """Read a source into the graph at a location; see :func:`import_graph`.

    :param to: path or address of the target; a new file is made where there is none
    :param resume: go on with an import into Neo4j that was broken off, where it was
    """
    with leaving_nothing(to):
        store = open_store(to, resume=resume)
        try:
            return import_graph(source, store, nodes=nodes, format=format, **options)
        finally:
            store.close()


def new_batch(readers: Sequence[Reader]) -> str:
    """A name for an import that no other has: what is imported, when, and some letters."""
    return f"{_as_name(readers[0].name)}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


@contextmanager
def leaving_nothing(path: str | Path) -> Iterator[None]:
    """If what is inside fails, an embedded store that it made at this path is removed again. The store must be closed.

    with leaving_nothing("world.kg"):
        store = NetworkXStore.open("world.kg")
        ...
    """
    new = not os.path.exists(path)
    try:
        yield
    except BaseException:
        if new and os.path.isfile(path):
            _remove_if_empty(Path(path))
        raise


def _remove_if_empty(path: Path) -> None:
    """Remove a store's file, unless it is no store or something has been written to it meanwhile."""
    try:
        store = NetworkXStore.open(path)
        untouched = store.revision == 0
        store.close()
    except StoreError:
        return
    if untouched:
        for ending in BESIDE:
            Path(f"{path}{ending}").unlink(missing_ok=True)


class _Stream:
    """The readers as the three streams of one write, counted."""

    def __init__(
        self,
        readers: Sequence[Reader],
        told: Descriptions,
        aside: _Aside,
        advance: Callable[[int], object],
    ) -> None:
        self.readers, self.told, self.aside = readers, told, aside
        self.tallies = [Tally(aside.add, advance) for _ in readers]
        self.keys = array("Q")  # a hash of every fact, to tell repeated facts from known ones
        self._gathered = False
        self._running: Ahead | None = None
        self._open = {"facts", "entities"}

    def gather(self) -> None:
        """Have the readers' scattered descriptions gathered, once."""
        if not self._gathered:
            self._gathered = True
            self._ahead(self.readers[0])
            for reader in self.readers:
                reader.describe(self.told)

    def _ahead(self, reader: Reader) -> Ahead | None:
        """The process that reads the reader's facts; None: its facts are read here."""
        if not isinstance(reader, FileReader) or not is_large(reader):
            return None
        if self._running is None or self._running.reader is not reader:
            self.close()
            self._running = Ahead(reader)
        return self._running

    def close(self) -> None:
        """Stop what still reads."""
        if self._running is not None:
            self._running.close()
            self._running = None

    def relations(self) -> Iterator[Relation]:
        self.gather()
        for reader in self.readers:
            yield from reader.relations()
        yield from self.told.relations()

    def entities(self) -> Iterator[Entity]:
        self.gather()
        for reader, tally in zip(self.readers, self.tallies, strict=True):
            yield from reader.entities(tally)
        yield from self.told.entities()
        self._finish("entities")

    def facts(self) -> Iterator[Fact | Triples]:
        for reader, tally in zip(self.readers, self.tallies, strict=True):
            ahead = self._ahead(reader)
            for told in ahead.facts(tally) if ahead else reader.facts(tally):
                self.keys.frombytes(_keys(told))
                yield told
        self._finish("facts")

    def _finish(self, stream: str) -> None:
        """When all is read, refuse what was no graph at all, while the write can still be taken back.

        :raises LoadError: a source of which nothing, or too little, could be read
        """
        self._open.discard(stream)
        if self._open:
            return
        for reader, tally in zip(self.readers, self.tallies, strict=True):
            reader.check(tally)
        self.aside.check(sum(tally.read for tally in self.tallies))

    @property
    def distinct(self) -> int:
        keys = np.sort(np.frombuffer(self.keys, np.uint64))
        return len(keys) and 1 + int(np.count_nonzero(keys[1:] != keys[:-1]))


def _keys(told: Fact | Triples) -> bytes:
    """A hash of 64 bits of each fact's key, the same for a fact alone and in columns."""
    if isinstance(told, Fact):
        key = hash(told.head) * MIX[0] ^ hash(told.relation) * MIX[1] ^ hash(told.tail) * MIX[2]
        key ^= hash((told.start or "", told.end or "")) if told.start or told.end else 0
        return (key & (1 << 64) - 1).to_bytes(8, sys.byteorder)
    nodes = np.fromiter(map(hash, told.nodes), np.int64, len(told.nodes)).view(np.uint64)
    relations = np.fromiter(map(hash, told.relations), np.int64, len(told.relations)).view(np.uint64)
    heads, kinds, tails = told.codes
    factors = np.array(MIX, dtype=np.uint64)
    mixed: NDArray[np.uint64] = nodes[heads] * factors[0] ^ relations[kinds] * factors[1] ^ nodes[tails] * factors[2]
    return bytes(mixed)


class _Aside:
    """The rejects file; made with the first reject. ``most``: how many there may be, or as a float their share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.first: list[Reject] = []
        self.count = 0
        self.file: Any = None
        self.most: int | float | None = None

    def add(self, reject: Reject) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.first.append(reject)
        if isinstance(self.most, int) and self.count > self.most:
            raise LoadError(f"more than {self.most:,} rejects (max_bad); the first: {self.first[0]}")
        try:
            if self.file is None:
                self.file = self.path.open("w", encoding="utf-8", errors="replace")
            self.file.write(f"{reject.where}\t{reject.reason}\t{reject.text}\n")
        except OSError as error:
            raise LoadError(f"the rejects file cannot be written: {error}", str(self.path)) from error

    def check(self, read: int) -> None:
        """After the last pass: refuse too large a share of rejects.

        :raises LoadError: it is larger than ``most``
        """
        if isinstance(self.most, float) and self.count > self.most * read:
            what = f"{self.count:,} of {read:,} rejected, more than {self.most:.3%} (max_bad)"
            raise LoadError(f"{what}; the first: {self.first[0]}")


@contextmanager
def _rejects_file(path: Path) -> Iterator[_Aside]:
    """The rejects file; a failed import leaves none."""
    aside = _Aside(path)
    try:
        yield aside
    except BaseException:
        if aside.file is not None:
            aside.file.close()
            path.unlink(missing_ok=True)
        raise
    if aside.file is not None:
        aside.file.close()


def _beside(store: GraphStore, readers: Sequence[Reader], batch: str) -> Path:
    """Where the rejects go: beside the store's file, else beside the source, else into the current folder."""
    name = f"-rejects-{_as_name(batch)}.tsv"
    if os.path.isfile(store.location):
        return Path(store.location + name)
    for reader in readers:
        if isinstance(reader, FileReader) and os.access(reader.path.parent, os.W_OK):
            return Path(f"{reader.path}{name}")
    return Path(f"{_as_name(readers[0].name)}{name}")


def _as_name(text: str) -> str:
    """The text as part of a file's name."""
    return re.sub(r"[^\w.-]+", "-", text) or "import"


@contextmanager
def uncollected() -> Iterator[None]:
    """No search for cycles among millions of objects that have none: it costs a fifteenth of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def _closing(told: Descriptions) -> Iterator[Descriptions]:
    try:
        yield told
    finally:
        told.close()


@contextmanager
def progress_bar(readers: Iterable[Reader], progress: bool) -> Iterator[Callable[[int], object]]:
    """What to call with the bytes read; shown on stderr if wanted."""
    total = sum(reader.size for reader in readers)
    with tqdm(total=total or None, unit="B", unit_scale=True, desc="import", disable=not progress) as bar:
        yield bar.update


def _report(written: WriteReport, stream: _Stream, aside: _Aside, seconds: float) -> ImportReport:
    tallies = stream.tallies
    told, distinct = sum(t.told for t in tallies), stream.distinct
    return ImportReport(
        written.batch, sum(t.read for t in tallies), written.facts, distinct - written.facts, told - distinct,
        sum(t.described for t in tallies), sum(t.skipped for t in tallies), sum(t.rejected for t in tallies),
        written.entities, tuple(aside.first), str(aside.path) if aside.count else None,
        tuple(note for t in tallies for note in t.notes), seconds,
    )  # fmt: skip
