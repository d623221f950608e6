"""The mark of a write that takes several transactions: how far it is, so that it can be taken back or gone on with.

It is written with each part, in the same transaction. A write is gone on with (``--resume``) by giving it the same entities and
facts again: those that were committed are passed over, and have to be the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from kg.errors import StoreError
from kg.graph import Entity, Fact, node_key
from kg.neo4j_columns import Taking
from kg.neo4j_connection import Connection
from kg.triples import Triples

MARK = (
    "MATCH (g:AskGraph) SET g.revision = g.revision + 1, g.pending = $pending,"
    " g.unfinished = CASE WHEN $pending IS NULL THEN null ELSE $unfinished END"
)
MARKED = (
    "MATCH (g:AskGraph) WHERE g.pending IS NOT NULL AND g.pending[0] = 'write' AND g.unfinished IS NOT NULL"
    " RETURN g.pending[1], g.unfinished"
)


class Unfinished(NamedTuple):
    """A write that broke off.

    :param write: what it called itself
    :param told: entities and facts that were read for what is committed
    :param made: new facts and new entities that are committed
    :param digest: of what was read
    """

    write: str
    batch: str
    told: tuple[int, int]
    made: tuple[int, int]
    digest: str

    @property
    def row(self) -> list[str]:
        """As the mark has it."""
        return [self.batch, *map(str, (*self.told, *self.made)), self.digest]


def read_unfinished(connection: Connection) -> Unfinished | None:
    """The write that broke off, if there is one that can be gone on with."""
    for write, (batch, entities, facts, new_facts, new_entities, digest) in connection.read(MARKED):
        return Unfinished(write, batch, (int(entities), int(facts)), (int(new_facts), int(new_entities)), digest)
    return None


class Digest:
    """A hash of what was read, in order, however it is cut into parts."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, entities: Iterable[Entity], facts: Iterable[Fact | Triples]) -> None:
        texts = [f"{e.id}\x1f{e.label}\x1f{e.aliases}\x1f{e.types}\x1e" for e in entities]
        for told in facts:
            if isinstance(told, Triples):
                texts += _texts(told)
            else:
                texts.append("\x1f".join((*told.key, *told.sources)) + "\x1e")
        self._hash.update("".join(texts).encode("utf-8", "surrogatepass"))

    @property
    def text(self) -> str:
        return self._hash.hexdigest()


def _texts(told: Triples) -> list[str]:
    """As of single facts."""
    end = "\x1f".join(("", "", "", *told.sources)) + "\x1e"
    heads = [f"{node}\x1f" for node in told.nodes]
    relations = [f"{relation}\x1f" for relation in told.relations]
    tails = [node_key(node) + end for node in told.nodes]
    return [heads[h] + relations[r] + tails[t] for h, r, t in told.codes.T.tolist()]


def pass_over(unfinished: Unfinished, entities: Iterator[Entity], facts: Taking, part: int) -> Digest:
    """Read what is committed already, and make sure that it is the same.

    :raises StoreError: it is not
    """
    digest = Digest()
    for left in _lots(unfinished.told[0], part):
        digest.add(islice(entities, left), ())
    for left in _lots(unfinished.told[1], part):
        digest.add((), facts.take(left))
    if digest.text != unfinished.digest:
        raise StoreError(
            f"the import {unfinished.batch} was broken off, and these are other files than it began with (or another"
            " format or map); give it the same ones to go on, or import without --resume, which takes it back first"
        )
    return digest


def _lots(number: int, size: int) -> Iterator[int]:
    """A number in lots of up to a size."""
    while number > 0:
        yield min(number, size)
        number -= size
